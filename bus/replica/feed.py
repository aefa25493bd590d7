"""Reads the feed: each row with its event, opened as this agency may read the case now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bus.case.case_replica import CaseReplica
from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError, EnvelopeError, FeedRolledBackError
from bus.read_models import feed
from bus.read_models.feed import FORGETS, FeedKind, FeedRow
from bus.replica.feed_entry import FeedEntry
from bus.replica.feed_work import WorkOfFeed
from bus.replica.replica import Replica
from bus.sealing.keyring import NO_KEYS, Keyring
from bus.store import Store, Transaction
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.parts import Part

__all__ = ["BEGINNING", "POSITION", "Feed", "FeedEntry", "FeedPart", "is_position"]

_EVENTS: Final = frozenset({FeedKind.EVENT, FeedKind.AGAIN, FeedKind.OFFERED})
_LOOKED_THROUGH_AT_ONCE: Final = 200
_OF_A_CASE: Final = _EVENTS | {FeedKind.DIRECTORY, FeedKind.QUARANTINED}

BEGINNING: Final = ""
"""The position before the first entry."""
POSITION: Final = "^[0-9a-f]{16}-[1-9][0-9]{0,17}$"
"""The form of every other position: the session that wrote the row, and its number."""


@dataclass(frozen=True, slots=True)
class FeedPart:
    """A part of the feed. `last`: the position of the last row that was read. `more`: True if rows may be left."""

    entries: Sequence[FeedEntry]
    last: str
    more: bool


def is_position(text: str) -> bool:
    """Return whether the text has the form of a position."""
    return re.fullmatch(POSITION, text) is not None


class Feed:
    """Reads one agency's feed."""

    def __init__(self, store: Store, replica: Replica, keyring: Keyring) -> None:
        self._store = store
        self._replica = replica
        self._work = WorkOfFeed(store, replica, keyring)
        self._listeners: list[Callable[[], None]] = []
        replica.listen(lambda committed: self.wake())

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener when there may be more to read. Return a function that removes the listener.

        It is a hint: a forgotten case, and rows that another process wrote, wake nobody.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wake(self) -> None:
        """Tell the listeners that there may be more to read."""
        for listener in tuple(self._listeners):
            listener()

    async def require(self, position: str) -> int:
        """Return the number of a position: BEGINNING, or of the form POSITION.

        Raises FeedRolledBackError when the store does not have it.
        """
        if position == BEGINNING:
            return 0
        token, _, number = position.partition("-")
        rows = await self._store.query(feed.AT, position=int(number))
        if rows and rows[0]["token"] == token:
            return int(number)
        kept = (await self._store.query(feed.KEPT, token=token, position=int(number)))[0]["position"]
        raise FeedRolledBackError(BEGINNING if kept is None else f"{token}-{kept}")

    async def read(self, after: str, limit: int) -> FeedPart:
        """Return at most `limit` entries after a position.

        A damaged case waits for its repair, and its events are told again then. Raises FeedRolledBackError, StoreError.
        """
        return await self._read(after, await self.require(after), limit)

    async def at(self, position: str) -> FeedEntry | None:
        """Return the entry at a position other than BEGINNING, as it reads now. None: it is told anew, later, or never.

        Raises FeedRolledBackError, StoreError.
        """
        part = await self._read(position, await self.require(position) - 1, 1)
        return part.entries[0] if part.entries else None

    async def end(self) -> str:
        """Return the position of the last row, BEGINNING when there is none."""
        rows = await self._store.query(feed.LAST)
        return f"{rows[0]['token']}-{rows[0]['position']}" if rows else BEGINNING

    async def since(self, moment: datetime) -> str:
        """Return the last position before the first event that was recorded at this moment or later.

        So every event recorded from then on comes after it, and some earlier ones may, which became readable later.
        """
        last, number = BEGINNING, 0
        while rows := await self._store.query(feed.PAGE, after=number, limit=_LOOKED_THROUGH_AT_ONCE):
            for row in rows:
                told = _row(row)
                envelope = _envelope(told, row["state"]) if told.kind in _EVENTS else None
                if envelope is not None and envelope.recorded_at >= moment:
                    return last
                last, number = f"{told.token}-{told.position}", told.position
        return last

    async def _read(self, after: str, number: int, limit: int) -> FeedPart:
        rows = await self._store.query(feed.PAGE, after=number, limit=limit)
        await self._replica.settled()  # what the rows stand for is shown before it is opened
        cases: dict[str, CaseReplica | None] = {}
        keys = await self._work.keys(rows)
        entries, last = [], after
        for row in rows:
            told = _row(row)
            last = f"{told.token}-{told.position}"
            if told.case_id not in cases and told.kind in _OF_A_CASE:
                cases[told.case_id] = await self._case(told.case_id)
            if told.kind in FORGETS:
                part = Part(told.about) if told.about else None
                entry: FeedEntry | None = FeedEntry(last, told.case_id, told.version, told.kind, part)
            elif told.kind is FeedKind.DIRECTORY:
                entry = await self._of_directory(last, told, row, cases[told.case_id])
            elif told.kind in _EVENTS:
                entry = await self._opened(last, told, row, cases[told.case_id])
            else:
                of_case = keys.get(told.case_id, NO_KEYS)
                entry = await self._work.entry(last, told, row, of_case, cases.get(told.case_id))
            if entry is not None:
                entries.append(entry)
        return FeedPart(entries, last, len(rows) == limit)

    async def _case(self, case_id: str) -> CaseReplica | None:
        try:
            return await self._replica.case(case_id)
        except DamagedCaseError:
            return None

    async def _opened(
        self, position: str, row: FeedRow, stored: Mapping[str, Any], case: CaseReplica | None
    ) -> FeedEntry | None:
        """Return the entry of an event. None: there is nothing to tell, or not now; then it is owed."""
        if case is not None and case.view.status is CaseStatus.ERASED:
            return FeedEntry(position, row.case_id, row.version, FeedKind.ERASED)
        if (
            case is not None
            and row.kind is FeedKind.OFFERED
            and (case.previewed or case.takes_part(self._replica.agency))
        ):
            envelope = _envelope(row, stored["state"])
            return None if envelope is None else _entry(position, row, envelope, case)
        if case is not None and row.version <= case.view.version and not case.previewed:
            if not case.takes_part(self._replica.agency):
                return FeedEntry(position, row.case_id, row.version, FeedKind.LEFT)
            envelope = _envelope(row, stored["state"])
            if envelope is not None:
                if row.kind is FeedKind.AGAIN and envelope.in_sections and envelope.sections[1] is None:
                    return None  # it had no details when it was told
                if case.waits:
                    await self._owe(row, case.stalled)
                return _entry(position, row, envelope, case)
        fresh = await self._owe(row)
        read_since = fresh is not None and fresh is not case
        return await self._opened(position, row, stored, fresh) if read_since else None

    async def _of_directory(
        self, position: str, row: FeedRow, stored: Mapping[str, Any], directory: CaseReplica | None
    ) -> FeedEntry | None:
        """Return the entry of an event of the directory. None: it cannot be told now, and is owed."""
        envelope = _envelope(row, stored["state"])
        if directory is None or envelope is None or row.version > directory.chain.version:
            await self._owe(row)
            return None
        return _entry(position, row, envelope, directory)

    async def _owe(self, row: FeedRow, parts: frozenset[Part] = frozenset()) -> CaseReplica | None:
        """Note that the event, or these parts of its case, were not told, so that they are when they can be opened.

        Return the case as it is now.
        """
        async with self._replica.committing:
            case = await self._case(row.case_id)
            transaction = Transaction()
            if case is None or case.previewed or row.version > case.view.version:
                transaction.add(feed.UNTOLD, {"case_id": row.case_id, "version": row.version - 1})
            for part in parts if case is None else parts & case.stalled:
                named = {"told": feed.told(part), "awaited": feed.awaited(part)}
                transaction.add(feed.PART_UNTOLD, {"case_id": row.case_id, **named})
            if transaction.changes:
                await self._store.write(transaction)
        return case


def _row(row: Mapping[str, Any]) -> FeedRow:
    return FeedRow(
        int(row["position"]), row["token"], row["case_id"], int(row["version"]), FeedKind(row["kind"]), row["about"]
    )


def _envelope(row: FeedRow, state: bytes | None) -> Envelope | None:
    """Return the row's event, or None when the store does not have it as it was written."""
    if state is None:
        return None
    try:
        envelope = Envelope.from_bytes(bytes(state))
    except EnvelopeError:
        return None
    return envelope if (envelope.case_id, envelope.version) == (row.case_id, row.version) else None


def _entry(position: str, row: FeedRow, envelope: Envelope, case: CaseReplica) -> FeedEntry:
    void = case.voids(row.version, row.version).get(row.version)
    if void is not None and (not void.opened or void.why.reason == "unreadable"):
        return FeedEntry(position, row.case_id, row.version, row.kind, envelope=envelope, void=void.why)
    return FeedEntry(
        position,
        row.case_id,
        row.version,
        row.kind,
        envelope=envelope,
        content=case.content_of(envelope),
        void=None if void is None else void.why,
        withheld=case.withholds(envelope),
    )
