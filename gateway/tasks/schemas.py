"""The response models of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bus.read_models.tasks import Task
from contracts.event.case_event import CaseEvent
from contracts.vocabulary.agencies import Role
from gateway.http.response_models import ResponseModel, Text, Uuid


class EventToIssue(ResponseModel):
    """An event that does a task, and the role of those who may issue it at this agency."""

    name: str
    role: str


class OpenTask(ResponseModel):
    """A task for a caseworker.

    `code`: the kind of work; `notice` only tells something. `about`: which one of that kind, mostly the id of the event
    that asks for it. `since`: when that event was recorded. `events`: the events of which one does the task; none when
    people do it outside Stafett and mark it as done. `actions`: the address of the case's actions, with the defaults
    of these events. An earlier release's tasks have empty texts for `code`, `about` and `since`.
    """

    task_id: str
    case_id: Uuid
    text: Text
    due: str | None
    code: str
    about: str
    since: str
    events: tuple[EventToIssue, ...]
    actions: str

    @classmethod
    def of(cls, task: Task, roles: Mapping[type[CaseEvent], Role]) -> OpenTask:
        """The task in both languages. `roles`: the events that the agency's people may issue, with their roles."""
        named = {event.__name__: role for event, role in roles.items()}
        return cls(
            task_id=task.task_id,
            case_id=task.case_id,
            text=Text(en=task.text_en, sv=task.text_sv),
            due=task.due,
            code=task.code,
            about=task.about,
            since=task.since,
            events=tuple(EventToIssue(name=name, role=named[name]) for name in task.events if name in named),
            actions=f"/v1/cases/{task.case_id}/actions",
        )


class FinishedTask(ResponseModel):
    """A task that is done."""

    task_id: str
    case_id: Uuid
    done: Literal[True] = True
