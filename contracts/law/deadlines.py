"""Deadlines: the things that run out in a case, when they do, and the events that then record it (R20).

All functions only read the view. When a clock runs out, a participant's service issues an event; the fold never
computes it from "now", so replay stays deterministic. Days are Swedish days, across daylight saving.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from contracts.calendar.days import swedish_day
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.fact import EventId, Fact
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, Rule, missing, rule
from contracts.law.running_out import running
from contracts.law.time_kept import keeper
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, AgencyId
from contracts.vocabulary.choices import DeadlineKind


class Deadline(Fact):
    """Something that runs out.

    Attributes:
        kind: the kind of thing that runs out.
        subject: the id of the event that began it.
        due_at: when it has run out (UTC); a participant's service then issues the event that says so.
        remind_at: when those concerned are reminded (UTC). None once they have been, in a closed case, or when the time
            was too short for a reminder.
        concerns: the participants to remind; an agency that has left the case is not among them.
    """

    kind: DeadlineKind
    subject: EventId
    due_at: datetime
    remind_at: datetime | None
    concerns: tuple[AgencyId, ...]

    @property
    def last_day(self) -> date:
        """The last Swedish day before the deadline runs out."""
        return swedish_day(self.due_at - timedelta(seconds=1))


def deadlines(case: CaseView, subject: EventId | None = None) -> tuple[Deadline, ...]:
    """Every deadline that runs in the case, the first to run out first.

    `subject`: only the deadlines that this event began; None: all of them.

    In a closed case only offers, consents and claims for money run. Never raises for a view that events lead to. It
    makes one pass over the view, and takes about 10 µs for each deadline.
    """
    present = {participant.agency for participant in case.participants}
    found = (
        Deadline.model_construct(  # the values come from events, and were validated there
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
"""For each kind of deadline, the function that makes the event for its end; chapters register it with `falls_due`."""


def falls_due(kind: DeadlineKind) -> Callable[[Due], Due]:
    """Register the pure function that makes the event for a deadline of this kind that has run out.

    Raises TypeError when the kind has another one already.
    """

    def register(due: Due) -> Due:
        if DUE.setdefault(kind, due) is not due:
            raise TypeError(f"two events say that a deadline of the kind {kind} has run out")
        return due

    return register


def due_event(deadline: Deadline) -> CaseEvent:
    """The clock's event for a deadline that has run out. It occurred at `due_at`, however late it is recorded."""
    return DUE[deadline.kind](deadline)


def next_moment(case: CaseView) -> datetime | None:
    """When (UTC) a reminder or an end has to be issued next in the case; None when nothing runs.

    Never raises for a view that events lead to. It makes one pass over the view, about 2 µs for each deadline.
    """
    return min((each.remind_at or each.due_at for each in running(case)), default=None)


E_ = TypeVar("E_", bound=CaseEvent)

CLOCK: Final = f"{NOT_IN_THE_SOURCES}: a clock that runs out is an event, so that everybody sees the same end."
"""The source that the rules on clocks cite."""


def runs_out(
    id: str,
    event: type[E_],
    names: str,
    en: str,
    sv: str,
    *,
    decided: Callable[[E_], bool] = lambda event: False,
) -> Rule:
    """The rule that the clock issues an event only after the deadline has passed.

    Args:
        id: the id of the rule, such as `R20`.
        event: the event that the rule judges.
        names: the event's field that holds the deadline's `subject`.
        en: the wording in English.
        sv: the wording in Swedish.
        decided: True for an event by which an agency ends the thing before its time; another rule judges that.
    """

    def check(case: CaseView, event: Any, by: Provenance) -> Missing | None:
        if decided(event):
            return None
        if by.agency != keeper(by):
            return coordinator_kept_time()
        for deadline in deadlines(case, getattr(event, names)):
            if _says_the_same(event, due_event(deadline)):
                if event.occurred_at >= deadline.due_at:
                    return None
                return missing("Its time has not run out.", "Tiden har inte gått ut.", by.agency)
        return missing("No such time is running.", "Ingen sådan tid löper.", by.agency)

    return rule(id, event, en=en, sv=sv, source=CLOCK)(check)


def _says_the_same(event: CaseEvent, due: CaseEvent) -> bool:
    """True if two events differ only in when they occurred, or not at all."""
    when = {"occurred_at"}
    return type(event) is type(due) and event.model_dump(exclude=when) == due.model_dump(exclude=when)


def coordinator_kept_time() -> Missing:
    """The objection to an earlier event of the clock that another agency than the national coordinator issued."""
    return missing(
        "Then only the national coordinator kept time.",
        "Då bevakade endast den nationella samordnaren tider.",
        COORDINATOR,
    )
