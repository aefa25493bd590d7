"""How far a case has come, month by month, as its envelopes show to everybody; short enough to keep beside the case.

A case's row in the statistics follows from this alone, and from the view where the case can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self

from contracts.calendar.days import swedish_day
from contracts.chapters.closure import CaseReopened
from contracts.event.case_event import EVENTS, Chapter
from contracts.statistics.tables import exploitation_form, is_counted
from contracts.view.case_view import CaseView

_BESIDE: Final = frozenset({Chapter.CLOCKS, Chapter.PERSONAL_DATA, Chapter.ERASURE})
"""Chapters that run beside a case's progress."""

PROGRESS: Final = tuple(chapter for chapter in Chapter if chapter not in _BESIDE)
"""The chapters in the order in which a case comes to them."""

Month = int
"""A month of the calendar: twelve times the year, and the months of that year before it."""


def month_number(day: date) -> Month:
    """The month of a day."""
    return day.year * 12 + day.month - 1


def month_of_moment(moment: datetime) -> Month:
    """The Swedish month of a moment; a moment outside the days that contracts know counts at their nearest end."""
    return month_number(swedish_day(moment))


def first_of(month: Month) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class CaseProgress:
    """The months in which a case's events were recorded, by chapter.

    `opened_in`: the month of the first detection. `since`: the first month of each chapter that the case came to.
    `closings`: the months in which it was closed (True) or reopened (False), as far as a later one of an earlier month
    does not stand for it.
    """

    opened_in: Month | None = None
    since: tuple[tuple[Chapter, Month], ...] = ()
    closings: tuple[tuple[Month, bool], ...] = ()

    def after(self, event_name: str, month: Month) -> Self:
        """The progress after an event of this name, recorded in a month; the same when it tells nothing new."""
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
        """The furthest chapter that the case had come to by the end of a month; one that was reopened is not closed."""
        closed = next((closed for month, closed in reversed(self.closings) if month <= by), False)
        if closed:
            return Chapter.CLOSURE
        reached = (chapter for chapter, since in self.since if since <= by)
        return max(reached, key=PROGRESS.index, default=Chapter.DETECTION)

    def steps(self) -> Iterator[tuple[Month, Chapter | None, Chapter]]:
        """The months from that of the opening on in which it came to another chapter: month, chapter before, after."""
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
    """Whether the coordinator can read a case or sees its envelopes alone; or the person is counted by another case."""

    READABLE = "readable"
    OTHERS = "others"
    UNCOUNTED = "uncounted"


class Table(StrEnum):
    """By what the statistics are told."""

    MONTH = "month"
    CHAPTER = "chapter"
    FORM = "form"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class CaseCount:
    """A case's part in the statistics of every period."""

    progress: CaseProgress = field(default_factory=CaseProgress)
    population: Population = Population.OTHERS
    form: str = ""
    region: str = ""

    def parts(self) -> Iterator[tuple[Month, Table, str, int]]:
        """Its changes to the tables: first month, table, cell, and 1, or -1 to take back what was added before."""
        opened_in = self.progress.opened_in
        if opened_in is None:
            return
        yield opened_in, Table.MONTH, "", 1
        for month, before, after in self.progress.steps():
            yield month, Table.CHAPTER, after, 1
            if before is not None:
                yield month, Table.CHAPTER, before, -1
        if self.population is not Population.OTHERS:
            yield opened_in, Table.FORM, self.form, 1
            yield opened_in, Table.REGION, self.region, 1


def counted(progress: CaseProgress, view: CaseView | None) -> CaseCount:
    """A case's part in the statistics; `view` where it can be read."""
    if view is None:
        return CaseCount(progress)
    population = Population.READABLE if is_counted(view) else Population.UNCOUNTED
    return CaseCount(progress, population, exploitation_form(view), view.region or "")
