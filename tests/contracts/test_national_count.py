"""The national count: the agencies' cells add up to those of one who reads all; only the sum hides small numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.statistics.cells import PERSONAL, Table
from contracts.statistics.national import MOST, YearCount, tables_of
from contracts.statistics.tables import CountedCase, Tally, VictimCounts
from contracts.testing.example_ids import CASE_ID, event_id
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification
from contracts.view.parts.statistical_facts import CitizenshipGroup, Sex, StatisticalFacts
from contracts.view.parts.status import CaseStatus, ClosureReason
from contracts.vocabulary.choices import AgeBand, ExploitationForm

YEAR = 2026
COUNTED_AT = datetime(2027, 1, 15, 9, tzinfo=UTC)
AGENCIES = ("police", "municipality-0180", "municipality-1280", "ngo-fyren", "coordinator")


def opened_by(agency: str, day: date = date(YEAR, 5, 4), **changes: Any) -> CountedCase:
    """A case that an agency opened."""
    view = CaseView(case_id=CASE_ID, status=CaseStatus.OPEN, opened_by=agency).changed(**changes)
    return CountedCase((("VictimDetected", day),), view)


def tallied(cases: Iterable[CountedCase]) -> Tally:
    """A tally of the year."""
    tally = Tally(date(YEAR, 1, 1), date(YEAR, 12, 31), ("01",))
    for case in cases:
        tally.count(case)
    return tally


def count_of(agency: str, cases: Iterable[CountedCase]) -> YearCount:
    """An agency's count of those of these cases that it opened."""
    own = (case for case in cases if case.view is not None and case.view.opened_by == agency)
    return YearCount.of(agency, YEAR, tallied(own), COUNTED_AT)


def added(counts: Iterable[YearCount]) -> Tally:
    """The sum of these counts."""
    tally = tallied(())
    for count in counts:
        assert count.fault() is None
        count.add_to(tally)
    return tally


def cells(tally: Tally) -> dict[str, dict[str, int]]:
    """Every number of the report's tables, nothing hidden."""
    return {str(table): tally.readable(table, names) for table, names in tables_of(YEAR).items()}


def shown(found: VictimCounts, table: str) -> dict[str, int]:
    """The numbers of a table that are told."""
    return {cell.name: cell.count for cell in getattr(found, table) if cell.count is not None}


CASES = st.builds(
    opened_by,
    st.sampled_from(AGENCIES),
    st.dates(date(YEAR - 1, 11, 1), date(YEAR + 1, 2, 1)),
    exploitation_forms=st.lists(st.sampled_from(ExploitationForm), max_size=2, unique=True).map(tuple),
    age_band=st.sampled_from(AgeBand),
    closed_for=st.sampled_from([None, None, ClosureReason.DUPLICATE]),
    identification=st.sampled_from([None, *Identification]),
    statistical_facts=st.none()
    | st.builds(
        StatisticalFacts,
        id=st.just(event_id(300)),
        sex=st.sampled_from(Sex),
        citizenship=st.sampled_from(CitizenshipGroup),
    ),
)


@given(st.lists(CASES, max_size=60), st.permutations(AGENCIES))
def test_the_agencies_counts_add_up_to_one_who_reads_all(cases: list[CountedCase], order: Sequence[str]) -> None:
    """In any order, shown numbers and hidden ones."""
    national = added(YearCount.model_validate_json(count_of(agency, cases).model_dump_json()) for agency in order)
    assert cells(national) == cells(tallied(cases))
    assert national.victims() == tallied(cases).victims()


def test_small_numbers_are_hidden_only_after_the_sum() -> None:
    """Three here and three there are six, although neither agency could tell its three."""
    cases = [opened_by(agency, age_band=AgeBand.MINOR) for agency in ("police", "ngo-fyren") for _ in range(3)]
    cases += [opened_by("police", age_band=AgeBand.ADULT) for _ in range(20)]
    assert shown(added([count_of("ngo-fyren", cases)]).victims(), "by_age") == {}
    found = added(count_of(agency, cases) for agency in AGENCIES).victims()
    assert (found.total, shown(found, "by_age")["adult"]) == (26, 20)
    assert "minor" not in shown(found, "by_age"), "six hide with the zero of the unknown"
    cases += [opened_by("ngo-fyren") for _ in range(5)]
    found = added(count_of(agency, cases) for agency in AGENCIES).victims()
    assert shown(found, "by_age") == {"adult": 20, "minor": 6, "unknown": 5}


def test_a_duplicate_is_counted_nowhere() -> None:
    """One person whom two agencies detected is counted by the agency that goes on."""
    cases = [opened_by("police"), opened_by("ngo-fyren", closed_for=ClosureReason.DUPLICATE)]
    assert sum(added(count_of(agency, cases) for agency in AGENCIES).readable(Table.MONTH, months_of()).values()) == 1


def months_of() -> tuple[str, ...]:
    """The cells of the table of months."""
    return tables_of(YEAR)[Table.MONTH]


def test_what_cannot_be_a_count_is_refused() -> None:
    """Another agency's cases, a person in one table alone, a table too few, and numbers out of bounds."""
    good = count_of("police", [opened_by("police") for _ in range(7)])
    assert good.fault() is None
    assert good.model_copy(update={"agency": "ngo-fyren"}).fault() == "it counts cases that another organisation opened"
    assert good.model_copy(update={"tables": good.tables[:-1]}).fault() == (
        "it has other tables than this release counts in"
    )
    for number in range(len(good.tables)):
        more = (*good.tables[number][:-1], good.tables[number][-1] + 1)
        tables = (*good.tables[:number], more, *good.tables[number + 1 :])
        assert good.model_copy(update={"tables": tables}).fault() == "its tables count different numbers of persons"
    for wrong in (-1, MOST + 1):
        with pytest.raises(ValidationError):
            YearCount(agency="police", year=YEAR, counted_at=COUNTED_AT, tables=((wrong,),))
    assert len(good.tables) == len(PERSONAL) + 2
