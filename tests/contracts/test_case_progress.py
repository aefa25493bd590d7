"""The progress of a case, a short value, gives the same result for every month as all its events."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar.days import FIRST_MOMENT, LAST_MOMENT
from contracts.event.case_event import EVENTS
from contracts.statistics.case_progress import (
    CaseCount,
    CaseProgress,
    Population,
    counted,
    first_of,
    month_number,
    month_of_moment,
)
from contracts.statistics.cells import Table
from contracts.statistics.tables import chapter_reached, month_of
from contracts.view.case_view import CaseView
from contracts.view.parts.status import CaseStatus, ClosureReason

DAYS = st.dates(date(2023, 11, 1), date(2024, 4, 30))
HISTORIES = st.lists(st.tuples(st.sampled_from([*EVENTS, "Unknown"]), DAYS), max_size=30)


def progress_of(events: list[tuple[str, date]]) -> CaseProgress:
    """What is kept after these events."""
    progress = CaseProgress()
    for name, day in events:
        progress = progress.after(name, month_number(day))
    return progress


@given(HISTORIES)
def test_it_says_how_far_a_case_had_come_by_the_end_of_any_month(events: list[tuple[str, date]]) -> None:
    """Whatever the order in which clocks say that events were recorded."""
    progress = progress_of(events)
    opened = [day for name, day in events if name == "VictimDetected"]
    assert progress.opened_in == (month_number(opened[0]) if opened else None)
    for month in range(month_number(date(2023, 10, 1)), month_number(date(2024, 6, 1))):
        until_then = [name for name, day in events if month_number(day) <= month]
        assert progress.reached(month) is chapter_reached(until_then)


@given(HISTORIES)
def test_its_steps_add_up_to_the_chapter_reached(events: list[tuple[str, date]]) -> None:
    """From the month of the opening on: one chapter each, at every month."""
    progress = progress_of(events)
    for month in range(progress.opened_in or 0, month_number(date(2024, 6, 1)) if progress.opened_in else 0):
        sums: dict[str, int] = {}
        for at, table, name, n in CaseCount(progress).parts():
            if table is Table.CHAPTER and at <= month:
                sums[name] = sums.get(name, 0) + n
        assert {name for name, n in sums.items() if n} == {progress.reached(month)}
        assert sum(sums.values()) == 1


@given(st.lists(st.tuples(st.sampled_from(["CaseClosed", "CaseReopened"]), DAYS), max_size=200))
def test_it_stays_short_whatever_is_closed_and_reopened(events: list[tuple[str, date]]) -> None:
    """At most one closing or reopening for each month."""
    assert len(progress_of(events).closings) <= 6


def test_what_tells_nothing_new_changes_nothing() -> None:
    """Not even the object: who keeps it sees that there is nothing to write."""
    progress = progress_of([("VictimDetected", date(2024, 1, 3)), ("ConsentGiven", date(2024, 1, 4))])
    for name in ("ConsentGiven", "DeadlineReminded", "PersonalDetailsRead", "Unknown"):
        assert progress.after(name, month_number(date(2024, 1, 20))) is progress


def test_a_month_is_a_number() -> None:
    """Swedish; beyond the days that contracts know it is that of the nearest."""
    assert month_of(first_of(month_number(date(2024, 2, 29)))) == "2024-02"
    assert month_of_moment(datetime(2024, 1, 31, 23, 30, tzinfo=UTC)) == month_number(date(2024, 2, 1))
    beyond = (datetime.max.replace(tzinfo=UTC), LAST_MOMENT), (datetime.min.replace(tzinfo=UTC), FIRST_MOMENT)
    for moment, nearest in beyond:
        assert month_of_moment(moment) == month_of_moment(nearest)


def view(**facts: Any) -> CaseView:
    """An open case."""
    return CaseView.unopened("a").changed(status=CaseStatus.OPEN, **facts)


def test_who_is_counted_where() -> None:
    """A second case of the same person adds to no cell that is told; one that cannot be read to no form or region."""
    progress = progress_of([("VictimDetected", date(2024, 1, 3))])
    assert counted(progress, None).population is Population.OTHERS
    assert {table for _, table, _, _ in counted(progress, None).parts()} == {Table.MONTH, Table.CHAPTER}
    readable = counted(progress, view(region="01"))
    assert readable.population is Population.READABLE
    assert (month_number(date(2024, 1, 1)), Table.REGION, "01", 1) in set(readable.parts())
    twice = view(closed_for=ClosureReason.DUPLICATE)
    assert counted(progress, twice).population is Population.UNCOUNTED
    assert list(counted(CaseProgress(), view()).parts()) == [], "what no detection begins is no case"
