"""Void events: part of their chain, and without effect, since their content breaks its schema or a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.calendar.days import FIRST_MOMENT, LAST_MOMENT


@dataclass(frozen=True, slots=True)
class VoidEvent:
    """`reason`: a short code; `detail`: the rule or what is wrong with the form. Never any content."""

    reason: str
    detail: str


def out_of_time(recorded_at: datetime) -> VoidEvent | None:
    """The reason why an event is void that says it was recorded when no event can occur; all see that alike."""
    if FIRST_MOMENT <= recorded_at <= LAST_MOMENT:
        return None
    return VoidEvent("unreadable", "recorded in none of the years from 1900 to 2200")
