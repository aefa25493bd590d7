"""Computes the right lists by reading every case of a store again, and compares them with the real lists.

scan = await scanned(store, keyring, directory, "police")
await tell_the_same(lists, tasks, scan)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.privacy.tasks import Tasks
from bus.read_models.cases import ListedCase
from bus.read_models.lists import ListPage, Lists
from bus.read_models.read_models import ReadModels
from bus.reconciler.obligations import Duties
from bus.replica.replica import Replica
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.store import Head, Store
from contracts.calendar.days import swedish_day
from contracts.law.deadlines import Deadline, deadlines
from contracts.statistics.cells import PERSONAL, WAITS
from contracts.statistics.national import YearCount
from contracts.statistics.tables import CountedCase, Tally
from contracts.view.parts.identification import Identification
from contracts.view.parts.referral import Offer, OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.choices import AgeBand, DeadlineKind
from stafett.commands.home import directory_in, opened, settings_at

REGIONS = ("01", "12", "14")
MOST = 10_000


@dataclass(frozen=True)
class Read:
    """A case as it is when it is read from its first event on."""

    file: CaseReplica
    head: Head
    updated_at: datetime
    counted: CountedCase


@dataclass(frozen=True)
class Scan:
    """Every case of an agency's store."""

    agency: str
    cases: tuple[Read, ...]

    @property
    def listed(self) -> list[Read]:
        """Those that the agency takes part in, the most recently changed first."""
        own = [case for case in self.cases if case.file.view.takes_part(self.agency)]
        return sorted(own, key=lambda case: (-case.head.sequence, case.file.view.case_id))

    def offers(self) -> list[tuple[str, Offer]]:
        """The offers that the agency made or got, the newest first; also those of which it has a preview alone."""
        found = [
            (case.file.view.case_id, offer)
            for case in self.cases
            if case.file.view.takes_part(self.agency) or case.file.previewed
            for offer in case.file.view.offers
            if self.agency in (offer.referrer, offer.recipient)
        ]
        return sorted(found, key=lambda each: (each[1].offered_at, each[1].id), reverse=True)

    def deadlines(self) -> list[tuple[str, Deadline]]:
        """What runs out, the first due first."""
        found = [(case.file.view.case_id, one) for case in self.listed for one in deadlines(case.file.view)]
        return sorted(found, key=lambda each: (each[1].due_at, each[1].kind, each[0]))

    def tally(self, first: date, last: date) -> Tally:
        """The statistics of a period, nothing hidden."""
        tally = Tally(first, last, REGIONS)
        for case in self.cases:
            tally.count(case.counted)
        return tally


async def scanned(store: Store, keyring: Keyring, directory: Directory, agency: str) -> Scan:
    """Every case read anew."""
    cases = []
    for case_id in await store.all_cases():
        file = CaseReplica.unopened(case_id, await keyring.of(case_id), await store.erased(case_id), agency)
        events, updated_at = [], datetime.now(UTC)
        for envelope in await store.envelopes(case_id):
            folded = file.after(envelope, directory)
            file, aside = folded.case, folded.void
            updated_at = envelope.recorded_at
            if aside is None:
                events.append((envelope.event_name, swedish_day(envelope.recorded_at)))
        head = await store.head(case_id)
        assert head is not None
        view = file.view if file.view.takes_part(agency) else None
        cases.append(Read(file, head, updated_at, CountedCase(tuple(events), view)))
    return Scan(agency, tuple(cases))


async def whole(ask: Callable[..., Awaitable[ListPage[Any]]], *asked: Any, size: int = 100) -> list[Any]:
    """Every item of a list, page by page; each page says how many there are. By their places it is the same list."""
    items: list[Any] = []
    while True:
        page = await ask(*asked, limit=size, offset=len(items))
        items += page.items
        if not page.items:
            assert page.total == len(items)
            assert await _following(ask, *asked, size=size) == items
            return items


async def _following(ask: Callable[..., Awaitable[ListPage[Any]]], *asked: Any, size: int) -> list[Any]:
    """Every item of a list, asked for by the place of the last one."""
    page = await ask(*asked, limit=size)
    items = list(page.items)
    while page.next is not None:
        page = await ask(*asked, limit=size, after=page.next)
        assert page.items, "a page that was promised has something"
        items += page.items
    return items


def _summary(read: Read) -> ListedCase:
    return ListedCase.of(read.file.view, read.updated_at)


async def cases_tell_the_same(lists: Lists, scan: Scan, *, in_order: bool = True) -> None:
    """Without a filter, by each value of each filter, by some together, and since each change."""
    if not in_order:
        found = await whole(lists.cases, {}, None)
        assert {one.case_id: one for one in found} == {one.file.view.case_id: _summary(one) for one in scan.listed}
        return
    expected = [_summary(case) for case in scan.listed]
    assert await whole(lists.cases, {}, None) == expected
    assert await whole(lists.cases, {}, None, size=3) == expected
    values: dict[str, Sequence[str | None]] = {
        "status": tuple(CaseStatus),
        "role": ("lead", "participant"),
        "region": (*REGIONS, None),
        "municipality": ("0180", "1280", None),
        "identification": (*Identification, None),
        "age_band": tuple(AgeBand),
    }
    questions: list[dict[str, str | None]] = [{name: value} for name, each in values.items() for value in each]
    questions += [
        {"status": status, "role": role, "region": region}
        for status, role, region in product((CaseStatus.OPEN, CaseStatus.CLOSED), values["role"], REGIONS)
    ]
    for asked in questions:
        assert await whole(lists.cases, asked, None, size=7) == [
            one for one in expected if all(_says(one, scan.agency, *each) for each in asked.items())
        ], asked
    for since in {one.updated_at for one in expected[:5]}:
        assert await whole(lists.cases, {}, since) == [one for one in expected if one.updated_at >= since]  # type: ignore[operator]


def _says(case: ListedCase, agency: str, name: str, value: str | None) -> bool:
    if name == "role":
        return (case.lead == agency) == (value == "lead")
    return bool(getattr(case, name) == value)


async def offers_tell_the_same(lists: Lists, scan: Scan) -> None:
    """By direction and state, in pages."""
    for direction, state in product((None, "sent", "received"), (None, *OfferState)):
        expected = [
            (case_id, offer)
            for case_id, offer in scan.offers()
            if state in (None, offer.state)
            and direction in (None, "sent" if offer.referrer == scan.agency else "received")
        ]
        for size in (100, 3):
            found = await whole(lists.offers, direction, state, size=size)
            assert [(one.case_id, one.offer) for one in found] == expected


async def deadlines_tell_the_same(lists: Lists, scan: Scan) -> None:
    """By kind and until a moment, in pages."""
    everything = scan.deadlines()
    moments = [due.due_at for _, due in everything]
    for kind, until in product((None, *DeadlineKind), (None, *moments[:3], *moments[-2:])):
        expected = [
            each for each in everything if kind in (None, each[1].kind) and (until is None or each[1].due_at < until)
        ]
        found = await whole(lists.deadlines, kind, until, size=7)
        assert [(one.case_id, one.deadline) for one in found] == expected


async def statistics_tell_the_same(lists: Lists, scan: Scan) -> None:
    """Over all months in which anything was recorded, and over each part that begins or ends with one."""
    days = sorted({day for case in scan.cases for _, day in case.counted.events}) or [date(2024, 3, 1)]
    months = sorted({day.replace(day=1) for day in days})
    before, after = months[0] - timedelta(days=1), months[-1] + timedelta(days=40)
    for first, last in product((before, *months), (*months, after)):
        if first <= last:
            kept = Tally(first, last, REGIONS)
            told, expected = await lists.statistics(kept), scan.tally(first, last)
            assert told == expected.statistics()
            assert _counted(kept) == _counted(expected), "what is hidden too"


async def own_count_tells_the_same(lists: Lists, scan: Scan) -> None:
    """The cases that the agency opened and reads, in each year in which anything was recorded."""
    own = [each.counted for each in scan.cases if each.file.view.opened_by == scan.agency and each.counted.view]
    for year in {day.year for case in scan.cases for _, day in case.counted.events}:
        expected = Tally(date(year, 1, 1), date(year, 12, 31), REGIONS)
        for case in own:
            expected.count(case)
        kept = await lists.opened_here(Tally(expected.first, expected.last, REGIONS))
        assert _counted(kept)[0] == _counted(expected)[0]
        assert YearCount.of(scan.agency, year, kept, datetime.now(UTC)).fault() is None


def _counted(tally: Tally) -> list[dict[str, int]]:
    """Every number, also those that are never told."""
    tables = ("month", "region", "chapter", *PERSONAL, *WAITS)
    return [
        {name: n for name, n in columns[table].items() if n}
        for columns in (tally._readable, tally._others)
        for table in tables
    ]


async def tasks_tell_the_same(tasks: Tasks) -> None:
    """In pages, the soonest due first."""
    expected = await tasks.open()
    for size in (100, 3):
        assert await whole(tasks.page, size=size) == expected


async def tell_the_same(lists: Lists, scan: Scan, *, in_order: bool = True) -> None:
    """All lists but the tasks say what reading every case says; and they say that they are complete.

    `in_order`: whether the log was never rolled back, so that its sequences tell what changed last.
    """
    assert lists.complete
    await cases_tell_the_same(lists, scan, in_order=in_order)
    await offers_tell_the_same(lists, scan)
    await deadlines_tell_the_same(lists, scan)
    await own_count_tells_the_same(lists, scan)
    if scan.agency == "coordinator":
        await statistics_tell_the_same(lists, scan)


@asynccontextmanager
async def lists_of(folder: Path, agency: str) -> AsyncIterator[tuple[Lists, Tasks]]:
    """The lists and tasks in the store of a stopped service."""
    settings = settings_at(folder, agency)
    async with opened(settings) as store:
        keyring, directory = Keyring(store, Vault.load(settings.vault)), await directory_in(store, settings)
        read_models = ReadModels(agency, store, keyring)
        duties = Duties(agency, {}, keeps_time=False)
        replica = Replica(store, directory, keyring, duties, 100, read_models)
        await read_models.start()
        lists = Lists(read_models, store=store, keyring=keyring, case=replica.case)
        yield lists, Tasks(agency, store=store, replica=replica, keyring=keyring, read_models=read_models)


async def store_tells_the_same(folder: Path, agency: str) -> int:
    """The lists in the store of a stopped service, against every case in it read anew; how many cases it lists."""
    settings = settings_at(folder, agency)
    async with lists_of(folder, agency) as (lists, tasks), opened(settings) as store:
        keyring, directory = Keyring(store, Vault.load(settings.vault)), await directory_in(store, settings)
        await tell_the_same(lists, await scanned(store, keyring, directory, agency))
        await tasks_tell_the_same(tasks)
        return (await lists.cases({}, None, limit=1, offset=0)).total
