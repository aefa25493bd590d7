"""The national count: each agency counts the cases that it opened, and the coordinator adds up before it hides.

The agency that detected a victim opened the case, so no two agencies count the same case. The cells tell small numbers,
so they are for the coordinator's service alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Self

from pydantic import Field

from contracts.event.fact import Fact
from contracts.statistics.cells import PERSONAL, UNKNOWN, Table, Wait
from contracts.statistics.tables import Tally, months
from contracts.vocabulary.agencies import AgencyId, kind_named_by

MOST: Final = 10_000_000
"""More cases than any agency can open in a year."""

Year = Annotated[int, Field(ge=2000, le=2100)]
Number = Annotated[int, Field(ge=0, le=MOST)]


def tables_of(year: int) -> Mapping[Table, tuple[str, ...]]:
    """The tables that a year's report on victims is made of, each with all its cells."""
    identified = tuple(map(str, Wait))
    of_months = months(date(year, 1, 1), date(year, 12, 31))
    return {Table.MONTH: of_months, Table.UNTIL_IDENTIFICATION: identified, **PERSONAL}


class YearCount(Fact):
    """The cases of a year that one agency opened and can read, in the cells of the report's tables.

    Attributes:
        agency: the agency that counted.
        year: the calendar year in which the cases were opened.
        counted_at: the moment of the count, in UTC.
        tables: the tables of `tables_of`, in its order, each with the numbers of its cells in order.
    """

    agency: AgencyId
    year: Year
    counted_at: datetime
    tables: Annotated[tuple[Annotated[tuple[Number, ...], Field(max_length=64)], ...], Field(max_length=16)]

    @classmethod
    def of(cls, agency: AgencyId, year: int, tally: Tally, counted_at: datetime) -> Self:
        """The numbers of a tally of that year."""
        numbers = tuple(tuple(tally.readable(table, names).values()) for table, names in tables_of(year).items())
        return cls(agency=agency, year=year, counted_at=counted_at, tables=numbers)

    def fault(self) -> str | None:
        """Why the numbers cannot be a count of the agency's own cases; None when they can.

        Each person stands in one cell of each table, so all tables have the same sum, and an agency opens cases as
        itself alone.
        """
        expected = tables_of(self.year)
        if [len(numbers) for numbers in self.tables] != [len(names) for names in expected.values()]:
            return "it has other tables than this release counts in"
        if len({sum(numbers) for numbers in self.tables}) != 1:
            return "its tables count different numbers of persons"
        own = kind_named_by(self.agency) or UNKNOWN
        by_organisation = dict(self._cells())[Table.ORGANISATION]
        if any(number for name, number in by_organisation.items() if name != own):
            return "it counts cases that another organisation opened"
        return None

    def _cells(self) -> list[tuple[Table, dict[str, int]]]:
        named = tables_of(self.year).items()
        return [
            (table, dict(zip(map(str, names), numbers, strict=True)))
            for (table, names), numbers in zip(named, self.tables, strict=True)
        ]

    def add_to(self, tally: Tally) -> None:
        """Add the numbers to a tally of the same year."""
        for table, cells in self._cells():
            for name, number in cells.items():
                tally.add(table, name, number, readable=True)
