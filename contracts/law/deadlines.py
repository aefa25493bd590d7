"""Deadlines: what runs out in a case and when, and which event then says so (R20).

Pure readings of the view. A clock that runs out is an event that the national coordinator issues, never a value
computed from "now" inside the fold, so replay stays deterministic. Days are Swedish days, across daylight saving.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from contracts.calendar.days import swedish_day
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.fact import EventId, Fact
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, Rule, missing, rule
from contracts.law.running_out import running
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, Role
from contracts.vocabulary.choices import DeadlineKind


class Deadline(Fact):
    """Something that runs out: at `due_at` the coordinator says so; at `remind_at` it reminds those concerned.

    `subject` is the id of the event that began it; who has left the case is not concerned. Both times are UTC;
    `remind_at` is None once that has been done, in a closed case, and where the time is too short for it.
    """

    kind: DeadlineKind
    subject: EventId
    due_at: datetime
    remind_at: datetime | None
    concerns: tuple[AgencyId, ...]

    @property
    def last_day(self) -> date:
        """The last Swedish day before it runs out."""
        return swedish_day(self.due_at - timedelta(seconds=1))


def deadlines(case: CaseView, subject: EventId | None = None) -> tuple[Deadline, ...]:
    """Everything that runs in the case, the first to run out first; only what this event began, where one is named.

    In a closed case only offers and consents run. Total for every view that events lead to; one pass over what the case
    holds, and some 10 µs for each thing that runs.
    """
    present = {participant.agency for participant in case.participants}
    found = (
        Deadline.model_construct(  # of what events said, which was validated when they came
            kind=each.kind,
            subject=each.subject,
            due_at=each.due_at,
            remind_at=each.remind_at,
            concerns=tuple(agency for agency in dict.fromkeys(each.concerns) if agency in present),
        )
        for each in running(case, subject)
    )
    return tuple(sorted(found, key=lambda deadline: (deadline.due_at, deadline.kind, deadline.subject)))


Due = Callable[[Deadline], CaseEvent]
DUE: Final[dict[DeadlineKind, Due]] = {}
"""The event that says that something of a kind has run out, registered by its chapter with `falls_due`."""


def falls_due(kind: DeadlineKind) -> Callable[[Due], Due]:
    """Register a pure function as the one that makes the event for a deadline of this kind."""

    def register(due: Due) -> Due:
        if DUE.setdefault(kind, due) is not due:
            raise TypeError(f"two events say that a deadline of the kind {kind} has run out")
        return due

    return register


def due_event(deadline: Deadline) -> CaseEvent:
    """The coordinator's event when the deadline has run out: it occurred then, however late it is recorded."""
    return DUE[deadline.kind](deadline)


def next_moment(case: CaseView) -> datetime | None:
    """When the coordinator has next to say something about the case; None when nothing runs.

    Total for every view that events lead to; one pass over what the case holds, and some 2 µs for each thing that runs.
    """
    return min((each.remind_at or each.due_at for each in running(case)), default=None)


CLOCK: Final = f"{NOT_IN_THE_SOURCES}: a clock that runs out is an event, so that everybody sees the same end."
"""The source that rules on clocks cite."""


def runs_out(id: str, event: type[CaseEvent], names: str, en: str, sv: str) -> Rule:
    """The rule that the clock issues an event only after its time. `names`: its field that says what runs out."""

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        if event.roles.get(by.kind, Role.CLOCK) is not Role.CLOCK:
            return None  # somebody else ends it by a decision, which a rule of its own judges
        if by.agency != COORDINATOR:
            return coordinator_keeps_time()
        for deadline in deadlines(case, getattr(event, names)):
            if _says_the_same(event, due_event(deadline)):
                if event.occurred_at >= deadline.due_at:
                    return None
                return missing("Its time has not run out.", "Tiden har inte gått ut.", COORDINATOR)
        return missing("No such time is running.", "Ingen sådan tid löper.", COORDINATOR)

    return rule(id, event, en=en, sv=sv, source=CLOCK)(check)


def _says_the_same(event: CaseEvent, due: CaseEvent) -> bool:
    """Whether two events differ at most in when they occurred."""
    when = {"occurred_at"}
    return type(event) is type(due) and event.model_dump(exclude=when) == due.model_dump(exclude=when)


def coordinator_keeps_time() -> Missing:
    """The objection to a clock's event that another agency issues."""
    return missing(
        "Only the national coordinator keeps time.", "Endast den nationella samordnaren bevakar tider.", COORDINATOR
    )
