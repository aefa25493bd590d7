"""Statistics for the national coordinator: presumed victims by form, chapter, region and month, and no small numbers.

Each presumed victim is counted once, in the month in which the case was opened on the bus, with the chapter that the
case had reached by the end of the period. Every number below `FEWEST` is hidden, together with enough others that
nobody can compute it, not even a reader who knows the method. The file has over 250 lines because counting and hiding
are one method.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from contracts.chapters.closure import CaseReopened
from contracts.event.case_event import EVENTS, Chapter
from contracts.event.fact import Fact
from contracts.statistics.cells import (
    FORMS,
    LACKED,
    MADE,
    PERSONAL,
    SEVERAL,
    UNKNOWN,
    WAITS,
    Table,
    Wait,
    personal_cells,
)
from contracts.statistics.lacks import late_services, unmet_region, unmet_services
from contracts.statistics.time_to_help import helped
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification
from contracts.view.parts.status import CaseStatus, ClosureReason
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import RegionCode

FEWEST: Final = 5
"""The smallest number that is shown."""

_BESIDE: Final = frozenset({Chapter.CLOCKS, Chapter.PERSONAL_DATA, Chapter.ERASURE, Chapter.STATISTICS})
"""Chapters that run beside a case's progress."""

_PROGRESS: Final = tuple(chapter for chapter in Chapter if chapter not in _BESIDE)


@dataclass(frozen=True)
class CountedCase:
    """A case as the statistics know it.

    Attributes:
        events: the names of its events in order, each with the Swedish day on which it was recorded. Envelopes show
            both to everybody. Events that are known to have had no effect are left out.
        view: the case view; None when the coordinator cannot read the case.
    """

    events: tuple[tuple[str, date], ...]
    view: CaseView | None = None


class TableCell(Fact):
    """One cell of a table: its name, and how many victims it counts; None: the number is hidden."""

    name: str
    count: int | None


class PopulationTables(Fact):
    """Tables over the same persons. Without hidden numbers, the cells of each table add up to the total."""

    total: int | None
    by_chapter: tuple[TableCell, ...]
    by_month: tuple[TableCell, ...]
    by_form: tuple[TableCell, ...] | None
    by_region: tuple[TableCell, ...] | None


class LackTables(Fact):
    """Tables over the persons who lack some service, each in one cell of each table. The cells add up to the total."""

    total: int | None
    by_service: tuple[TableCell, ...]
    by_region: tuple[TableCell, ...]


class WaitTables(Fact):
    """How long the readable persons waited for one kind of help: those whom it reached, those whom it had not reached
    by the end of the period, and the days that it took. When `reached` is hidden, so is the whole table.
    """

    reached: int | None
    not_yet: int | None
    by_days: tuple[TableCell, ...]


class TimeToHelp(Fact):
    """The time from the detection to the first support, the first accepted offer, and the formal identification."""

    support: WaitTables
    acceptance: WaitTables
    identification: WaitTables


class PeriodStatistics(Fact):
    """The numbers of a period.

    Attributes:
        first_month: the first month, as `2024-03`.
        last_month: the last month.
        readable: the cases that the coordinator can read.
        others: the cases of which the coordinator sees only envelopes.
        unmet: of the readable ones, those in which no referral was possible for some service by the end of the period.
        late: of the readable ones, those in which a promised service was not given in time.
        time_to_help: how long the readable persons waited for help.

    `readable` and `others` are never added up: anybody could compute one of them from the sum and the other.
    """

    first_month: str
    last_month: str
    readable: PopulationTables
    others: PopulationTables
    unmet: LackTables
    late: LackTables
    time_to_help: TimeToHelp


class VictimCounts(Fact):
    """The readable persons by what article 19a of Directive 2011/36/EU asks for, each in one cell of each table."""

    first_month: str
    last_month: str
    total: int | None
    by_status: tuple[TableCell, ...]
    by_organisation: tuple[TableCell, ...]
    by_sex: tuple[TableCell, ...]
    by_age: tuple[TableCell, ...]
    by_citizenship: tuple[TableCell, ...]
    by_form: tuple[TableCell, ...]


def hide_small(counts: Mapping[str, int]) -> tuple[int | None, tuple[TableCell, ...]]:
    """The total and the cells of a table, with every number below `FEWEST` hidden, and as many more as that needs.

    A reader who knows the total also knows the sum of the hidden numbers. So this also hides the next smallest number,
    and all equal to it, until at least two are hidden and small numbers can add up to that sum in more than one way.
    When the total is below `FEWEST`, it and the whole table are hidden.
    """
    total = sum(counts.values())
    if total < FEWEST:
        return None, tuple(TableCell(name=name, count=None) for name in counts)
    numbers = sorted(counts.values())
    hidden = [number for number in numbers if number < FEWEST]
    while hidden and len(hidden) < len(numbers) and not _keeps_its_parts(hidden):
        hidden = [number for number in numbers if number <= numbers[len(hidden)]]
    level = hidden[-1] if hidden else -1
    return total, tuple(TableCell(name=name, count=None if count <= level else count) for name, count in counts.items())


def _keeps_its_parts(hidden: list[int]) -> bool:
    """True if nobody can compute any of these numbers from their sum."""
    largest = FEWEST - 1
    return len(hidden) > 1 and largest <= sum(hidden) != largest * len(hidden)


def month_of(day: date) -> str:
    """The month of a day, as `2024-03`."""
    return f"{day:%Y-%m}"


def months(first: date, last: date) -> tuple[str, ...]:
    """Every month from the month of the first day to the month of the last day, in order."""
    since, until = (day.year * 12 + day.month - 1 for day in (first, last))
    return tuple(month_of(date(number // 12, number % 12 + 1, 1)) for number in range(since, until + 1))


def chapter_reached(events: Iterable[str]) -> Chapter:
    """The furthest chapter that events of these names, in order, lead to; not `CLOSURE` if the case was reopened."""
    known = [EVENTS[name] for name in events if name in EVENTS]
    closure = [event for event in known if event.chapter is Chapter.CLOSURE]
    reopened = bool(closure) and closure[-1] is CaseReopened
    reached = {event.chapter for event in known} - ({Chapter.CLOSURE} if reopened else set())
    return max(reached & set(_PROGRESS), key=_PROGRESS.index, default=Chapter.DETECTION)


class Tally:
    """Counts cases one by one, for the months from `first` to `last` and for these regions."""

    def __init__(self, first: date, last: date, regions: Collection[RegionCode]) -> None:
        self.first, self.last = first, last
        self.regions = (*sorted(regions), UNKNOWN)
        self._months = months(first, last)
        self._readable = _Columns()
        self._others = _Columns()

    def count(self, case: CountedCase) -> None:
        """Count a case, but not one that no detection opened within the months, nor one closed as a duplicate."""
        detections = (day for name, day in case.events if name in EVENTS and EVENTS[name].chapter is Chapter.DETECTION)
        opened_in = next(map(month_of, detections), None)
        view = case.view
        if opened_in not in self._months or (view is not None and not is_counted(view)):
            return
        columns = self._others if view is None else self._readable
        columns.month[opened_in] += 1
        until_then = (name for name, day in case.events if month_of(day) <= self._months[-1])
        columns.chapter[chapter_reached(until_then)] += 1
        if view is not None:
            for table, cell in personal_cells(view).items():
                columns[table][cell] += 1
            self._count_waits(view)
            columns.region[self._region(view.region)] += 1
            self._count_lack("unmet", unmet_services(view), unmet_region(view))
            self._count_lack("late", late_services(view), view.region)

    def _count_waits(self, view: CaseView) -> None:
        come = helped(view)
        for table in WAITS:
            day, wait = come.get(table, (date.max, Wait.NOT_YET))
            self._readable[table][wait if month_of(day) <= self._months[-1] else Wait.NOT_YET] += 1

    def _count_lack(self, lack: str, services: Iterable[tuple[date, Service]], region: RegionCode | None) -> None:
        lacking = {service for day, service in services if month_of(day) <= self._months[-1]}
        if lacking:
            self._readable[f"{lack}-service"][next(iter(lacking)) if len(lacking) == 1 else SEVERAL] += 1
            self._readable[f"{lack}-region"][self._region(region)] += 1

    def _region(self, region: RegionCode | None) -> str:
        return region if region in self.regions and region is not None else UNKNOWN

    def add(self, table: str, name: str, count: int, *, readable: bool) -> None:
        """Add a number of cases that were counted elsewhere.

        Args:
            table: a value of `Table`.
            name: the cell of that table.
            count: the number of cases to add.
            readable: True: cases that the coordinator can read; False: the others.
        """
        columns = self._readable if readable else self._others
        columns[table][name] += count

    def readable(self, table: str, names: Iterable[str]) -> dict[str, int]:
        """The number of readable cases in each of these cells of a table, nothing hidden. Not to be shown."""
        return {str(name): self._readable[table][name] for name in names}

    def statistics(self) -> PeriodStatistics:
        """The numbers so far, with the small ones hidden."""
        return PeriodStatistics(
            first_month=self._months[0],
            last_month=self._months[-1],
            readable=self._shown(self._readable, readable=True),
            others=self._shown(self._others, readable=False),
            unmet=self._lacking("unmet"),
            late=self._lacking("late"),
            time_to_help=TimeToHelp(
                support=self._waits(Table.UNTIL_SUPPORT),
                acceptance=self._waits(Table.UNTIL_ACCEPTANCE),
                identification=self._waits(Table.UNTIL_IDENTIFICATION),
            ),
        )

    def victims(self) -> VictimCounts:
        """The report by article 19a on the cases so far, with the small numbers hidden."""
        identified = self._waits(Table.UNTIL_IDENTIFICATION)
        status = {Identification.PRESUMED: identified.not_yet, Identification.FORMAL: identified.reached}
        by = {table: _table(self._readable[table], cells)[1] for table, cells in PERSONAL.items()}
        return VictimCounts(
            first_month=self._months[0],
            last_month=self._months[-1],
            total=_table(self._readable.month, self._months)[0],
            by_status=tuple(TableCell(name=name, count=count) for name, count in status.items()),
            by_organisation=by[Table.ORGANISATION],
            by_sex=by[Table.SEX],
            by_age=by[Table.AGE],
            by_citizenship=by[Table.CITIZENSHIP],
            by_form=by[Table.FORM],
        )

    def _waits(self, table: Table) -> WaitTables:
        """First hide small numbers among those whom help reached and had not reached; only then by days.

        The identification of a victim is such a table and the report by status as well. So both tell the same.
        """
        column = self._readable[table]
        reached = sum(column[wait] for wait in MADE)
        _, (came, not_yet) = hide_small({"reached": reached, Wait.NOT_YET: column[Wait.NOT_YET]})
        by_days = _table(column if came.count is not None else Counter(), MADE)[1]
        return WaitTables(reached=came.count, not_yet=not_yet.count, by_days=by_days)

    def _lacking(self, lack: str) -> LackTables:
        total, by_service = _table(self._readable[f"{lack}-service"], LACKED)
        return LackTables(
            total=total,
            by_service=by_service,
            by_region=_table(self._readable[f"{lack}-region"], self.regions)[1],
        )

    def _shown(self, columns: _Columns, *, readable: bool) -> PopulationTables:
        total, by_month = _table(columns.month, self._months)
        return PopulationTables(
            total=total,
            by_month=by_month,
            by_chapter=_table(columns.chapter, _PROGRESS)[1],
            by_form=_table(columns.form, FORMS)[1] if readable else None,
            by_region=_table(columns.region, self.regions)[1] if readable else None,
        )


@dataclass(frozen=True)
class _Columns:
    month: Counter[str] = field(default_factory=Counter)
    chapter: Counter[str] = field(default_factory=Counter)
    form: Counter[str] = field(default_factory=Counter)
    region: Counter[str] = field(default_factory=Counter)
    more: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def __getitem__(self, table: str) -> Counter[str]:
        people = {"month": self.month, "chapter": self.chapter, "form": self.form, "region": self.region}
        return people[table] if table in people else self.more[table]


def _table(column: Counter[str], names: Iterable[str]) -> tuple[int | None, tuple[TableCell, ...]]:
    """The total and all possible cells: if empty cells were left out, a reader would learn that they are empty."""
    return hide_small({str(name): column[name] for name in names})


def is_counted(view: CaseView) -> bool:
    """True if the statistics count the case: it was opened, and is no duplicate of another case."""
    return view.status is not CaseStatus.UNOPENED and view.closed_for is not ClosureReason.DUPLICATE
