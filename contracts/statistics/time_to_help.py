"""The time to help: the days from a detection to the first support, the first accepted offer, and the identification.

These count help that somebody gave, and no message. An offer that was accepted before services recorded the day of an
acceptance counts as not yet accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from contracts.calendar.days import swedish_day
from contracts.statistics.cells import Table, Wait
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification

_LONGEST: Final = ((0, Wait.SAME_DAY), (3, Wait.THREE_DAYS), (7, Wait.WEEK), (30, Wait.MONTH), (90, Wait.QUARTER))
"""The most days of each wait."""


def helped(view: CaseView) -> Mapping[Table, tuple[date, Wait]]:
    """For each table of the time to help: the Swedish day on which the help came, and the wait for it.

    A table is left out when that help has not come. Help from before the detection came on its day.
    """
    detected_on = _detected_on(view)
    if detected_on is None:
        return {}
    days = {
        Table.UNTIL_SUPPORT: min(_given_on(view), default=None),
        Table.UNTIL_ACCEPTANCE: min((one.accepted_on for one in view.offers if one.accepted_on), default=None),
        Table.UNTIL_IDENTIFICATION: _identified_on(view),
    }
    return {
        table: (max(day, detected_on), wait_of((day - detected_on).days))
        for table, day in days.items()
        if day is not None
    }


def wait_of(days: int) -> Wait:
    """The wait of so many days."""
    return next((wait for most, wait in _LONGEST if days <= most), Wait.LONGER)


def _detected_on(view: CaseView) -> date | None:
    since = (each.since for each in view.participants if each.agency == view.opened_by)
    return next(map(swedish_day, since), None)


def _given_on(view: CaseView) -> Iterator[date]:
    """The first days of the services that were given: as recorded, or as reported to the agency that asked for them.

    Who does not read the support has the day on which the first one was recorded.
    """
    if view.supported_on is not None:
        yield view.supported_on
    yield from (support.starts_on for support in view.support)
    for offer in view.offers:
        if offer.report is not None:
            yield from (each.since for each in offer.report.services if each.since is not None)


def _identified_on(view: CaseView) -> date | None:
    """The day on which the latest investigation was opened; None: the person is not formally identified."""
    if view.identification is not Identification.FORMAL or view.investigation is None:
        return None
    return view.investigation.opened_on
