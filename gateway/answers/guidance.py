"""What is answered about what follows from a case as it stands: who can assist, what runs out, whom to ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from contracts.calendar.days import swedish_day
from contracts.law.deadlines import Deadline
from contracts.sweden.guidance import entitlement, next_steps
from contracts.sweden.guidance.entitlement import Prospect, Status
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import DeadlineKind, Service
from gateway.answers.base import Answer, Text, Uuid
from gateway.answers.contacts import ContactDetails


class Entitled(Answer):
    """What the victim can expect from one kind of agency, with the services that it could give, and why."""

    kind: AgencyKind
    prospect: Prospect
    why: Text
    services: tuple[Service, ...]


class Opening(Answer):
    """Something that would open more doors: the event, the kinds of agency that can issue it, and what it leads to."""

    event: str
    by: tuple[AgencyKind, ...]
    would: Text
    opens: tuple[AgencyKind, ...]


class Assistance(Answer):
    """Who can assist on a day and why, and what would open more doors (R8).

    `ask`: the regional coordinator of the place where the victim was met (R16), where that is known.
    """

    on: date
    statuses: tuple[Status, ...]
    can_assist: tuple[Entitled, ...]
    would_open_doors: tuple[Opening, ...]
    ask: ContactDetails | None

    @classmethod
    def of(cls, case: CaseView, on: date, ask: ContactDetails | None) -> Assistance:
        """What the case says on this Swedish day."""
        return cls(
            on=on,
            statuses=tuple(sorted(entitlement.statuses(case, on), key=tuple(Status).index)),
            can_assist=tuple(map(Entitled.model_validate, entitlement.who_can_assist(case, on))),
            would_open_doors=tuple(map(Opening.model_validate, next_steps.what_would_open_doors(case, on))),
            ask=ask,
        )


class RunningDeadline(Answer):
    """Something that runs out in the case. `subject`: the id of the event that began it."""

    kind: DeadlineKind
    subject: Uuid
    due_at: Annotated[datetime, Field(description="The moment from which it is over, in UTC.")]
    last_day: Annotated[date, Field(description="The last Swedish day on which it still runs.")]
    remind_at: Annotated[datetime | None, Field(description="When those concerned are reminded, if still to come.")]
    overdue: Annotated[bool, Field(description="Whether it has run out, and the coordinator has not yet said so.")]
    concerns: tuple[AgencyId, ...]

    @classmethod
    def of(cls, deadline: Deadline, now: datetime) -> RunningDeadline:
        """The deadline as it stands now."""
        return cls(**_as_it_stands(deadline, now))


class CaseDeadline(RunningDeadline):
    """Something that runs out in one of the agency's cases."""

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
