"""A row for each case, carried on event by event, gives the statistics that its whole history gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from contracts.case_count import PROGRESS, CaseCount, CountedCase, Mark, changes, counted, month_of
from contracts.closure import CaseReopened
from contracts.event import EVENTS, Chapter
from contracts.scenario import CANONICAL_CASE, NGO, OTHER_CASES, given, issued
from contracts.states import CaseStatus, ClosureReason
from contracts.statistics import SEVERAL, UNKNOWN, Tally, months
from contracts.view import CaseView

MARCH = date(2024, 3, 4)
REGIONS = ("01", "12")
VIEWS = (
    None,
    given().case,
    given(*CANONICAL_CASE[:1]).case,
    given(*CANONICAL_CASE).case,
    given(issued(type(CANONICAL_CASE[0].event), NGO, region="99", municipality=None)).case,
    given(*CANONICAL_CASE[:1]).case.changed(closed_for=ClosureReason.DUPLICATE),
    given(*OTHER_CASES["a case is erased"]).case,
)

Told = list[tuple[str, date, bool, CaseView | None]]
"""A case as it is told: each event's name and day, whether it had an effect, and what can be read then."""

names = st.sampled_from([*EVENTS, "OfTomorrow", *["VictimDetected", "CaseClosed", "CaseReopened"] * 9])
days = st.sampled_from([date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 4), date(2024, 4, 1)])
told_cases = st.lists(
    st.lists(st.tuples(names, days, st.booleans(), st.sampled_from(VIEWS)), max_size=12), min_size=1, max_size=4
)


def chapter_reached(events: Iterable[str]) -> Chapter:
    """The furthest chapter that events of these names, in order, belong to; a case that was reopened is not closed."""
    known = [EVENTS[name] for name in events if name in EVENTS]
    closure = [event for event in known if event.chapter is Chapter.CLOSURE]
    reopened = bool(closure) and closure[-1] is CaseReopened
    reached = {event.chapter for event in known} - ({Chapter.CLOSURE} if reopened else set())
    return max(reached & set(PROGRESS), key=PROGRESS.index, default=Chapter.DETECTION)


def from_whole_histories(cases: Iterable[CountedCase], first: date, last: date) -> Counter[tuple[bool, str, str]]:
    """What is counted, as said in the plainest way: each case's history is read from its beginning."""
    period, found = months(first, last), Counter[tuple[bool, str, str]]()
    for case in cases:
        opened_in = next((month_of(day) for name, day in case.events if name == "VictimDetected"), None)
        view = case.view
        if opened_in not in period:
            continue
        if view is not None and (view.status is CaseStatus.UNOPENED or view.closed_for is ClosureReason.DUPLICATE):
            continue
        readable = view is not None
        until_then = (name for name, day in case.events if month_of(day) <= period[-1])
        found[readable, "month", opened_in] += 1
        found[readable, "chapter", chapter_reached(until_then)] += 1
        if view is not None:
            forms = view.exploitation_forms
            found[True, "form", SEVERAL if len(forms) > 1 else forms[0] if forms else UNKNOWN] += 1
            found[True, "region", view.region if view.region in REGIONS else UNKNOWN] += 1
    return found


def shown(tally: Tally) -> Counter[tuple[bool, str, str]]:
    """What a tally has counted, nothing hidden."""
    found = Counter[tuple[bool, str, str]]()
    statistics = tally.statistics()
    for readable, counts in ((True, statistics.readable), (False, statistics.others)):
        for table in ("month", "chapter", "form", "region"):
            for cell in getattr(counts, f"by_{table}") or ():
                found[readable, table, cell.name] = cell.count
    return +found


def noon(day: date) -> datetime:
    """A moment of the day, in Sweden as elsewhere."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@given_any(told_cases, days, st.integers(0, 100))
@settings(max_examples=300, deadline=None)
def test_rows_and_their_marks_count_as_whole_histories_do(cases: list[Told], first: date, length: int) -> None:
    """For any histories, in any order of months, readable or not from event to event, and any period."""
    last = first + timedelta(days=length)
    by_history, by_row, by_mark = (Tally(first, last, REGIONS) for _ in range(3))
    kept: Counter[Mark] = Counter()
    whole: list[CountedCase] = []
    for told in cases:
        row = CaseCount()
        for name, day, had_effect, view in told:
            before, row = row, counted(row, name, noon(day), view, had_effect=had_effect)
            kept.update(changes(before, row))
        whole.append(
            CountedCase(tuple((n, d) for n, d, had_effect, _ in told if had_effect), told[-1][3] if told else None)
        )
        assert CaseCount.of(whole[-1]) == row == CaseCount.model_validate_json(row.model_dump_json())
        by_history.count(whole[-1])
        by_row.count(row)
    for mark, number in kept.items():
        by_mark.add(mark, number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("contracts.statistics.FEWEST", 0)
        expected = from_whole_histories(whole, first, last)
        assert shown(by_history) == expected
        assert shown(by_row) == expected
        assert shown(by_mark) == expected


def test_a_row_knows_the_chapter_of_each_month() -> None:
    """Closed, reopened and closed again; months do not come in order when clocks differ."""
    row = CaseCount()
    for name, month in (
        ("VictimDetected", 1),
        ("CaseClosed", 3),
        ("ConsentGiven", 2),
        ("CaseReopened", 5),
        ("CaseClosed", 7),
    ):
        row = counted(row, name, datetime(2024, month, 9, tzinfo=UTC), None, had_effect=True)
    reached = [row.chapter_by(f"2024-{month:02d}") for month in range(1, 9)]
    closed, detected, consent = Chapter.CLOSURE, Chapter.DETECTION, Chapter.CONSENT
    assert reached == [detected, consent, closed, closed, consent, consent, closed, closed]
    assert counted(row, "CaseReopened", datetime(2024, 6, 9, tzinfo=UTC), None, had_effect=True).turns == row.turns[:2]


def test_a_row_that_is_gone_leaves_nothing() -> None:
    """What it added is taken away again."""
    row = CaseCount.of(CountedCase((("VictimDetected", MARCH), ("CaseClosed", date(2024, 5, 1))), VIEWS[2]))
    kept = Counter(changes(None, row))
    kept.update(changes(row, None))
    assert kept.total() == 0 and not +kept and not changes(row, row)


def test_a_row_stays_small_however_often_a_case_is_closed() -> None:
    """One turn for each month at most, in which it counts."""
    row = CaseCount()
    for n in range(1000):
        name = "CaseReopened" if n % 2 else "CaseClosed"
        row = counted(row, name, noon(MARCH + timedelta(days=n % 60)), None, had_effect=True)
    assert len(row.turns) <= 3 and len(row.model_dump_json()) < 500


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
    row = CaseCount.of(CountedCase(tuple((name, MARCH) for name in events.split())))
    assert row.chapter_by("2024-03") is chapter
    assert row.chapter_by("2024-02") is Chapter.DETECTION
