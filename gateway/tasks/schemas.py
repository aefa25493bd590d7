"""The response models of tasks."""

from __future__ import annotations

from typing import Literal

from bus.privacy.tasks import Task
from gateway.http.response_models import ResponseModel, Text, Uuid


class OpenTask(ResponseModel):
    """A task for a caseworker."""

    task_id: str
    case_id: Uuid
    text: Text
    due: str | None

    @classmethod
    def of(cls, task: Task) -> OpenTask:
        """The task in both languages."""
        text = Text(en=task.text_en, sv=task.text_sv)
        return cls(task_id=task.task_id, case_id=task.case_id, text=text, due=task.due)


class FinishedTask(ResponseModel):
    """A task that is done."""

    task_id: str
    case_id: Uuid
    done: Literal[True] = True
