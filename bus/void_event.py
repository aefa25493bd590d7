"""Void events: a void event stands in its chain but has no effect, because it breaks its schema or a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.calendar.days import FIRST_MOMENT, LAST_MOMENT


@dataclass(frozen=True, slots=True)
class VoidEvent:
    """Why an event is void. `reason`: a short code; `detail`: the rule or the fault of the form. No content of it."""

    reason: str
    detail: str


def out_of_time(recorded_at: datetime) -> VoidEvent | None:
    """Return the reason when `recorded_at` lies outside the years 1900 to 2200, else None.

    `recorded_at` is in the clear, so every agency comes to the same result.
    """
    if FIRST_MOMENT <= recorded_at <= LAST_MOMENT:
        return None
    return VoidEvent("unreadable", "recorded in none of the years from 1900 to 2200")
