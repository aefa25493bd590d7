"""Days and moments that events state: Swedish days, moments in UTC, of the years 1900 to 2200."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime

SWEDISH_TIME: Final = ZoneInfo("Europe/Stockholm")
"""Days in rules (a period's end, the day a law takes effect) are Swedish days."""

FIRST_DAY: Final = date(1900, 1, 1)

LAST_DAY: Final = date(2200, 12, 31)

FIRST_MOMENT: Final = datetime(1900, 1, 1, tzinfo=UTC)

LAST_MOMENT: Final = datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The range of every day and moment that an event states: sums with days of it never leave Python's calendar."""


def swedish_day(moment: datetime) -> date:
    """The Swedish day on which a moment (any zone, never naive) lies; beyond the range, the day at its end.

    Envelopes state moments too, and only events have their range.
    """
    return min(max(moment, FIRST_MOMENT), LAST_MOMENT).astimezone(SWEDISH_TIME).date()


def _in_range(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("the year is not from 1900 to 2200")
    return day


def _in_utc(moment: datetime) -> datetime:
    # Compared before the change of zone, which overflows near the ends of the calendar.
    if not FIRST_MOMENT <= moment <= LAST_MOMENT:
        raise ValueError("the year in UTC is not from 1900 to 2200")
    return moment.astimezone(UTC)


Day = Annotated[date, AfterValidator(_in_range)]
"""A day of the years 1900 to 2200; every day that an event or a record states is one."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time with its offset (RFC 3339), of the years 1900 to 2200, kept in UTC."""
