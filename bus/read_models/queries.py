"""The queries of the lists. Each reads one page by an index, and the total from stored counts.

The argument `query` returns the rows of a reading statement. For a page deep in a list, the store only walks over an
index, from the nearer end of the list. The file has over 250 lines because it has the query of every list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bus.read_models import cases, deadlines, due_dates, offers, statistics, tasks
from bus.read_models.due_dates import DueDate, Span
from bus.read_models.index_key import IndexKey
from bus.store import Place
from contracts.statistics.case_progress import Month
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.choices import DeadlineKind

Row = Mapping[str, Any]
Query = Callable[..., Awaitable[Sequence[Row]]]
"""`query(statement, **parameters)` returns the rows."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page. `total`: the number of all rows. `next`: the place of the last, if others come after it."""

    rows: Sequence[Row]
    total: int
    next: Place | None = None

    @classmethod
    def first(cls, limit: int, rows: Sequence[Row], total: int, place: Callable[[Row], Place]) -> Found:
        """Return at most `limit` of these rows, of which there is one more when others come after them."""
        return cls(rows[:limit], total, place(rows[limit - 1]) if len(rows) > limit else None)


def named(after: Place) -> dict[str, str | int]:
    """Return the values of a place as parameters of a statement."""
    return {f"after_{number}": value for number, value in enumerate(after)}


async def _count(query: Query, statement: str, **parameters: Any) -> int:
    return int((await query(statement, **parameters))[0]["n"] or 0)


async def _page(query: Query, statement: str, total: int, limit: int, offset: int, **parameters: Any) -> Sequence[Row]:
    """Return the rows of a page, the newest first. `total`: of the list.

    The statement has `{order}` in place of `ASC` or `DESC`.
    """
    wanted = min(limit, total - offset)
    if wanted <= 0:
        return []
    after = total - offset - wanted
    if after < offset:
        rows = await query(statement.format(order="ASC"), limit=wanted, offset=after, **parameters)
        return list(reversed(rows))
    return await query(statement.format(order="DESC"), limit=wanted, offset=offset, **parameters)


_PAGE_OF_CASES: Final = """SELECT case_id, place, version, updated, status, sealed FROM case_list WHERE case_id IN (
    SELECT case_id FROM case_list{where} ORDER BY place {{order}}, case_id {{order}} LIMIT :limit OFFSET :offset)
    ORDER BY place {{order}}, case_id {{order}}"""


async def cases_page(
    query: Query,
    index: IndexKey,
    asked: Mapping[str, str | None],
    *,
    updated_since: datetime | None = None,
    limit: int,
    offset: int = 0,
    after: Place | None = None,
) -> Found:
    """Return a page of the cases, the most recently changed first.

    `asked`: the wanted values by dimension; None: the case does not have the value. `after`: only what follows this
    place.
    """
    parameters: dict[str, Any] = cases.tokens(index, asked)
    conditions = [f"{name} = :{name}" for name in parameters]
    if updated_since is None:
        counted = f"SELECT SUM(n) AS n FROM case_list_counts{_where(conditions)}"  # noqa: S608 - names of columns
    else:
        parameters["since"] = cases.microseconds(updated_since)
        conditions.append("updated >= :since")
        counted = f"SELECT COUNT(*) AS n FROM case_list{_where(conditions)}"  # noqa: S608 - names of columns
    total = await _count(query, counted, **parameters)
    if after is None:
        statement = _PAGE_OF_CASES.format(where=_where(conditions))
        rows = await _page(query, statement, total, limit + 1, offset, **parameters)
    else:
        conditions.append("(place, case_id) < (:after_0, :after_1)")
        statement = _PAGE_OF_CASES.format(where=_where(conditions)).format(order="DESC")
        rows = await query(statement, limit=limit + 1, offset=0, **parameters, **named(after))
    return Found.first(limit, rows, total, lambda row: (int(row["place"]), row["case_id"]))


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


async def listed_among(query: Query, case_ids: Sequence[str]) -> set[str]:
    """Return those of these cases in which this agency takes part."""
    named = {f"case_{number}": case_id for number, case_id in enumerate(sorted(set(case_ids)))}
    if not named:
        return set()
    names = ", ".join(f":{name}" for name in named)
    rows = await query(f"SELECT case_id FROM case_list WHERE case_id IN ({names})", **named)  # noqa: S608 - names of parameters
    return {row["case_id"] for row in rows}


@dataclass(frozen=True, slots=True)
class _Dated:
    """A list that is sorted by due date. `select`: its columns. `order`: the order of rows with the same date."""

    select: str
    order: str


_OFFERS: Final = _Dated("SELECT due, case_id, number, sealed FROM offer_list", "case_id, number")
_DEADLINES: Final = _Dated(
    "SELECT due, case_id, subject, number, sealed FROM deadline_list", "case_id, subject, number"
)
_TASKS: Final = _Dated(
    """SELECT due, tasks.task_id, tasks.case_id, tasks.sealed FROM task_list
    JOIN tasks ON tasks.task_id = task_list.task_id""",
    "task_list.task_id",
)


async def _calendar(query: Query, index: IndexKey, list_name: str) -> list[DueDate]:
    return due_dates.calendar(index, list_name, await query(due_dates.CALENDAR, list=list_name))


async def _rows_of(query: Query, source: _Dated, parts: Sequence[Span]) -> list[Row]:
    """Return the rows of these parts, in order. One query reads all whole dates; each other part needs its own."""
    found: dict[int, list[Row]] = {part.due: [] for part in parts}
    whole = {f"due_{number}": part.due for number, part in enumerate(parts) if part.whole}
    if whole:
        names = ", ".join(f":{name}" for name in whole)
        for row in await query(f"{source.select} WHERE due IN ({names}) ORDER BY {source.order}", **whole):
            found[int(row["due"])].append(row)
    some = f"{source.select} WHERE due = :due ORDER BY {source.order} LIMIT :limit OFFSET :offset"
    for part in parts:
        if not part.whole:
            found[part.due] += await query(some, due=part.due, limit=part.limit, offset=part.offset)
    return [row for rows in found.values() for row in rows]


async def _page_by_date(
    query: Query, source: _Dated, dates: Sequence[DueDate], limit: int, offset: int, after: Place | None
) -> Found:
    total, rows = sum(date.n for date in dates), list[Row]()
    label_of = {date.due: date.label for date in dates}
    if after is not None:
        offset, label, key = 0, after[0], after[1:]
        names = ", ".join(f":{name}" for name in named(key))
        rest = f"{source.select} WHERE due = :due AND ({source.order}) > ({names}) ORDER BY {source.order} LIMIT :limit"
        for date in dates:
            if date.label == label:
                rows += await query(rest, due=date.due, limit=limit + 1, **named(key))
        dates = [date for date in dates if date.label > str(label)]
    rows += await _rows_of(query, source, due_dates.parts_of_page(dates, limit + 1 - len(rows), offset))
    columns = [name.rpartition(".")[2] for name in source.order.split(", ")]
    return Found.first(limit, rows, total, lambda row: (label_of[int(row["due"])], *(row[name] for name in columns)))


MOST_SORTED: Final = 500
"""If a day has more offers than this, they come in the order of their cases and not by time."""


@dataclass(frozen=True, slots=True)
class OffersOfDay:
    """The rows of a day, of which the page holds `limit` after `offset` others once they are sorted.

    `few`: True if the rows are the whole day, so that they can be sorted by time. `known`: how many offers of the day
    come before the rows.
    """

    day: str
    rows: Sequence[Row]
    limit: int
    offset: int
    few: bool
    known: int


async def offers_page(
    query: Query,
    index: IndexKey,
    direction: str | None,
    state: OfferState | None,
    *,
    limit: int,
    offset: int = 0,
    after: Place | None = None,
) -> tuple[list[OffersOfDay], int]:
    """Return a page of the offers that this agency made or received, by day, the last day first; and their total.

    `after`: a day, two values that its offers are sorted by, and how many of them are known. Where the day has few
    offers, all of them are returned, beside the `limit` offers that follow the day.
    """
    days: dict[str, list[DueDate]] = {}
    for date in reversed(await _calendar(query, index, offers.LIST)):
        if offers.is_asked_for(date.label, direction, state):
            days.setdefault(offers.day_of(date.label), []).append(date)
    of_each = [DueDate(day, 0, sum(date.n for date in dates)) for day, dates in days.items()]
    total, parts = sum(day.n for day in of_each), list[Span]()
    if after is not None:
        for day in (each for each in of_each if each.label == after[0]):
            parts += [day.whole()] if day.n <= MOST_SORTED else due_dates.parts_of_page([day], limit, int(after[3]))
        of_each, offset = [day for day in of_each if day.label < str(after[0])], 0
    parts += due_dates.parts_of_page(of_each, limit, offset)
    read: list[Span] = []
    shown: list[tuple[Span, set[int], bool]] = []
    for part in parts:
        dates = days[part.label]
        few = sum(date.n for date in dates) <= MOST_SORTED
        needed = [date.whole() for date in dates] if few else due_dates.parts_of_page(dates, part.limit, part.offset)
        read += needed
        shown.append((part, {each.due for each in needed}, few))
    rows = await _rows_of(query, _OFFERS, read)
    of_days = [
        OffersOfDay(
            part.label,
            [row for row in rows if int(row["due"]) in dues],
            part.limit,
            part.offset if few else 0,
            few,
            0 if few else part.offset,
        )
        for part, dues, few in shown
    ]
    return of_days, total


async def deadlines_page(
    query: Query,
    index: IndexKey,
    *,
    kind: DeadlineKind | None = None,
    until: datetime | None = None,
    limit: int,
    offset: int = 0,
    after: Place | None = None,
) -> Found:
    """Return a page of the deadlines, the first due first: only of a kind, or before a moment, if given."""
    dates = []
    for date in await _calendar(query, index, deadlines.LIST):
        if until is not None and deadlines.due_at(date.label) >= until:
            break
        if kind in (None, deadlines.kind_of(date.label)):
            dates.append(date)
    return await _page_by_date(query, _DEADLINES, dates, limit, offset, after)


async def tasks_page(
    query: Query,
    index: IndexKey,
    *,
    until: str | None = None,
    limit: int,
    offset: int = 0,
    after: Place | None = None,
) -> Found:
    """Return a page of the open tasks, still sealed, the soonest due first; those of the same date by their ids.

    `until`: only those that are due on this day or before, as ISO 8601, if given.
    """
    dates = await _calendar(query, index, tasks.LIST)
    if until is not None:
        dates = [date for date in dates if tasks.is_due_by(until, date.label)]
    return await _page_by_date(query, _TASKS, dates, limit, offset, after)


_ATTENTION: Final = """SELECT event_id, case_id, draft, idempotency_key, request_digest, status, version, sequence,
    reason, position FROM outbox WHERE status = 'attention' AND position > :after{of_case}
    ORDER BY position LIMIT :limit OFFSET :offset"""


async def attention_page(
    query: Query, *, case_id: str | None = None, limit: int, offset: int = 0, after: Place | None = None
) -> Found:
    """Return a page of the parked events, as the outbox keeps them, the oldest first; of one case, if it is named."""
    of_case, named_case = ("", {}) if case_id is None else (" AND case_id = :case_id", {"case_id": case_id})
    counted = f"SELECT COUNT(*) AS n FROM outbox WHERE status = 'attention'{of_case}"  # noqa: S608 - constant text
    total = await _count(query, counted, **named_case)
    first, offset = (0, offset) if after is None else (int(after[0]), 0)
    statement = _ATTENTION.format(of_case=of_case)
    rows = await query(statement, after=first, limit=limit + 1, offset=offset, **named_case)
    found = Found.first(limit, rows, total, lambda row: (int(row["position"]),))
    return Found([{n: v for n, v in row.items() if n != "position"} for row in found.rows], total, found.next)


@dataclass(frozen=True, slots=True)
class Sums:
    """The counts of a period. `by_token`: the number of cases by token. `by_month`: rows of `SUMS_BY_MONTH`."""

    by_token: Mapping[int, int]
    by_month: Sequence[Row]


async def statistics_sums(query: Query, index: IndexKey, first: Month, last: Month) -> Sums:
    """Return the counts of the cases that were opened from month `first` to `last`, by the events up to then."""
    rows = await query(statistics.SUMS, first=first, last=last)
    counted = {str(population): statistics.opened_token(index, population) for population in statistics.SUMMED}
    by_month = await query(statistics.SUMS_BY_MONTH, first=first, last=last, **counted)
    return Sums({int(row["token"]): int(row["n"]) for row in rows}, by_month)
