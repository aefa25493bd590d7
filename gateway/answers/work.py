"""What is answered about what waits for somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from bus.confidential.tasks import Task
from bus.store import Dismissal, DismissalReason, OutboxStatus
from bus.submission import Receipt
from gateway.http.response_models import Answer, Text, Uuid


class SubmissionState(Answer):
    """What became of an event that this agency issued. `reason`: the rule that refused it by the time it was sent."""

    event_id: Uuid
    case_id: Uuid
    status: OutboxStatus
    version: int | None
    sequence: int | None
    reason: str | None

    @classmethod
    def of(cls, receipt: Receipt) -> SubmissionState:
        """What the outbox says."""
        return cls.model_validate(receipt)


class NeedsAttention(Answer):
    """An event of this agency that the rules refused by the time it could be sent."""

    event_id: Uuid
    case_id: Uuid
    type: str
    recorded_at: datetime
    reason: Annotated[str | None, Field(description="The id of the rule that objects.")]
    data: Annotated[dict[str, JsonValue] | None, Field(description="Null when the case was erased.")]


class DismissedEvent(Answer):
    """An event that a caseworker gave up after the rules had refused it; its submission says which rule."""

    event_id: Uuid
    reason: DismissalReason
    dismissed_at: datetime

    @classmethod
    def of(cls, dismissal: Dismissal) -> DismissedEvent:
        """What the store says."""
        return cls.model_validate(dismissal)


class QuarantinedMessage(Answer):
    """A message of the log that was set aside. `case_id` is null when this agency takes no part in the case."""

    incarnation: int
    sequence: int
    case_id: Uuid | None
    event_id: Uuid | None
    agency: str
    reason: str
    detail: str


class OpenTask(Answer):
    """Something for a caseworker to do."""

    task_id: str
    case_id: Uuid
    text: Text
    due: str | None

    @classmethod
    def of(cls, task: Task) -> OpenTask:
        """The task in both languages."""
        text = Text(en=task.text_en, sv=task.text_sv)
        return cls(task_id=task.task_id, case_id=task.case_id, text=text, due=task.due)


class FinishedTask(Answer):
    """A task that is done."""

    task_id: str
    case_id: Uuid
    done: Literal[True] = True
