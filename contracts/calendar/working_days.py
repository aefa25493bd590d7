"""Swedish working days: Monday to Friday, except public holidays and the customary eves."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

from holidays import DE_FACTO, PUBLIC, HolidayBase, country_holidays

_SATURDAY: Final = 5


@cache
def _closed_days() -> HolidayBase:
    # The library computes the holidays of a year when somebody first asks for a day of that year.
    return country_holidays("SE", categories=(PUBLIC, DE_FACTO), language="sv")


def is_working_day(day: date) -> bool:
    """True if offices are open on this day."""
    return day.weekday() < _SATURDAY and day not in _closed_days()


def last_working_day(until: date) -> date:
    """This day, or the latest working day before it."""
    while not is_working_day(until):
        until -= timedelta(days=1)
    return until


def next_working_day(since: date) -> date:
    """This day, or the first working day after it."""
    while not is_working_day(since):
        since += timedelta(days=1)
    return since


def name_of_holiday(day: date) -> str | None:
    """The Swedish name of the holiday, or None on any other day."""
    return _closed_days().get(day)
