"""What the lists are asked: one page at a time, by an index, with the total from counts that are kept.

Each function takes `query`, which gives the rows of a reading statement. A page deep in a list walks over the entries
of an index alone, from the end of the list that is nearer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bus.read_models import cases, deadlines, due_dates, offers, statistics, tasks
from bus.read_models.due_dates import DueDate, Part
from bus.read_models.index_key import IndexKey
from contracts.statistics.case_progress import Month, Population
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.choices import DeadlineKind

Row = Mapping[str, Any]
Query = Callable[..., Awaitable[Sequence[Row]]]
"""`query(statement, **parameters)`: the rows."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page, and how many there are in all."""

    rows: Sequence[Row]
    total: int


async def _count(query: Query, statement: str, **parameters: Any) -> int:
    return int((await query(statement, **parameters))[0]["n"] or 0)


async def _page(query: Query, statement: str, total: int, limit: int, offset: int, **parameters: Any) -> Sequence[Row]:
    """The rows of a page of a list of so many, newest first; the statement has `{order}` for `ASC` or `DESC`."""
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
    offset: int,
) -> Found:
    """Cases of the list, the most recently changed first. `asked`: by dimension; None: those that say nothing of it."""
    parameters: dict[str, Any] = cases.tokens(index, asked)
    conditions = [f"{name} = :{name}" for name in parameters]
    if updated_since is None:
        counted = f"SELECT SUM(n) AS n FROM case_list_counts{_where(conditions)}"  # noqa: S608 - names of columns
    else:
        parameters["since"] = cases.microseconds(updated_since)
        conditions.append("updated >= :since")
        counted = f"SELECT COUNT(*) AS n FROM case_list{_where(conditions)}"  # noqa: S608 - names of columns
    total = await _count(query, counted, **parameters)
    statement = _PAGE_OF_CASES.format(where=_where(conditions))
    return Found(await _page(query, statement, total, limit, offset, **parameters), total)


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


async def listed_among(query: Query, case_ids: Sequence[str]) -> set[str]:
    """Those of these cases that this agency takes part in."""
    named = {f"case_{number}": case_id for number, case_id in enumerate(sorted(set(case_ids)))}
    if not named:
        return set()
    names = ", ".join(f":{name}" for name in named)
    rows = await query(f"SELECT case_id FROM case_list WHERE case_id IN ({names})", **named)  # noqa: S608 - names of parameters
    return {row["case_id"] for row in rows}


@dataclass(frozen=True, slots=True)
class _Dated:
    """A list that is sorted by when something is due: what is read of it, and how rows that are due together stand."""

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


async def _rows_of(query: Query, source: _Dated, parts: Sequence[Part]) -> list[Row]:
    """The rows of these parts in their order: those of whole dates by one question, those of others by one for each."""
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


async def _page_by_date(query: Query, source: _Dated, dates: Sequence[DueDate], limit: int, offset: int) -> Found:
    rows = await _rows_of(query, source, due_dates.parts_of_page(dates, limit, offset))
    return Found(rows, sum(date.n for date in dates))


MOST_SORTED: Final = 500
"""The offers of a day with more of them come in the order of their cases."""


@dataclass(frozen=True, slots=True)
class OffersOfDay:
    """The rows of a day, to be sorted; so many of them, past so many others, stand on the page."""

    rows: Sequence[Row]
    limit: int
    offset: int


async def offers_page(
    query: Query, index: IndexKey, direction: str | None, state: OfferState | None, *, limit: int, offset: int
) -> tuple[list[OffersOfDay], int]:
    """Offers that this agency made or got, by day, the last day first; and how many there are in all."""
    days: dict[str, list[DueDate]] = {}
    for date in reversed(await _calendar(query, index, offers.LIST)):
        if offers.is_asked_for(date.label, direction, state):
            days.setdefault(offers.day_of(date.label), []).append(date)
    of_each = [DueDate(day, 0, sum(date.n for date in dates)) for day, dates in days.items()]
    read: list[Part] = []
    shown: list[tuple[set[int], int, int]] = []
    for part in due_dates.parts_of_page(of_each, limit, offset):
        dates = days[part.label]
        few = sum(date.n for date in dates) <= MOST_SORTED
        needed = [date.whole() for date in dates] if few else due_dates.parts_of_page(dates, part.limit, part.offset)
        read += needed
        shown.append(({each.due for each in needed}, part.limit, part.offset if few else 0))
    rows = await _rows_of(query, _OFFERS, read)
    of_days = [OffersOfDay([r for r in rows if int(r["due"]) in dues], limit, past) for dues, limit, past in shown]
    return of_days, sum(date.n for date in of_each)


async def deadlines_page(
    query: Query,
    index: IndexKey,
    *,
    kind: DeadlineKind | None = None,
    until: datetime | None = None,
    limit: int,
    offset: int,
) -> Found:
    """What runs out, the first due first: of a kind, or before a moment, where asked."""
    dates = []
    for date in await _calendar(query, index, deadlines.LIST):
        if until is not None and deadlines.due_at(date.label) >= until:
            break
        if kind in (None, deadlines.kind_of(date.label)):
            dates.append(date)
    return await _page_by_date(query, _DEADLINES, dates, limit, offset)


async def tasks_page(query: Query, index: IndexKey, *, limit: int, offset: int) -> Found:
    """Open tasks as the store keeps them, the soonest due first; those that are due together by their ids."""
    return await _page_by_date(query, _TASKS, await _calendar(query, index, tasks.LIST), limit, offset)


_ATTENTION: Final = """SELECT event_id, case_id, draft, idempotency_key, request_digest, status, version, sequence,
    reason FROM outbox WHERE status = 'attention' ORDER BY position LIMIT :limit OFFSET :offset"""


async def attention_page(query: Query, *, limit: int, offset: int) -> Found:
    """Events that need attention, as the outbox keeps them, the oldest first."""
    total = await _count(query, "SELECT COUNT(*) AS n FROM outbox WHERE status = 'attention'")
    return Found(await query(_ATTENTION, limit=limit, offset=offset), total)


@dataclass(frozen=True, slots=True)
class Sums:
    """What is counted of a period: cases by token, and rows by month."""

    by_token: Mapping[int, int]
    by_month: Sequence[Row]


async def statistics_sums(query: Query, index: IndexKey, first: Month, last: Month) -> Sums:
    """The sums over the cases that were opened from one month to another, by what was recorded until then."""
    rows = await query(statistics.SUMS, first=first, last=last)
    readable, others = (
        statistics.opened_token(index, population) for population in (Population.READABLE, Population.OTHERS)
    )
    by_month = await query(statistics.SUMS_BY_MONTH, first=first, last=last, readable=readable, others=others)
    return Sums({int(row["token"]): int(row["n"]) for row in rows}, by_month)
