"""One agency's cases: they are loaded from its store, cached, and shown once they are committed.

`bus.mechanism` follows the log and passes each commit to `show`; all other modules only read here. The file has over
250 lines because the cache, the loading of a case and the showing of a commit keep one lock and one position.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from time import time_ns
from typing import Any, Final

from opentelemetry.trace import SpanKind

from bus import tracing
from bus.case.case_replica import CaseReplica, LastVoid
from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.attributes import TRACE
from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError
from bus.invariants import SHOWN_ONCE, invariant
from bus.read_models.read_models import ReadModels
from bus.reconciler.obligations import Duties
from bus.replica.rejections import Rejections
from bus.replica.stored import FoldedEvent, fold_stored
from bus.sealing.content import ContentKey
from bus.sealing.keyring import NO_KEYS, Keyring
from bus.store import Change, Head, Kind, Position, Store, Transaction
from bus.void_event import VoidEvent
from contracts.vocabulary.parts import Part

log = logging.getLogger(__name__)

_READ_TOGETHER: Final = 50
_WITHOUT_A_BREAK: Final = 25  # events folded in a row: a long case must not delay the requests of callers
_HEADS_AT_ONCE: Final = 5000


@dataclass(frozen=True, slots=True)
class Committed:
    """An event that this replica has committed, as the listeners get it.

    Attributes:
        envelope: The event's envelope.
        sequence: Its place in the log.
        case: The case after it.
        void: The reason why the event is void, or None.
        before: The case before it; None when the case was only re-read because a key arrived.
        event: The parsed event, or None when we cannot read it.
    """

    envelope: Envelope
    sequence: int
    case: CaseReplica
    void: VoidEvent | None
    before: CaseReplica | None = None
    event: Any = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in a case's history.

    `content`: None when we cannot read it. `void`: why it is void, or None. `withheld`: the part that its details lie
    in, when we do not read them.
    """

    envelope: Envelope
    content: bytes | None
    void: VoidEvent | None
    withheld: Part | None = None


class Replica:
    """One agency's cases, as last committed."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        keyring: Keyring,
        duties: Duties,
        cached_cases: int,
        read_models: ReadModels,
    ) -> None:
        self.agency = duties.agency
        self.directory = directory
        self.position = Position()
        self.counts = {"accepted": 0, "quarantined": 0, "set_aside": 0}
        self.damaged: set[str] = set()
        """The cases that the store does not hold as they were written, until they are fetched again."""
        self.committing = asyncio.Lock()
        """Held from the start of a commit until its result is shown, so that no case is re-read in between."""
        self.rejections = Rejections(store)
        self._root = directory
        self._store = store
        self._keyring = keyring
        self._duties = duties
        self._read_models = read_models
        self.capacity = cached_cases
        """The largest number of cases in the cache."""
        self._cache: OrderedDict[str, CaseReplica] = OrderedDict()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._listeners: list[Callable[[Committed], None]] = []
        self.on_damaged: Callable[[str], None] = lambda case_id: None
        """Called with the id of a case when the store does not hold it as it was written."""
        self.on_shown: Callable[[], None] = lambda: None
        """Called after each commit was shown."""

    async def start(self) -> None:
        """Read the position and the directory from the store; also after a commit with an unknown outcome."""
        async with self.committing:
            self._cache.clear()
            self._read_models.begin_session()
            self.position = await self._store.position()
            await self.rejections.start()
            self.damaged = set(await self._store.cases_owed(Kind.REPAIR))
            self.directory = self._root.folded(await self._store.envelopes(DIRECTORY_ID))

    @property
    def session(self) -> str:
        """The session that the feed's rows name now; see `FeedRow`."""
        return self._read_models.session

    async def settled(self) -> None:
        """Wait until the commit that is under way, if any, is shown."""
        async with self.committing:
            pass

    def listen(self, listener: Callable[[Committed], None]) -> Callable[[], None]:
        """Call the listener for every committed event, in order. Return a function that removes the listener."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def case(self, case_id: str) -> CaseReplica:
        """Return the case as last committed; an unknown case is returned as `CaseReplica.unopened`.

        Raises DamagedCaseError, or StoreError.
        """
        if case_id in self.damaged:
            raise DamagedCaseError(case_id, "it is being fetched anew")
        known = self._cache.get(case_id)
        if known is not None:
            self._cache.move_to_end(case_id)
            return known
        loaded, _ = await self._load(case_id)
        # If a commit came in between, the cache now has a newer version. An unknown case is not cached: requests for
        # unknown cases must not push out the real ones.
        return self._cache.get(case_id) or (self._remember(case_id, loaded) if loaded.chain.version else loaded)

    async def _load(self, case_id: str) -> tuple[CaseReplica, Envelope | None]:
        """Return the case as the store has it, and the last event of its chain."""
        head, last = await self._store.head(case_id), None
        case = await self._unopened(case_id)
        if head is None:
            return case, last
        async for held in self._fold(case, await self._stored(case_id), head):
            case, last = held.case, held.envelope
        return case, last

    async def _stored(self, case_id: str, after: int = 0, limit: int | None = None) -> list[Envelope]:
        try:
            return await self._store.envelopes(case_id, after, limit)
        except DamagedCaseError:
            self.on_damaged(case_id)
            raise

    async def _fold(
        self, case: CaseReplica, envelopes: Sequence[Envelope], head: Head | None
    ) -> AsyncIterator[FoldedEvent]:
        """Fold a chain from the store. Raises DamagedCaseError when the chain does not end at the case's head."""
        try:
            async for held in fold_stored(case, envelopes, self.directory, head):
                yield held
        except DamagedCaseError:
            self.on_damaged(case.case_id)
            raise

    async def _unopened(self, case_id: str) -> CaseReplica:
        keys = await self._keyring.of(case_id)
        authorised = frozenset() if keys else await self._store.erased(case_id)
        return CaseReplica.unopened(case_id, keys, authorised, self.agency)

    def opened_now(self, key: ContentKey) -> CaseReplica:
        """Add a new case with an id and a key of our own. Nobody else can know its id, so the store is not asked."""
        return self._remember(key.case_id, CaseReplica.unopened(key.case_id, (key,), reader=self.agency))

    async def look_up(self, case_ids: Iterable[str]) -> None:
        """Put those of these cases that are new into the cache, after one query for all, so that none is loaded."""
        unknown = [case_id for case_id in case_ids if case_id not in self._cache]
        if len(unknown) < 2:
            return
        known = await self._store.known(unknown)
        fresh = [case_id for case_id in unknown if case_id not in known]
        keys = await self._keyring.of_all(fresh)
        for case_id in fresh:
            if case_id in keys and case_id not in self._cache:
                self._remember(case_id, CaseReplica.unopened(case_id, keys[case_id], reader=self.agency))
            elif case_id not in self._cache:
                self._remember(case_id, CaseReplica.unopened(case_id, reader=self.agency))

    async def read_anew(self, case_ids: Iterable[str]) -> None:
        """Load these cases again with the keys that the keyring now holds.

        If a case's view changed, update its head and lists, add its obligations, and tell the listeners.
        """
        async with self.committing:
            await self._read_all_anew(case_ids)

    async def take_keys(
        self, keys: Iterable[ContentKey], taking: Callable[[Collection[str]], Transaction] | None = None
    ) -> None:
        """Hold new keys of parts of cases, and read anew the cases that they open.

        `taking`: builds the transaction that stores the keys, from the ids of the cases that they open; it is called
        under the lock, immediately before its commit. None: they are stored already.
        """
        async with self.committing:
            by_case: dict[str, list[ContentKey]] = {}
            for key in keys:
                by_case.setdefault(key.case_id, []).append(key)
            held = {case_id: self._with_keys(case_id, new) for case_id, new in by_case.items()}
            opened = [case_id for case_id, case in held.items() if case is None]
            if taking is not None:
                await self._store.write(taking(opened))
            for case_id, case in held.items():
                if case is not None:
                    self._remember(case_id, case)
            await self._read_all_anew(opened)

    def _with_keys(self, case_id: str, keys: Iterable[ContentKey]) -> CaseReplica | None:
        """Return a known case with more keys; None if it must be read anew, because they may open something of it."""
        case = self._cache.get(case_id)
        for key in keys:
            if case is None or case.is_opened_by(key):
                return None
            case = case.holding(key)
        return case

    async def _read_all_anew(self, case_ids: Iterable[str]) -> None:
        names = list(dict.fromkeys(case_ids))
        for first in range(0, len(names), _READ_TOGETHER):
            await self._read_anew(names[first : first + _READ_TOGETHER])

    async def read_with_keys(self, case_id: str) -> None:
        """Read and list a case whose keys reached the store when nobody came to read it any more."""
        async with self.committing:
            case, head = await self.case(case_id), await self._store.head(case_id)
            listed = head == case.head(self.agency) and await self._read_models.are_level(case)
            if case.unreadable or case.waits or not listed:
                await self._read_anew([case_id])

    async def _read_anew(self, case_ids: Iterable[str]) -> None:
        told: list[Committed] = []
        transaction = Transaction()
        for case_id in case_ids:
            before = self._cache.pop(case_id, None)
            try:
                case, last = await self._load(case_id)
            except DamagedCaseError:
                continue  # its repair fetches it again and reads it then
            if case.chain.version:
                self._remember(case_id, case)
            known = before is not None and before.view == case.view and before.parts == case.parts
            known = known and await self._read_models.are_level(case)
            if last is not None and not (known and await self._store.head(case_id) == case.head(self.agency)):
                transaction.put_heads([case.head(self.agency)])
                transaction.oblige(*self._duties.opened(case, last.recorded_at.timestamp()))
                transaction.extend(self.listed(None, case, last))
                told.append(Committed(last, case.chain.sequence, case, None))
        if transaction.changes:
            await self._store.write(transaction)
        for one in told:
            self._tell(one)
        self.on_shown()

    def listed(self, before: CaseReplica | None, case: CaseReplica, last: Envelope) -> list[Change]:
        """Return the rows of the lists that change from `before` to `case`; `last`: the case's last event.

        `before` None: all rows of the case. An error is logged, because one faulty case must not stop the others.
        """
        incarnation = self.position.incarnation
        try:
            if before is None:
                return self._read_models.opened(case, last, incarnation)
            return self._read_models.changes(before, case, last, incarnation)
        except Exception as error:
            log.error("case not listed", extra={"case_id": case.case_id, "error": type(error).__name__})
            return []

    async def list_anew(self, case_ids: Sequence[str], more: Sequence[Change]) -> None:
        """Write all rows of these cases into the read models and set their clocks, in one commit with `more`.

        An earlier release may have kept the clocks elsewhere, or may not have known all deadlines.
        """
        loaded = {case_id: await self._load(case_id) for case_id in case_ids}
        async with self.committing:
            transaction = Transaction()
            for case_id, (case, last) in loaded.items():
                head, cached = await self._store.head(case_id), self._cache.get(case_id)
                if head is not None and head.version != case.chain.version:
                    case, last = await self._load(case_id)  # an event was committed in between
                if last is not None:  # the cached case may have become readable in between
                    known = cached or case
                    transaction.extend(self.listed(None, known, last))
                    transaction.oblige(*self._duties.clock(known))
            transaction.extend(more)
            await self._store.write(transaction)

    async def part(self, case: CaseReplica, after: int, limit: int, *, only: str | None = None) -> AsyncIterator[Entry]:
        """Yield at most `limit` events of a case after version `after`, in order, without folding the case again.

        `only`: the id of the one wanted event. The neighbours of the events are read too, because each event names the
        hash of the one before it. Raises DamagedCaseError when these hashes do not fit.
        """
        begin, chain = max(after - 1, 0), case.chain
        held = [each for each in await self._stored(case.case_id, begin, limit + 2) if each.version <= chain.version]
        to_the_end = begin + limit + 2 >= chain.version
        lacks_its_end = to_the_end and (not held or held[-1].hash != chain.hash)
        if lacks_its_end or any(later.previous != earlier.hash for earlier, later in pairwise(held)):
            self.on_damaged(case.case_id)
            raise DamagedCaseError(case.case_id, "its events do not follow each other")
        voids = case.voids(after + 1, after + limit)
        for envelope in held:
            if after < envelope.version <= after + limit and only in (None, envelope.event_id):
                yield _entry(case, envelope, voids.get(envelope.version))
            if envelope.version % _WITHOUT_A_BREAK == 0:
                await asyncio.sleep(0)

    async def history(self, case_id: str, after: int = 0) -> AsyncIterator[FoldedEvent]:
        """Yield every event of a case after version `after`, in order, with the case before and after it.

        Raises DamagedCaseError.
        """
        case = await self._unopened(case_id)
        async for held in self._fold(case, await self._stored(case_id), None):
            if held.envelope.version > after:
                yield held

    def _remember(self, case_id: str, case: CaseReplica) -> CaseReplica:
        self._cache[case_id] = case
        self._cache.move_to_end(case_id)
        while len(self._cache) > self.capacity:
            self._cache.popitem(last=False)
        return case

    def trace(self, envelope: Envelope, began: int) -> None:
        """Record that an event was taken in, as a part of its trace. `began`: nanoseconds since 1970."""
        parent = tracing.read(envelope.headers.get(TRACE))
        if parent is not None:
            attributes = {
                "messaging.system": "nats",
                "messaging.message.id": envelope.event_id,
                "stafett.agency": self.agency,
                "stafett.type": envelope.type,
            }
            tracing.done(f"take {envelope.event_name}", SpanKind.CONSUMER, attributes, parent, began, time_ns())

    async def reached(self, sequence: int) -> None:
        """Wait until every message up to this sequence of the log is committed."""
        if self.position.sequence >= sequence:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sequence, done))
        await done

    def show(
        self,
        cases: Mapping[str, CaseReplica],
        directory: Directory,
        position: Position,
        told: Iterable[Committed],
        damaged: Iterable[str] = (),
    ) -> None:
        """Show the result of a commit, and tell those who wait. `damaged`: the cases to be fetched again."""
        shown = self.position
        invariant((position.incarnation, position.sequence) >= (shown.incarnation, shown.sequence), SHOWN_ONCE)
        for case_id, case in cases.items():
            self._remember(case_id, case)
        for case_id in damaged:
            self.damaged.add(case_id)
            self._cache.pop(case_id, None)
        self.directory, self.position = directory, position
        still: list[tuple[int, asyncio.Future[None]]] = []
        for sequence, done in self._waiting:
            if sequence > position.sequence:
                still.append((sequence, done))
            elif not done.done():
                done.set_result(None)
        self._waiting = still
        for event in told:
            self._tell(event)
        self.on_shown()

    def _tell(self, event: Committed) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def count(self, accepted: int, quarantined: int, set_aside: int) -> None:
        """Count accepted events, rejected messages (`quarantined`) and void events (`set_aside`), for the metrics."""
        self.counts["accepted"] += accepted
        self.counts["quarantined"] += quarantined
        self.counts["set_aside"] += set_aside

    async def holds(self, envelope: Envelope) -> bool:
        """Return whether the store holds this very event in its case's chain."""
        held = await self._store.envelopes(envelope.case_id, envelope.version - 1, 1)
        return bool(held) and held[0].hash == envelope.hash

    async def empty(self, case_id: str) -> CaseReplica:
        """Return the case as it was before its first event, with the keys that we hold."""
        return await self._unopened(case_id)

    async def replace_case(self, case: CaseReplica, last: Envelope | None, transaction: Transaction) -> None:
        """Replace a case in the store, with the rest of the transaction. `last`: its last event.

        The caller holds `committing`.
        """
        former = await self._store.head(case.case_id)
        mark = int(self.position.fingerprint, 16)
        mark ^= fingerprint([each for each in (former, case.head(self.agency)) if each is not None])
        if case.chain.version and last is not None:
            transaction.put_heads([case.head(self.agency)])
            transaction.extend(self.listed(None, case, last))
        position = replace(self.position, fingerprint=f"{mark:x}")
        transaction.put_position(position)
        await self._store.write(transaction)
        self._cache.pop(case.case_id, None)
        self.damaged.discard(case.case_id)
        self.position = position

    async def is_whole(self) -> bool:
        """Return whether the store holds exactly the heads that were committed: none is lost, hidden or rolled back."""
        async with self.committing:
            expected, found, last = self.position.fingerprint, 0, ""
            while heads := await self._store.heads(last, _HEADS_AT_ONCE):
                found ^= fingerprint(heads)
                last = heads[-1].case_id
            return expected == f"{found:x}"


def _entry(case: CaseReplica, envelope: Envelope, void: LastVoid | None) -> Entry:
    if void is not None and not void.opened:
        return Entry(envelope, None, void.why)
    return Entry(envelope, case.content_of(envelope), None if void is None else void.why, case.withholds(envelope))


def fingerprint(heads: Iterable[Head]) -> int:
    """Return a digest of heads. It does not depend on their order, so the change of one head can be applied alone."""
    found = 0
    for head in heads:
        if head.version:
            found ^= int.from_bytes(sha256(f"{head.case_id}/{head.version}/{head.hash}".encode()).digest()[:16])
    return found


__all__ = ["NO_KEYS", "Committed", "FoldedEvent", "Replica", "fingerprint"]
