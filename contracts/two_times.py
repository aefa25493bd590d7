"""Two times: when a fact occurred, by which it is judged, and when it was recorded, which says who knew what when."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from contracts.event import CaseEvent, Provenance
from contracts.rules import NOT_IN_THE_SOURCES, Missing, missing, rule
from contracts.view import CaseView

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far two agencies' clocks may differ."""


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
