"""The progress of a case, month by month. The envelopes show it to everybody; the store keeps it beside the case.

The statistics of a case follow from its progress, and from its view when the coordinator can read the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self

from contracts.calendar.days import swedish_day
from contracts.chapters.closure import CaseReopened
from contracts.event.case_event import EVENTS, Chapter
from contracts.statistics.cells import SEVERAL, WAITS, Table, Wait, personal_cells
from contracts.statistics.lacks import late_services, unmet_region, unmet_services
from contracts.statistics.tables import is_counted
from contracts.statistics.time_to_help import helped
from contracts.view.case_view import CaseView
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import RegionCode

_BESIDE: Final = frozenset({Chapter.CLOCKS, Chapter.PERSONAL_DATA, Chapter.ERASURE, Chapter.STATISTICS})
"""Chapters that run beside a case's progress."""

PROGRESS: Final = tuple(chapter for chapter in Chapter if chapter not in _BESIDE)
"""The chapters in the order in which a case comes to them."""

Month = int
"""A month of the calendar as a number: twelve times the year, plus 0 for January to 11 for December."""


def month_number(day: date) -> Month:
    """The month of a day."""
    return day.year * 12 + day.month - 1


def month_of_moment(moment: datetime) -> Month:
    """The Swedish month of a moment (never naive); for a moment outside the range of days, the nearest month in it."""
    return month_number(swedish_day(moment))


def first_of(month: Month) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class CaseProgress:
    """The months in which a case's events were recorded, by chapter.

    Attributes:
        opened_in: the month of the first detection.
        since: the first month of each chapter that the case came to.
        closings: the months in which agencies closed (True) or reopened (False) the case, in order. Only the last
            change of a month is kept; a change in an earlier month removes those after it.
    """

    opened_in: Month | None = None
    since: tuple[tuple[Chapter, Month], ...] = ()
    closings: tuple[tuple[Month, bool], ...] = ()

    def after(self, event_name: str, month: Month) -> Self:
        """The progress after an event of this name, recorded in this month; the same object if nothing is new."""
        event = EVENTS.get(event_name)
        if event is None or event.chapter in _BESIDE:
            return self
        chapter = event.chapter
        if chapter is Chapter.CLOSURE:
            return self._closed(month, event is not CaseReopened)
        first = next((since for known, since in self.since if known is chapter), None)
        if first is not None and first <= month:
            return self
        opened_in = month if chapter is Chapter.DETECTION and self.opened_in is None else self.opened_in
        others = tuple(each for each in self.since if each[0] is not chapter)
        return replace(self, opened_in=opened_in, since=(*others, (chapter, month)))

    def _closed(self, month: Month, closed: bool) -> Self:
        before = tuple(each for each in self.closings if each[0] < month)
        closings = (*before, (month, closed))
        return self if closings == self.closings else replace(self, closings=closings)

    def reached(self, by: Month) -> Chapter:
        """The furthest chapter that the case had come to by the end of a month; `CLOSURE` only while it was closed."""
        closed = next((closed for month, closed in reversed(self.closings) if month <= by), False)
        if closed:
            return Chapter.CLOSURE
        reached = (chapter for chapter, since in self.since if since <= by)
        return max(reached, key=PROGRESS.index, default=Chapter.DETECTION)

    def steps(self) -> Iterator[tuple[Month, Chapter | None, Chapter]]:
        """The months in which the case came to another chapter, from its opening on: month, chapter before, after."""
        if self.opened_in is None:
            return
        months = {month for _, month in self.since} | {month for month, _ in self.closings}
        before: Chapter | None = None
        for month in (self.opened_in, *sorted(month for month in months if month > self.opened_in)):
            chapter = self.reached(month)
            if chapter is not before:
                yield month, before, chapter
                before = chapter


class Population(StrEnum):
    """The cases that an agency can read, those of which it sees only envelopes, and those that count nobody.

    `OPENED`: of the readable ones, those that the agency opened itself.
    """

    READABLE = "readable"
    OTHERS = "others"
    UNCOUNTED = "uncounted"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Lack:
    """The services that a person lacks, each with the month from which it counts; and the region."""

    services: tuple[tuple[Month, Service], ...] = ()
    region: str = ""

    def parts(self, by_service: Table, by_region: Table) -> Iterator[tuple[Month, Table, str, int]]:
        """The changes to two tables, as `CaseCount.parts` tells them. The person stands in one cell of each."""
        known: set[Service] = set()
        cell = ""
        for month, service in sorted(self.services):
            if service in known:
                continue
            known.add(service)
            before, cell = cell, service if len(known) == 1 else SEVERAL
            if before == cell:
                continue
            if before:
                yield month, by_service, before, -1
            else:
                yield month, by_region, self.region, 1
            yield month, by_service, cell, 1


@dataclass(frozen=True, slots=True)
class CaseCount:
    """The numbers that one case adds to the statistics of every period.

    Attributes:
        cells: the person's cell in each table of `PERSONAL`.
        waits: for each kind of help that has come: its table, the month in which it came, the wait for it.
    """

    progress: CaseProgress = field(default_factory=CaseProgress)
    population: Population = Population.OTHERS
    cells: tuple[tuple[Table, str], ...] = ()
    waits: tuple[tuple[Table, Month, Wait], ...] = ()
    region: str = ""
    unmet: Lack = field(default_factory=Lack)
    late: Lack = field(default_factory=Lack)

    def parts(self) -> Iterator[tuple[Month, Table, str, int]]:
        """The case's changes to the tables: the month from which each counts, the table, the cell, and 1 or -1.

        -1 takes back a 1 that an earlier change added.
        """
        opened_in = self.progress.opened_in
        if opened_in is None:
            return
        yield opened_in, Table.MONTH, "", 1
        for month, before, after in self.progress.steps():
            yield month, Table.CHAPTER, after, 1
            if before is not None:
                yield month, Table.CHAPTER, before, -1
        if self.population is not Population.OTHERS:
            for table, cell in self.cells:
                yield opened_in, table, cell, 1
            yield opened_in, Table.REGION, self.region, 1
            for table in WAITS:
                yield opened_in, table, Wait.NOT_YET, 1
            for table, month, wait in self.waits:
                yield month, table, Wait.NOT_YET, -1
                yield month, table, wait, 1
            yield from self.unmet.parts(Table.UNMET_SERVICE, Table.UNMET_REGION)
            yield from self.late.parts(Table.LATE_SERVICE, Table.LATE_REGION)


def counted(progress: CaseProgress, view: CaseView | None) -> CaseCount:
    """The numbers that a case adds to the statistics. `view`: None when the agency cannot read the case."""
    if view is None:
        return CaseCount(progress)
    population = Population.READABLE if is_counted(view) else Population.UNCOUNTED
    return CaseCount(
        progress,
        population,
        tuple(personal_cells(view).items()),
        tuple((table, month_number(day), wait) for table, (day, wait) in helped(view).items()),
        view.region or "",
        _lack(unmet_services(view), unmet_region(view)),
        _lack(late_services(view), view.region),
    )


def _lack(services: Iterable[tuple[date, Service]], region: RegionCode | None) -> Lack:
    found = tuple((month_number(day), service) for day, service in services)
    return Lack(found, region or "") if found else Lack()
