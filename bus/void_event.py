"""Why an event that is part of its chain has no effect: its content breaks its schema or a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.calendar.days import FIRST_MOMENT, LAST_MOMENT


@dataclass(frozen=True, slots=True)
class SetAside:
    """`reason`: a short code; `detail`: the rule or what is wrong with the form. Never any content."""

    reason: str
    detail: str


def out_of_time(recorded_at: datetime) -> SetAside | None:
    """Why an event is set aside that says it was recorded when no event can occur; everybody sees that alike."""
    if FIRST_MOMENT <= recorded_at <= LAST_MOMENT:
        return None
    return SetAside("unreadable", "recorded in none of the years from 1900 to 2200")
