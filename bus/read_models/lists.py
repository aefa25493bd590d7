"""The lists as the gateway shows them: pages of the read models, opened with the keys of their cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bus.case.case_replica import CaseReplica
from bus.case.drafts import content_of_draft, load
from bus.envelope.envelope import Draft
from bus.read_models import cases, deadlines, offers, queries, statistics
from bus.read_models.cases import ListedCase
from bus.read_models.deadlines import ListedDeadline
from bus.read_models.offers import ListedOffer
from bus.read_models.queries import Row
from bus.read_models.read_models import ReadModels
from bus.sealing.keyring import ROWS, Keyring, Keys
from bus.store import Dismissal, OutboxRow, Place, QuarantineEntry, Store
from bus.store.store import outbox_rows
from contracts.statistics.case_progress import Population, first_of, month_number
from contracts.statistics.cells import UNKNOWN, Table
from contracts.statistics.tables import PeriodStatistics, Tally, VictimCounts, month_of
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.choices import DeadlineKind
from contracts.vocabulary.codes import RegionCode

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """A page of a list.

    Attributes:
        items: The items.
        total: The number of all items.
        complete: False while the lists are being rebuilt.
        next: The place of the last item, if others come after it: the `after` of the next page.
    """

    items: Sequence[Item]
    total: int
    complete: bool
    next: Place | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A parked event. `content`: None when no key opens it any more."""

    row: OutboxRow
    draft: Draft
    content: bytes | None


class Lists:
    """One agency's lists. `case`: returns a case as the replica has it."""

    def __init__(
        self,
        read_models: ReadModels,
        *,
        store: Store,
        keyring: Keyring,
        case: Callable[[str], Awaitable[CaseReplica]],
    ) -> None:
        self._read_models = read_models
        self._store = store
        self._keyring = keyring
        self._case = case

    @property
    def complete(self) -> bool:
        """True if no rebuild is under way."""
        return self._read_models.rebuilt_through is None

    async def cases(
        self,
        asked: Mapping[str, str | None],
        updated_since: datetime | None,
        *,
        limit: int,
        offset: int = 0,
        after: Place | None = None,
    ) -> ListPage[ListedCase]:
        """Return a page of the agency's cases, the most recently changed first.

        `asked`: the wanted values, by `cases.DIMENSIONS`; None: the case does not have the value. `updated_since`: only
        cases with an event since then. Without these conditions the list is always complete: a case that has no summary
        yet is read.
        """
        index = self._read_models.index
        found = await queries.cases_page(
            self._store.query, index, asked, updated_since=updated_since, limit=limit, offset=offset, after=after
        )
        keys, erased, items = await self._keys(found.rows), index.token("case", "status", CaseStatus.ERASED), []
        for row in found.rows:
            item = cases.opened(row, keys.get(row["case_id"], ()), erased)
            if item is None:
                view = (await self._case(row["case_id"])).view
                updated_at = cases.moment(int(row["updated"])) if row["updated"] else None
                item = ListedCase.of(view, updated_at) if view.takes_part(self._read_models.agency) else None
            if item is not None:
                items.append(item)
        everything = not asked and updated_since is None
        return ListPage(items, found.total, self.complete or everything, found.next)

    async def listed_among(self, case_ids: Sequence[str]) -> set[str]:
        """Return those of these cases in which the agency takes part."""
        return await queries.listed_among(self._store.query, case_ids)

    async def offers(
        self,
        direction: str | None,
        state: OfferState | None,
        *,
        limit: int,
        offset: int = 0,
        after: Place | None = None,
    ) -> ListPage[ListedOffer]:
        """Return a page of the offers that the agency made or received, the newest first.

        `direction`, `state`: only offers with these values, if given.
        """
        index = self._read_models.index
        days, total = await queries.offers_page(
            self._store.query, index, direction, state, limit=limit + 1, offset=offset, after=after
        )
        keys = await self._keys([row for day in days for row in day.rows])
        found: list[tuple[ListedOffer, Place]] = []
        for day in days:
            opened = [offers.opened(row, keys.get(row["case_id"], ())) for row in day.rows]
            told = [one for one in opened if one is not None]
            if day.few:
                told.sort(key=lambda one: (one.offered_at, one.id), reverse=True)
                if after is not None and day.day == after[0]:
                    told = [one for one in told if (one.offered_at, one.id) < after[1:3]]
            shown = told[day.offset :][: day.limit]
            found += [(one, (day.day, one.offered_at, one.id, day.known + n)) for n, one in enumerate(shown, 1)]
        following = found[limit - 1][1] if len(found) > limit else None
        return ListPage([one for one, _ in found[:limit]], total, self.complete, following)

    async def deadlines(
        self,
        kind: DeadlineKind | None,
        until: datetime | None,
        *,
        limit: int,
        offset: int = 0,
        after: Place | None = None,
    ) -> ListPage[ListedDeadline]:
        """Return a page of the deadlines in the agency's cases, the first due first.

        `kind`: only this kind, if given. `until`: only deadlines before this moment, if given.
        """
        index = self._read_models.index
        found = await queries.deadlines_page(
            self._store.query, index, kind=kind, until=until, limit=limit, offset=offset, after=after
        )
        keys = await self._keys(found.rows)
        opened = (deadlines.opened(row, keys.get(row["case_id"], ())) for row in found.rows)
        return ListPage([one for one in opened if one is not None], found.total, self.complete, found.next)

    async def attention(
        self, case_id: str | None = None, *, limit: int, offset: int = 0, after: Place | None = None
    ) -> ListPage[Refused]:
        """Return a page of the parked events, the oldest first; of one case, if it is named."""
        found = await queries.attention_page(
            self._store.query, case_id=case_id, limit=limit, offset=offset, after=after
        )
        keys, items = await self._keys(found.rows), []
        for row in outbox_rows(found.rows):
            draft = load(row)
            content = content_of_draft(keys.get(row.case_id, ()), draft, self._read_models.agency)
            items.append(Refused(row, draft, content))
        return ListPage(items, found.total, True, found.next)

    async def dismissed(self, *, limit: int, offset: int = 0, after: Place | None = None) -> ListPage[Dismissal]:
        """Return a page of the dismissals, the newest first."""
        found = await self._store.dismissed(limit + 1, offset, after)
        return _first(found, limit, await self._store.count("dismissed"), lambda one: (one.dismissed_at, one.event_id))

    async def quarantined(
        self, *, limit: int, offset: int = 0, after: Place | None = None
    ) -> ListPage[QuarantineEntry]:
        """Return a page of the rejected messages and void events, the newest first."""
        found = await self._store.quarantined(limit + 1, offset, after)
        return _first(found, limit, await self._store.count("quarantined"), lambda one: (one.incarnation, one.sequence))

    async def statistics(self, tally: Tally) -> PeriodStatistics:
        """Return the statistics of a period. `tally`: an empty tally of that period."""
        await self._fill(tally)
        return tally.statistics()

    async def victims(self, tally: Tally) -> VictimCounts:
        """Return the report by article 19a on a period. `tally`: an empty tally of that period."""
        await self._fill(tally)
        return tally.victims()

    async def opened_here(self, tally: Tally) -> Tally:
        """Count into an empty tally the cases that this agency opened and can read, and return it."""
        await self._fill(tally, Population.OPENED)
        return tally

    async def _fill(self, tally: Tally, own: Population = Population.READABLE) -> None:
        """`own`: the population that the tally counts as readable."""
        first, last = (month_number(day) for day in (tally.first, tally.last))
        index = self._read_models.index
        sums = await queries.statistics_sums(self._store.query, index, first, last)
        counted = (own, Population.OTHERS)
        totals = dict.fromkeys(Population, 0)
        for population, month, n in statistics.months(index, sums.by_month):
            totals[population] += n
            if population in counted:
                tally.add(Table.MONTH, month_of(first_of(month)), n, readable=population is own)
        regions: list[RegionCode] = [name for name in tally.regions if name != UNKNOWN]
        placed = Counter[Table]()
        for population, table, name, n in statistics.cells(index, sums.by_token, regions):
            if population in counted:
                tally.add(table, name, n, readable=population is own)
            if population is own:
                placed[table] += n
        all_of = {
            Table.REGION: totals[own],
            Table.UNMET_REGION: placed[Table.UNMET_SERVICE],
            Table.LATE_REGION: placed[Table.LATE_SERVICE],
        }
        for table, n in all_of.items():
            tally.add(table, UNKNOWN, n - placed[table], readable=True)

    async def _keys(self, rows: Sequence[Row]) -> Mapping[str, Keys]:
        return await self._keyring.of_all(sorted({row["case_id"] for row in rows}), *ROWS)


def _first(found: Sequence[Item], limit: int, total: int, place: Callable[[Item], Place]) -> ListPage[Item]:
    """Return the page with at most `limit` of these items, of which there is one more when others come after them."""
    return ListPage(found[:limit], total, True, place(found[limit - 1]) if len(found) > limit else None)
