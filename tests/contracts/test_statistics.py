"""Statistics count each presumed victim once, and reveal no small number, not even to a reader who knows the method."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from contracts.chapters.detection import VictimDetected
from contracts.chapters.outcome import ReferralOutcomeReported
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.event.case_event import Chapter
from contracts.statistics.case_progress import CaseProgress, month_number
from contracts.statistics.case_progress import counted as case_count
from contracts.statistics.cells import SEVERAL, UNKNOWN
from contracts.statistics.lacks import late_services, unmet_region, unmet_services
from contracts.statistics.tables import (
    FEWEST,
    CountedCase,
    PeriodStatistics,
    PopulationTables,
    TableCell,
    Tally,
    chapter_reached,
    hide_small,
    months,
)
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.choices import ExploitationForm, Service

MARCH = date(2024, 3, 4)
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def shown(*numbers: int) -> tuple[int | None, tuple[int | None, ...]]:
    """What is published of a table with these numbers."""
    total, cells = hide_small({str(place): number for place, number in enumerate(numbers)})
    return total, tuple(cell.count for cell in cells)


@pytest.mark.parametrize(
    ("numbers", "published"),
    [
        ((7, 9, 5), (21, (7, 9, 5))),
        ((7, 9, 2, 1, 1), (20, (7, 9, None, None, None))),
        ((7, 9, 3), (19, (None, 9, None))),
        ((7, 7, 9, 3), (26, (None, None, 9, None))),
        ((10, 20, 0, 0), (30, (None, 20, None, None))),
        ((8, 9, 1, 1), (19, (None, 9, None, None))),
        ((8, 9, 4, 4), (25, (None, 9, None, None))),
        ((30,), (30, (30,))),
        ((2, 2), (None, (None, None))),
        ((0, 0, 0), (None, (None, None, None))),
    ],
)
def test_small_numbers_are_hidden_and_kept_hidden(numbers: tuple[int, ...], published: Any) -> None:
    """One alone, zeros alone, and numbers that their sum would tell take a larger one with them."""
    assert shown(*numbers) == published


@given_any(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 1000)), min_size=1, max_size=30))
def test_every_hidden_number_could_be_any_small_one(numbers: list[int]) -> None:
    """What is published leaves each hidden number free, from none to the largest that is hidden and beyond."""
    total, cells = shown(*numbers)
    assert all(count is None or count >= FEWEST for count in cells)
    if total is None:
        assert sum(numbers) < FEWEST and set(cells) == {None}
        return
    hidden = cells.count(None)
    rest = total - sum(count for count in cells if count is not None)
    assert hidden == 0 or (hidden > 1 and rest >= FEWEST - 1)
    assert hidden > 0 or min(numbers) >= FEWEST


@pytest.mark.parametrize(("cells", "most"), [(2, 40), (3, 25), (4, 14)])
def test_not_even_one_who_knows_the_method_can_compute_a_hidden_number(cells: int, most: int) -> None:
    """Of every publication, each hidden number differs between some two tables that are published just so."""
    could_be: dict[Any, list[tuple[int, ...]]] = defaultdict(list)
    for numbers in product(range(most + 1), repeat=cells):
        if sum(numbers) <= most:
            could_be[shown(*numbers)].append(numbers)
    for (_, published), tables in could_be.items():
        for place, count in enumerate(published):
            assert count is not None or len({table[place] for table in tables}) > 1, (published, tables)


def seen(events: Iterable[Issued], *, readable: bool = True) -> CountedCase:
    """The case as the coordinator counts it."""
    said = tuple(events)
    names = tuple((type(each.event).__name__, each.event.occurred_on) for each in said)
    return CountedCase(names, given(*said).case if readable else None)


def detected(**facts: Any) -> CountedCase:
    """A case just detected, on 4 March 2024 unless told otherwise."""
    return seen([issued(VictimDetected, NGO, **facts)])


def counted(*cases: CountedCase, first: date = YEAR[0], last: date = YEAR[1]) -> PeriodStatistics:
    """The statistics of these cases."""
    tally = Tally(first, last, ("01", "12"))
    for case in cases:
        tally.count(case)
    return tally.statistics()


def numbers(cells: tuple[TableCell, ...] | None) -> dict[str, int]:
    """The cells that are shown."""
    return {cell.name: cell.count for cell in cells or () if cell.count is not None}


def test_each_presumed_victim_is_counted_once() -> None:
    """Whoever was exploited in two ways is one person; the tables are over the same persons."""
    labour = [detected() for _ in range(6)]
    both = [detected(exploitation_forms=["labour", "sexual"], region="12", municipality=None) for _ in range(7)]
    abroad = [detected(region="99", municipality=None) for _ in range(8)]
    found = counted(*labour, *both, *abroad).readable
    assert found.total == 21
    assert numbers(found.by_form) == {ExploitationForm.LABOUR: 14}  # the next smallest hides with the zeros
    assert numbers(found.by_region) == {"01": 6, "12": 7, UNKNOWN: 8}
    assert numbers(found.by_chapter) == {}
    assert [cell.name for cell in found.by_form or ()] == [*ExploitationForm, SEVERAL, UNKNOWN]


def test_every_table_adds_up_before_anything_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the same total, whatever the cases are like."""
    monkeypatch.setattr("contracts.statistics.tables.FEWEST", 0)
    cases = [seen(each) for each in (CANONICAL_CASE, *OTHER_CASES.values())]
    found = counted(*cases, first=date(2024, 1, 1), last=date(2026, 12, 31)).readable
    assert found.total == len(cases)
    for table in (found.by_month, found.by_chapter, found.by_form, found.by_region):
        assert table is not None and sum(cell.count or 0 for cell in table) == found.total


def test_what_cannot_be_read_is_counted_by_what_envelopes_show() -> None:
    """By month and chapter alone, and never added to the others."""
    found = counted(*[seen(CANONICAL_CASE[:5], readable=False) for _ in range(9)], *[detected() for _ in range(3)])
    assert (found.others.total, found.readable.total) == (9, None)
    assert found.others.by_form is None and found.others.by_region is None
    assert [cell.count for cell in found.readable.by_form or ()] == [None] * 11
    fields = set(PopulationTables.model_fields) | set(PeriodStatistics.model_fields)
    assert fields == {
        *("total", "by_month", "by_chapter", "by_form", "by_region"),
        *("first_month", "last_month", "readable", "others", "unmet", "late", "time_to_help"),
    }


def test_a_second_case_of_the_same_person_is_not_counted() -> None:
    """Closed as a duplicate; one closed for any other reason is."""
    case = detected()
    assert case.view is not None
    duplicates = [CountedCase(case.events, case.view.changed(closed_for=ClosureReason.DUPLICATE)) for _ in range(9)]
    assert counted(*duplicates, *[detected() for _ in range(5)]).readable.total == 5


@pytest.mark.parametrize(
    "case",
    [
        CountedCase((), None),
        CountedCase((("ConsentGiven", MARCH), ("OfTomorrow", MARCH)), None),
        CountedCase((("VictimDetected", date(2023, 12, 31)),), None),
        CountedCase((("VictimDetected", date(2025, 1, 1)),), None),
        CountedCase((("VictimDetected", MARCH),), given().case),
    ],
)
def test_what_is_no_case_of_the_period_is_not_counted(case: CountedCase) -> None:
    """Without a detection, opened before or after, or opened by an event that had no effect."""
    found = counted(*[case] * 9)
    assert (found.readable.total, found.others.total) == (None, None)
    assert counted(*[case] * 9, *[detected()] * 6).readable.total == 6


def test_the_months_of_a_period_are_all_there() -> None:
    """Over the turn of the year."""
    assert months(date(2023, 11, 5), date(2024, 2, 1)) == ("2023-11", "2023-12", "2024-01", "2024-02")
    assert months(MARCH, MARCH) == ("2024-03",)
    december = detected(occurred_at="2023-12-31T22:30:00Z")
    january = detected(occurred_at="2023-12-31T23:30:00Z")  # 2024 has begun in Sweden
    found = counted(*[december] * 5, *[january] * 6, first=date(2023, 12, 1), last=date(2024, 1, 31))
    assert numbers(found.readable.by_month) == {"2023-12": 5, "2024-01": 6}


def test_the_chapter_is_that_at_the_end_of_the_period() -> None:
    """So a period that is over is counted the same for ever, however its cases go on."""
    later = CountedCase((("VictimDetected", MARCH), ("InvestigationOpened", date(2024, 4, 1))), detected().view)
    investigated = CountedCase((("VictimDetected", MARCH), ("InvestigationOpened", MARCH)), detected().view)
    cases = [later] * 6 + [investigated] * 60
    march = counted(*cases, first=MARCH, last=MARCH).readable
    assert numbers(march.by_chapter) == {Chapter.IDENTIFICATION: 60}  # the six are hidden with the zeros
    assert numbers(counted(*cases).readable.by_chapter) == {}  # 66 in one cell: the zeros hide it


@pytest.mark.parametrize(
    ("events", "chapter"),
    [
        ("VictimDetected", Chapter.DETECTION),
        ("VictimDetected CaseReferred ConsentGiven", Chapter.REFERRAL),
        ("VictimDetected InvestigationOpened DeadlineReminded", Chapter.IDENTIFICATION),
        ("VictimDetected CaseClosed", Chapter.CLOSURE),
        ("VictimDetected ConsentGiven CaseClosed CaseReopened", Chapter.CONSENT),
        ("VictimDetected CaseClosed CaseReopened CaseClosed", Chapter.CLOSURE),
        ("VictimDetected OfTomorrow", Chapter.DETECTION),
        ("VictimDetected ConsentGiven PersonalDetailsRecorded ErasureRequested", Chapter.CONSENT),
    ],
)
def test_the_chapter_reached_is_the_furthest(events: str, chapter: Chapter) -> None:
    """Clocks, personal data and erasure are no progress, and a case that was reopened is not closed."""
    assert chapter_reached(events.split()) is chapter


def without(*services: str, region: str = "12", **changes: Any) -> CountedCase:
    """A case of December 2026 in which nobody could be asked for these services."""
    opened = issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z")
    return seen(
        [
            opened,
            *(
                issued(
                    NoReferralPossible,
                    NGO,
                    id=event_id(300 + n),
                    service=service,
                    region=region,
                    municipality=None,
                    **changes,
                )
                for n, service in enumerate(services)
            ),
        ]
    )


DECEMBER = {"first": date(2026, 12, 1), "last": date(2026, 12, 31)}


def test_what_nobody_gives_is_counted_by_service_and_region() -> None:
    """Each person once, where help was sought; who lacks two services is one of several; small numbers hide."""
    courses = [without("language-courses") for _ in range(6)]
    two = [without("language-courses", "dental-care", "dental-care", region="01") for _ in range(7)]
    found = counted(*courses, *two, without("dental-care"), without(), **DECEMBER)
    assert found.unmet.total == 14
    assert numbers(found.unmet.by_service) == {SEVERAL: 7}  # the next smallest hides with the small ones
    assert [cell.name for cell in found.unmet.by_service] == [*Service, SEVERAL]
    assert numbers(found.unmet.by_region) == {}  # seven in each, of which one hides with the zero of the unknown
    assert counted(*[without("dental-care")] * 4, **DECEMBER).unmet.total is None


def test_a_lack_counts_from_the_month_in_which_it_was_recorded() -> None:
    """A period that is over stays as it was counted."""
    later = [without("dental-care", occurred_at="2027-01-04T09:00:00Z") for _ in range(5)]
    assert counted(*later, **DECEMBER).unmet.total is None
    assert counted(*later, first=DECEMBER["first"], last=date(2027, 1, 31)).unmet.total == 5


def test_a_promise_that_was_not_kept_in_time_is_counted() -> None:
    """From the month in which the fourteen days were over, and not where the service was given in time."""
    accepted = OTHER_CASES["a referral to its end"][:6]
    in_time = (*accepted, issued(ReferralOutcomeReported, MUNICIPALITY))
    found = counted(*[seen(accepted)] * 6, *[seen(in_time)] * 30, **DECEMBER)
    assert (found.readable.total, found.late.total) == (36, 6)
    assert numbers(found.late.by_service) == {}
    late = (
        *OTHER_CASES["a referral to its end"][:2],
        issued(CaseReferred, NGO, occurred_at="2026-12-17T09:00:00Z", respond_by="2026-12-20T09:00:00Z"),
        issued(ReferralAccepted, MUNICIPALITY, occurred_at="2026-12-18T09:00:00Z"),
    )
    assert counted(*[seen(late)] * 6, **DECEMBER).late.total is None
    assert counted(*[seen(late)] * 6, first=DECEMBER["first"], last=date(2027, 1, 31)).late.total == 6


@pytest.mark.parametrize("last", [month_number(date(2026, 12, 1)), month_number(date(2027, 1, 1))])
def test_the_tallies_tell_what_the_count_tells(last: int) -> None:
    """Of every case, at the end of every month: the node adds up changes, month by month."""
    for case in (
        without(),
        without("dental-care"),
        without("language-courses", "dental-care"),
        without("dental-care", occurred_at="2027-01-04T09:00:00Z"),
        *map(seen, OTHER_CASES.values()),
    ):
        view = case.view
        assert view is not None
        progress = CaseProgress()
        for name, day in case.events:
            progress = progress.after(name, month_number(day))
        tallied = Counter[tuple[str, str]]()
        for month, table, name, n in case_count(progress, view).parts():
            if month <= last and table.startswith(("unmet", "late")):
                tallied[table, name] += n
        lacks = {"unmet": (unmet_services(view), unmet_region(view)), "late": (late_services(view), view.region)}
        expected = Counter[tuple[str, str]]()
        for lack, (services, region) in lacks.items():
            lacking = {service for since, service in services if month_number(since) <= last}
            if lacking:
                expected[f"{lack}-service", next(iter(lacking)) if len(lacking) == 1 else SEVERAL] += 1
                expected[f"{lack}-region", region or ""] += 1
        assert +tallied == expected, case.events
        assert min(tallied.values(), default=0) >= 0
