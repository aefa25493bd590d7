"""Bitemporality: rules judge a fact by the time at which it occurred. The time of recording tells who knew it when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, missing, rule
from contracts.view.case_view import CaseView

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""The largest difference between two agencies' clocks that is tolerated."""

LATE_AFTER: Final = timedelta(days=1)
"""A fact that is recorded longer than this after it occurred is shown as late: until then it is everyday work."""


def recorded_late_by(occurred_at: datetime, recorded_at: datetime) -> timedelta | None:
    """The time from the fact to its recording, when it is longer than `LATE_AFTER`, or None.

    Backdating is lawful, but everybody can see it.
    """
    late = recorded_at - occurred_at
    return late if late > LATE_AFTER else None


@rule(
    "R20",
    CaseEvent,
    en="A fact is recorded when it has occurred, and judged by the law of the day on which it occurred.",
    sv="En händelse registreras när den har inträffat och bedöms efter lagen på dagen då den inträffade.",
    source=f"{NOT_IN_THE_SOURCES}: follows from judging an event by the ruleset of its own date.",
)
def facts_have_occurred(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    if event.occurred_at - by.recorded_at <= CLOCK_TOLERANCE:
        return None
    return missing(
        "The event is said to occur later than it is recorded.",
        "Händelsen anges inträffa senare än den registreras.",
        by.agency,
    )
