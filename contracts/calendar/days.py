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
"""The end of the range in which every day and moment of an event lies.

The range is narrower than Python's calendar, so adding some years to a day in it never overflows.
"""


def swedish_day(moment: datetime) -> date:
    """The Swedish day of a moment (in any zone, never naive); for a moment outside the range, the nearest day in it.

    Such a moment can come from an envelope: only the moments in events are checked against the range.
    """
    return min(max(moment, FIRST_MOMENT), LAST_MOMENT).astimezone(SWEDISH_TIME).date()


def _in_range(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("the year is not from 1900 to 2200")
    return day


def _in_utc(moment: datetime) -> datetime:
    # Compare first: changing the zone overflows near the ends of Python's calendar.
    if not FIRST_MOMENT <= moment <= LAST_MOMENT:
        raise ValueError("the year in UTC is not from 1900 to 2200")
    return moment.astimezone(UTC)


Day = Annotated[date, AfterValidator(_in_range)]
"""A day of the years 1900 to 2200; every day that an event or a record states is one."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time with its offset (RFC 3339), of the years 1900 to 2200, kept in UTC."""
