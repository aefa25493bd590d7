"""The response models of deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from contracts.calendar.days import swedish_day
from contracts.law.deadlines import Deadline
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DeadlineKind
from gateway.http.response_models import ResponseModel, Uuid


class RunningDeadline(ResponseModel):
    """A deadline that runs in the case. `subject`: the id of the event that began it."""

    kind: DeadlineKind
    subject: Uuid
    due_at: Annotated[datetime, Field(description="The moment at which it has run out, in UTC.")]
    last_day: Annotated[date, Field(description="The last Swedish day on which it still runs.")]
    remind_at: Annotated[datetime | None, Field(description="When those concerned are reminded, or null.")]
    overdue: Annotated[bool, Field(description="True if it has run out, and the coordinator has not yet said so.")]
    concerns: tuple[AgencyId, ...]

    @classmethod
    def of(cls, deadline: Deadline, now: datetime) -> RunningDeadline:
        """The deadline as it stands now."""
        return cls(**_as_it_stands(deadline, now))


class CaseDeadline(RunningDeadline):
    """A deadline that runs in one of the agency's cases."""

    case_id: Uuid

    @classmethod
    def of_case(cls, case_id: str, deadline: Deadline, now: datetime) -> CaseDeadline:
        """The deadline of a case as it stands now."""
        return cls(case_id=case_id, **_as_it_stands(deadline, now))


def _as_it_stands(deadline: Deadline, now: datetime) -> dict[str, Any]:
    last_moment = deadline.due_at - timedelta(seconds=1)
    return {
        "kind": deadline.kind,
        "subject": deadline.subject,
        "due_at": deadline.due_at.astimezone(UTC),
        "last_day": swedish_day(last_moment),
        "remind_at": deadline.remind_at,
        "overdue": deadline.due_at <= now,
        "concerns": deadline.concerns,
    }
