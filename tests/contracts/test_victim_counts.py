"""The yearly report on victims, and the time to help: each person once in each table, and no small number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.chapters.assistance import SupportProvided
from contracts.chapters.detection import VictimDetected
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.statistics.case_progress import CaseProgress, month_number
from contracts.statistics.case_progress import counted as case_count
from contracts.statistics.cells import PERSONAL, UNKNOWN, WAITS, Table, Wait
from contracts.statistics.tables import CountedCase, TableCell, Tally
from contracts.statistics.time_to_help import helped, wait_of
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.parts.assistance import Support
from contracts.view.parts.identification import Identification, Investigation
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.agencies import ANY_AGENCY
from contracts.vocabulary.choices import Service

MARCH = date(2024, 3, 4)
IN_DECEMBER = issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z")


def seen(events: Iterable[Issued]) -> CountedCase:
    """The case as the coordinator counts it."""
    said = tuple(events)
    return CountedCase(tuple((type(each.event).__name__, each.event.occurred_on) for each in said), given(*said).case)


def tallied(*cases: CountedCase, first: date = date(2024, 1, 1), last: date = date(2026, 12, 31)) -> Tally:
    """A tally of these cases."""
    tally = Tally(first, last, ("01", "12"))
    for case in cases:
        tally.count(case)
    return tally


def numbers(cells: tuple[TableCell, ...]) -> dict[str, int]:
    """The cells that are shown."""
    return {cell.name: cell.count for cell in cells if cell.count is not None}


def recorded(**facts: Any) -> CountedCase:
    """A case of December 2026 with facts for the statistics."""
    return seen([IN_DECEMBER, issued(StatisticalFactsRecorded, NGO, **facts)])


def test_a_year_is_reported_by_what_the_directive_asks_for() -> None:
    """Registering organisation, sex, age, citizenship and form; who was never asked is unknown, and not left out."""
    women = [recorded() for _ in range(20)]
    men = [recorded(sex="male", citizenship="outside-eu") for _ in range(30)]
    found = tallied(*women, *men, *[seen([IN_DECEMBER]) for _ in range(9)]).victims()
    assert found.total == 59
    assert numbers(found.by_sex) == {"female": 20, "male": 30}  # nine unknown hide with the zero of the others
    assert numbers(found.by_citizenship) == {"other-eu": 20, "outside-eu": 30}
    assert numbers(found.by_age) == {} and [cell.name for cell in found.by_age] == ["adult", "minor", "unknown"]
    assert {cell.name for cell in found.by_organisation} == {*ANY_AGENCY, UNKNOWN}


def test_the_latest_facts_count_and_a_duplicate_counts_nobody() -> None:
    """One person whom two agencies detected is counted in the case in which they are helped."""
    twice = seen(
        [
            IN_DECEMBER,
            issued(StatisticalFactsRecorded, NGO),
            issued(StatisticalFactsRecorded, NGO, id=event_id(301), sex="male"),
        ]
    )
    assert twice.view is not None and twice.view.statistical_facts is not None
    assert twice.view.statistical_facts.sex == "male"
    duplicate = CountedCase(twice.events, twice.view.changed(closed_for=ClosureReason.DUPLICATE))
    found = tallied(*[twice] * 9, *[recorded()] * 11, *[duplicate] * 50).victims()
    assert found.total == 20
    assert numbers(found.by_sex) == {"female": 11}


def helped_case(*, support_on: str | None = None, investigated_on: str | None = None) -> CountedCase:
    """A case of 4 March 2024, with a service given on a day, or with an investigation opened on one."""
    case = seen([issued(VictimDetected, NGO)])
    assert case.view is not None
    changes: dict[str, Any] = {}
    if support_on is not None:
        given_on = date.fromisoformat(support_on)
        support = Support(id=event_id(13), service=Service.HEALTH_CARE, provider=NGO, starts_on=given_on, ends_on=None)
        changes["support"] = (support,)
    if investigated_on is not None:
        changes["identification"] = Identification.FORMAL
        changes["investigation"] = Investigation(
            id=event_id(8), led_by="police", opened_on=date.fromisoformat(investigated_on)
        )
    return CountedCase(case.events, case.view.changed(**changes))


def test_the_time_to_help_counts_help_and_no_message() -> None:
    """The days from the detection to the first service, by the end of the period."""
    soon = [helped_case(support_on="2024-03-06") for _ in range(30)]
    late = [helped_case(support_on="2024-04-05") for _ in range(21)]
    found = tallied(*soon, *late, *[helped_case()] * 9).statistics().time_to_help
    assert (found.support.reached, found.support.not_yet) == (51, 9)
    assert numbers(found.support.by_days) == {Wait.THREE_DAYS: 30}  # the next smallest number hides the zeros
    assert (found.acceptance.reached, found.acceptance.not_yet) == (None, None)
    march = tallied(*soon, *late, first=MARCH, last=MARCH).statistics().time_to_help
    assert (march.support.reached, march.support.not_yet) == (30, 21)


def test_no_table_of_times_tells_the_few_who_are_identified() -> None:
    """The report hides four identified persons; the table of the time to identification must not add up to them."""
    tally = tallied(*[helped_case(investigated_on="2024-03-04")] * 4, *[helped_case()] * 50)
    waits = tally.statistics().time_to_help.identification
    assert numbers(tally.victims().by_status) == numbers(waits.by_days) == {}
    assert (waits.reached, waits.not_yet) == (None, None)
    tally.count(helped_case(investigated_on="2024-03-04"))
    assert numbers(tally.victims().by_status) == {"presumed": 50, "formal": 5}
    soon, later = helped_case(investigated_on="2024-03-04"), helped_case(investigated_on="2024-03-09")
    few_are_presumed = tallied(*[soon] * 21, *[later] * 22, *[helped_case()] * 3)
    assert numbers(few_are_presumed.victims().by_status) == {}
    assert numbers(few_are_presumed.statistics().time_to_help.identification.by_days) == {}


@pytest.mark.parametrize(
    ("days", "wait"),
    [
        *((days, Wait.SAME_DAY) for days in (-3, 0)),
        *((days, Wait.THREE_DAYS) for days in (1, 3)),
        *((days, Wait.WEEK) for days in (4, 7)),
        *((days, Wait.MONTH) for days in (8, 30)),
        *((days, Wait.QUARTER) for days in (31, 90)),
        (91, Wait.LONGER),
    ],
)
def test_a_wait_is_named_by_its_days(days: int, wait: Wait) -> None:
    """Each number of days has one wait."""
    assert wait_of(days) is wait


@pytest.mark.parametrize("name", OTHER_CASES)
def test_a_case_adds_one_to_each_table_of_persons(name: str) -> None:
    """In every month since its opening, so that each table adds up to the persons."""
    view = given(*OTHER_CASES[name]).case
    progress = CaseProgress()
    for each in OTHER_CASES[name]:
        progress = progress.after(type(each.event).__name__, month_number(each.event.occurred_on))
    parts = list(case_count(progress, view).parts())
    opened_in = progress.opened_in
    assert opened_in is not None
    for month in {opened_in, *(month for month, *_ in parts if month > opened_in)}:
        sums = Counter[Table]()
        for at, table, _, n in parts:
            sums[table] += n if at <= month else 0
        assert all(sums[table] == 1 for table in (*PERSONAL, *WAITS)), name


def test_the_first_support_counts_for_who_reads_no_detail_of_it() -> None:
    """The core says on which day somebody recorded it; of an earlier release's events it says nothing."""
    events = CANONICAL_CASE[:12]
    later = datetime(2026, 12, 1, 12, tzinfo=UTC)
    given_now = issued(SupportProvided, MUNICIPALITY, recorded_at=later)
    view = given(*events, given_now).case
    assert view.supported_on == given_now.event.occurred_on
    unread = view.changed(support=())
    assert helped(unread)[Table.UNTIL_SUPPORT][0] == given_now.event.occurred_on
    assert given(*events, issued(SupportProvided, MUNICIPALITY)).case.supported_on is None
    again = issued(
        SupportProvided, MUNICIPALITY, id=event_id(300), occurred_at="2024-03-20T10:00:00Z", recorded_at=later
    )
    assert given(*events, given_now, again).case.supported_on == given_now.event.occurred_on
