"""The request and response models of submissions: the result of an event, and events that the rules refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import Field, JsonValue

from bus.read_models.lists import Refused
from bus.store import Dismissal, DismissalReason, OutboxStatus
from bus.submission.submission import Receipt
from contracts.event.fact import Fact
from gateway.http.response_models import ResponseModel, Uuid


class Recorded(ResponseModel):
    """The event is in the log at this sequence, and is this version of the case."""

    event_id: Uuid
    case_id: Uuid
    version: int
    sequence: int


class DryRun(ResponseModel):
    """The event would be accepted, as far as this service knows now. Nothing was stored or sent."""

    would: Literal["be-accepted"]


class Kept(ResponseModel):
    """The event is on this service's disk. The service sends it when it can; read the submission for the result."""

    event_id: Uuid
    case_id: Uuid
    status: OutboxStatus


class SubmissionState(ResponseModel):
    """The result of an event that this agency issued. `reason`: the rule that refused it when it could be sent."""

    event_id: Uuid
    case_id: Uuid
    status: OutboxStatus
    version: int | None
    sequence: int | None
    reason: str | None

    @classmethod
    def of(cls, receipt: Receipt) -> SubmissionState:
        """The submission as the outbox describes it."""
        return cls.model_validate(receipt)


class NeedsAttention(ResponseModel):
    """An event of this agency that the rules refused when it could be sent."""

    event_id: Uuid
    case_id: Uuid
    type: str
    recorded_at: datetime
    reason: Annotated[str | None, Field(description="The id of the rule that objects.")]
    data: Annotated[dict[str, JsonValue] | None, Field(description="Null when the case was erased.")]

    @classmethod
    def of(cls, refused: Refused) -> NeedsAttention:
        """The parked event as the outbox has it."""
        return cls(
            event_id=refused.row.event_id,
            case_id=refused.row.case_id,
            type=refused.draft.type,
            recorded_at=refused.draft.recorded_at,
            reason=refused.row.reason,
            data=None if refused.content is None else orjson.loads(refused.content),
        )


class DismissalRequest(Fact):
    """The reason why a refused event needs no attention any more."""

    reason: DismissalReason


class DismissedEvent(ResponseModel):
    """A refused event that a caseworker gave up. Its submission names the rule that refused it."""

    event_id: Uuid
    reason: DismissalReason
    dismissed_at: datetime

    @classmethod
    def of(cls, dismissal: Dismissal) -> DismissedEvent:
        """The dismissal as the store keeps it."""
        return cls.model_validate(dismissal)
