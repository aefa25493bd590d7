"""Statistics for the national coordinator: presumed victims by form, chapter, region and month, and no small numbers.

Each presumed victim is counted once, in the month in which the case was opened on the bus, with the chapter that it had
reached by the end of the period. What is fewer than `FEWEST` is hidden, and with it as much else as keeps anybody from
computing it, even one who knows how this is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from contracts.case_count import PROGRESS, SEVERAL, UNKNOWN, CaseCount, CountedCase, Mark, Table, month_of
from contracts.event import Fact
from contracts.vocabulary import ExploitationForm, RegionCode

__all__ = [
    "FEWEST",
    "SEVERAL",
    "UNKNOWN",
    "CaseCount",
    "Cell",
    "CountedCase",
    "Counts",
    "Statistics",
    "Tally",
    "hide_small",
    "month_of",
    "months",
]

FEWEST: Final = 5
"""The smallest number that is shown."""

_FORMS: Final = (*ExploitationForm, SEVERAL, UNKNOWN)


class Cell(Fact):
    """How many there are of a kind; None: hidden."""

    name: str
    count: int | None


class Counts(Fact):
    """Tables over the same persons; unhidden, each would add up to the total."""

    total: int | None
    by_chapter: tuple[Cell, ...]
    by_month: tuple[Cell, ...]
    by_form: tuple[Cell, ...] | None
    by_region: tuple[Cell, ...] | None


class Statistics(Fact):
    """A period's numbers: of the cases that the coordinator can read; and of the others, of which it sees envelopes.

    The two are never added up: their sum and one of them would give the other away.
    """

    first_month: str
    last_month: str
    readable: Counts
    others: Counts


def hide_small(counts: Mapping[str, int]) -> tuple[int | None, tuple[Cell, ...]]:
    """A table and its total with every number below `FEWEST` hidden, and as many more as it takes to keep them so.

    Since the total is known, the sum of the hidden numbers is too. So the next smallest number is hidden as well, equal
    ones together, until at least two are hidden and small numbers can add up to that sum in more than one way. A total
    below `FEWEST` is hidden with the whole table.
    """
    total = sum(counts.values())
    if total < FEWEST:
        return None, tuple(Cell(name=name, count=None) for name in counts)
    numbers = sorted(counts.values())
    hidden = [number for number in numbers if number < FEWEST]
    while hidden and len(hidden) < len(numbers) and not _keeps_its_parts(hidden):
        hidden = [number for number in numbers if number <= numbers[len(hidden)]]
    level = hidden[-1] if hidden else -1
    return total, tuple(Cell(name=name, count=None if count <= level else count) for name, count in counts.items())


def _keeps_its_parts(hidden: list[int]) -> bool:
    """Whether the sum of these numbers tells none of them."""
    largest = FEWEST - 1
    return len(hidden) > 1 and largest <= sum(hidden) != largest * len(hidden)


def months(first: date, last: date) -> tuple[str, ...]:
    """Every month from that of the first day to that of the last, in order."""
    since, until = (day.year * 12 + day.month - 1 for day in (first, last))
    return tuple(month_of(date(number // 12, number % 12 + 1, 1)) for number in range(since, until + 1))


class Tally:
    """Counts cases one by one, or what is kept under marks, for the months from the first day's to the last day's and
    these regions.
    """

    def __init__(self, first: date, last: date, regions: Collection[RegionCode]) -> None:
        self._months = months(first, last)
        self._in_period = frozenset(self._months)
        self._regions = (*sorted(regions), UNKNOWN)
        self._readable = _Columns()
        self._others = _Columns()

    def count(self, case: CaseCount | CountedCase) -> None:
        """Take a case into account: unless it was opened at another time, was not opened by a detection, or was closed
        as a second case of the same person.
        """
        row = case if isinstance(case, CaseCount) else CaseCount.of(case)
        for mark, number in row.marks().items():
            self.add(mark, number)

    def add(self, mark: Mark, number: int) -> None:
        """Take into account what several cases add under one mark: see `contracts.case_count.changes`."""
        if mark.opened_in not in self._in_period or mark.since > self._months[-1]:
            return
        columns = self._readable if mark.readable else self._others
        known = mark.table != "region" or mark.name in self._regions
        columns.of(mark.table)[mark.name if known else UNKNOWN] += number

    def statistics(self) -> Statistics:
        """The numbers so far, the small ones hidden."""
        return Statistics(
            first_month=self._months[0],
            last_month=self._months[-1],
            readable=self._shown(self._readable, readable=True),
            others=self._shown(self._others, readable=False),
        )

    def _shown(self, columns: _Columns, *, readable: bool) -> Counts:
        total, by_month = _table(columns.month, self._months)
        return Counts(
            total=total,
            by_month=by_month,
            by_chapter=_table(columns.chapter, PROGRESS)[1],
            by_form=_table(columns.form, _FORMS)[1] if readable else None,
            by_region=_table(columns.region, self._regions)[1] if readable else None,
        )


@dataclass(frozen=True)
class _Columns:
    month: Counter[str] = field(default_factory=Counter)
    chapter: Counter[str] = field(default_factory=Counter)
    form: Counter[str] = field(default_factory=Counter)
    region: Counter[str] = field(default_factory=Counter)

    def of(self, table: Table) -> Counter[str]:
        column: Counter[str] = getattr(self, table)
        return column


def _table(column: Counter[str], names: Iterable[str]) -> tuple[int | None, tuple[Cell, ...]]:
    """All the cells that there could be: a missing one would tell that it is empty."""
    return hide_small({str(name): column[name] for name in names})
