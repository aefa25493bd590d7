"""One agency's replica of every case, fed from the log.

Each message is checked (envelope, signature, duty, chain), judged and committed with the replica's position in one
transaction; only then is it visible. What fails a check is set aside with its reason; every replica applies the same
checks to the same messages, so all agree.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bus.case_file import CaseFile, SetAside
from bus.directory import Directory
from bus.envelope import MAX_BYTES, Envelope, parse
from bus.errors import EnvelopeError
from bus.log import LogMessage
from bus.store import Batch, OutboxRow, OutboxStatus, Position, Quarantined, Store

log = logging.getLogger(__name__)

Checked = Envelope | EnvelopeError
_WORTH_A_THREAD = 8


@dataclass(frozen=True, slots=True)
class Committed:
    """A case event that this replica has committed: what live updates and reactions are told."""

    envelope: Envelope
    sequence: int
    case: CaseFile
    set_aside: SetAside | None


class Replica:
    """The cases as this agency holds them; `ingest` is called by one task, in log order."""

    def __init__(self, agency: str, store: Store, directory: Directory, cached_cases: int) -> None:
        self.agency = agency
        self.directory = directory
        self.position = Position()
        self.counts = {"accepted": 0, "quarantined": 0, "set_aside": 0}
        self._store = store
        self._capacity = cached_cases
        self._cache: OrderedDict[str, CaseFile] = OrderedDict()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._own: dict[str, asyncio.Future[tuple[int, int]]] = {}
        self._listeners: list[Callable[[Committed], None]] = []

    async def start(self) -> None:
        """Resume where the last commit left off."""
        self.position = await self._store.position()

    def listen(self, listener: Callable[[Committed], None]) -> Callable[[], None]:
        """Call the listener for every event once it is committed, in order; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def case(self, case_id: str) -> CaseFile:
        """The case as last committed; `unopened` when nothing is known of it."""
        known = self._cache.get(case_id)
        if known is not None:
            self._cache.move_to_end(case_id)
            return known
        loaded = await self._load(case_id)
        # A commit may have come between: what is in the cache by now is newer.
        return self._cache.get(case_id) or self._remember(case_id, loaded)

    async def _load(self, case_id: str) -> CaseFile:
        head = await self._store.head(case_id)
        case = CaseFile.unopened(case_id)
        if head is None:
            return case
        for envelope in await self._store.envelopes(case_id):
            if envelope.version > head.version:
                break  # committed after the head was read; the next load has both
            case, _ = case.with_event(envelope, self.directory)
        return replace(case, sequence=head.sequence, log_version=head.log_version)

    def _remember(self, case_id: str, case: CaseFile) -> CaseFile:
        self._cache[case_id] = case
        self._cache.move_to_end(case_id)
        while len(self._cache) > self._capacity:
            self._cache.popitem(last=False)
        return case

    def expect(self, event_id: str) -> asyncio.Future[tuple[int, int]]:
        """A future that gives (version, sequence) when this event of ours is committed."""
        return self._own.setdefault(event_id, asyncio.get_running_loop().create_future())

    def forget(self, event_id: str) -> None:
        """No longer wait for the event."""
        self._own.pop(event_id, None)

    async def reached(self, sequence: int) -> None:
        """Wait until everything up to a sequence of the log is committed."""
        if self.position.sequence >= sequence:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sequence, done))
        await done

    async def begin_incarnation(self) -> None:
        """The log was rolled back: read it again from its beginning, without losing what the replica holds."""
        self.position = Position(self.position.incarnation + 1)
        self._cache.clear()
        await self._store.write(Batch(position=self.position, new_incarnation=True))

    async def ingest(self, messages: Sequence[LogMessage]) -> None:
        """Check, judge and commit messages, then make them visible."""
        fresh = [message for message in messages if message.sequence > self.position.sequence]
        if not fresh:
            return
        if len(fresh) >= _WORTH_A_THREAD:
            checked = await asyncio.to_thread(lambda: [self._check(message) for message in fresh])
        else:
            checked = [self._check(message) for message in fresh]
        batch = Batch()
        cases: dict[str, CaseFile] = {}
        committed: list[Committed] = []
        for count, (message, outcome) in enumerate(zip(fresh, checked, strict=True), 1):
            case_id = message.subject.split(".")[1]
            case = cases.get(case_id) or await self.case(case_id)
            cases[case_id] = await self._place(message, outcome, case, batch, committed)
            if count % 100 == 0:
                await asyncio.sleep(0)  # a long batch must not hold up those who wait for an answer
        position = Position(self.position.incarnation, fresh[-1].sequence, fresh[-1].digest)
        batch.heads = {case_id: case.head(self.agency) for case_id, case in cases.items()}
        batch.position = position
        await self._store.write(batch)
        for case_id, case in cases.items():
            self._remember(case_id, case)
        self.position = position
        self._announce(batch, committed)

    def _check(self, message: LogMessage) -> Checked:
        try:
            if len(message.data) > MAX_BYTES:
                raise EnvelopeError("too-large", f"more than {MAX_BYTES} bytes")
            envelope = parse(message.headers, message.data)
            if envelope.subject != message.subject:
                raise EnvelopeError("wrong-subject", "the subject is not that of the envelope")
            self.directory.check(envelope)
        except EnvelopeError as error:
            return error
        return envelope

    async def _place(
        self, message: LogMessage, outcome: Checked, case: CaseFile, batch: Batch, committed: list[Committed]
    ) -> CaseFile:
        """Let the message join its case's chain, or set it aside; the case after it."""
        try:
            if isinstance(outcome, EnvelopeError):
                raise outcome
            if outcome.version == case.log_version + 1 and outcome.version <= case.version:
                return await self._find_again(outcome, case, message.sequence)
            case.require_next(outcome)
        except EnvelopeError as error:
            self.counts["quarantined"] += 1
            batch.quarantined.append(self._set_aside(message, outcome, error.reason, str(error)))
            return case.seen(message.sequence)
        case, aside = case.with_event(outcome, self.directory, message.sequence)
        self.counts["accepted"] += 1
        batch.accept(outcome)
        if aside is not None:
            self.counts["set_aside"] += 1
            batch.quarantined.append(self._set_aside(message, outcome, aside.reason, aside.detail))
        if outcome.agency == self.agency:
            batch.settled.append(_delivered(outcome, message.sequence))
        committed.append(Committed(outcome, message.sequence, case, aside))
        return case

    async def _find_again(self, envelope: Envelope, case: CaseFile, sequence: int) -> CaseFile:
        """A new incarnation of the log gives back an event that we hold; another one in its place is a fork."""
        held = case.hash
        if envelope.version < case.version:
            held = (await self._store.envelopes(case.view.case_id, envelope.version - 1, limit=1))[0].hash
        if envelope.hash != held:
            raise EnvelopeError("fork", "the log now holds another event at a version that was accepted before")
        return case.found_again(envelope, sequence)

    def _set_aside(self, message: LogMessage, outcome: Checked, reason: str, detail: str) -> Quarantined:
        known = outcome if isinstance(outcome, Envelope) else None
        tokens = message.subject.split(".")
        log.warning("message set aside", extra={"sequence": message.sequence, "reason": reason})
        return Quarantined(
            incarnation=self.position.incarnation,
            sequence=message.sequence,
            case_id=tokens[1],
            event_id=known.event_id if known else "",
            agency=tokens[3],
            reason=reason,
            detail=detail,
        )

    def _announce(self, batch: Batch, committed: list[Committed]) -> None:
        for row in batch.settled:
            waiting = self._own.pop(row.event_id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result((row.version or 0, row.sequence or 0))
        still: list[tuple[int, asyncio.Future[None]]] = []
        for sequence, done in self._waiting:
            if sequence > self.position.sequence:
                still.append((sequence, done))
            elif not done.done():
                done.set_result(None)
        self._waiting = still
        for event in committed:
            for listener in tuple(self._listeners):
                listener(event)


def _delivered(envelope: Envelope, sequence: int) -> OutboxRow:
    return OutboxRow(
        envelope.event_id,
        envelope.case_id,
        b"",
        status=OutboxStatus.DELIVERED,
        version=envelope.version,
        sequence=sequence,
    )
