"""One agency's replica of every case, fed from the log.

Each message is checked (envelope, signature, duty, chain), judged and committed with the replica's position in one
transaction; only then is it visible. What fails a check is set aside with its reason; every replica applies the same
checks to the same messages, so all agree.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from bus.case_file import CaseFile
from bus.envelope import MAX_BYTES, Envelope, parse
from bus.errors import EnvelopeError
from bus.log import LogMessage
from bus.members.directory import DIRECTORY_ID, Directory
from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE, NO_KEYS, Keyring
from bus.set_aside import SetAside
from bus.store import Batch, GrantDue, Head, OutboxRow, OutboxStatus, Position, Quarantined, Store

log = logging.getLogger(__name__)

Checked = tuple[Envelope, bool] | EnvelopeError
"""An envelope, and whether its signature is known to be good: its key may be admitted further on; or what is wrong."""

_WORTH_A_THREAD = 8
_WITHOUT_A_BREAK = 25  # events judged in a row: a long batch must not hold up those who wait for an answer
_READ_TOGETHER = 50
_THREADS = 2  # while one holds the interpreter, the other checks a signature


@dataclass(frozen=True, slots=True)
class Committed:
    """A case event that this replica has committed: what live updates and reactions are told.

    `before`, `case`: the case before and after it; `before` is None when nothing was committed now, but what was can be
    read. `indebted`: whether it brought agencies into the case to whom we now owe the case's keys.
    """

    envelope: Envelope
    sequence: int
    case: CaseFile
    set_aside: SetAside | None
    before: CaseFile | None = None
    indebted: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """An event that the replica holds, the case after it, and its content; None where we cannot open it."""

    envelope: Envelope
    case: CaseFile
    content: bytes | None
    set_aside: SetAside | None


@dataclass(slots=True)
class _Step:
    """What a batch of messages comes to, before it is committed: the directory and cases after it, what to announce."""

    directory: Directory
    cases: dict[str, CaseFile] = field(default_factory=dict)
    committed: list[Committed] = field(default_factory=list)


class Replica:
    """The cases as this agency holds them; `ingest` is called by one task, in log order."""

    def __init__(self, agency: str, store: Store, directory: Directory, keyring: Keyring, cached_cases: int) -> None:
        self.agency = agency
        self.directory = directory
        self.position = Position()
        self.counts = {"accepted": 0, "quarantined": 0, "set_aside": 0}
        self._store = store
        self._keyring = keyring
        self._writing = asyncio.Lock()
        self._capacity = cached_cases
        self._cache: OrderedDict[str, CaseFile] = OrderedDict()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._own: dict[str, asyncio.Future[tuple[int, int]]] = {}
        self._listeners: list[Callable[[Committed], None]] = []
        self._committing: asyncio.Task[None] | None = None
        self.on_returned: Callable[[str], None] = lambda event_id: None
        """Told the id of each event of ours that has to be submitted anew; the outbox listens."""

    async def start(self) -> None:
        """Resume where the last commit left off."""
        self.position = await self._store.position()
        self.directory = self.directory.folded(await self._store.envelopes(DIRECTORY_ID))

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
        loaded, _ = await self._load(case_id)
        # A commit may have come between: what is in the cache by now is newer. What does not exist is not kept: asking
        # for it must not push out what does.
        return self._cache.get(case_id) or (self._remember(case_id, loaded) if loaded.sequence else loaded)

    async def _load(self, case_id: str) -> tuple[CaseFile, Envelope | None]:
        """The case as the store has it, and the last event of its chain."""
        head = await self._store.head(case_id)
        case, last = await self._unopened(case_id), None
        if head is None:
            return case, last
        for envelope in await self._store.envelopes(case_id):
            if envelope.version > head.version:
                break  # committed after the head was read; the next load has both
            (case, _), last = case.with_event(envelope, self.directory), envelope
            if envelope.version % _WITHOUT_A_BREAK == 0:
                await asyncio.sleep(0)
        return replace(case, sequence=head.sequence, log_version=head.log_version), last

    async def _unopened(self, case_id: str) -> CaseFile:
        keys = await self._keyring.of(case_id)
        return CaseFile.unopened(case_id, keys, frozenset() if keys else await self._store.erased(case_id))

    def opened_now(self, key: ContentKey) -> CaseFile:
        """A case with a fresh id and key of our own: nobody can have written about it yet, so nothing is looked up."""
        return self._remember(key.case_id, CaseFile.unopened(key.case_id, (key,)))

    async def read_anew(self, case_id: str) -> CaseFile:
        """The case by the keys that the keyring now holds; listeners are told when another part of it can be read."""
        await self.read_all_anew([case_id])
        return await self.case(case_id)

    async def read_all_anew(self, case_ids: Sequence[str]) -> None:
        """The same of many cases, some in each commit.

        Nothing else is committed meanwhile, so that no batch goes on with the keys of before.
        """
        for first in range(0, len(case_ids), _READ_TOGETHER):
            async with self._writing:
                await self.settled()
                await self._read_anew(case_ids[first : first + _READ_TOGETHER])

    async def _read_anew(self, case_ids: Iterable[str]) -> None:
        heads: dict[str, Head] = {}
        told: list[Committed] = []
        for case_id in case_ids:
            before = self._cache.pop(case_id, None)
            case, last = await self._load(case_id)
            if case.sequence:
                self._remember(case_id, case)
            if last is not None and (before is None or before.view != case.view):
                heads[case_id] = case.head(self.agency)
                told.append(Committed(last, case.sequence, case, None))
        if heads:
            await self._store.write(Batch(heads=heads))
        for one in told:
            self._tell(one)

    async def history(self, case_id: str) -> AsyncIterator[Remembered]:
        """Every event of a case in order, with the case after it, its content where we can open it, and what was set
        aside.
        """
        case = await self._unopened(case_id)
        for envelope in await self._store.envelopes(case_id):
            case, aside, content = case.with_content(envelope, self.directory)
            yield Remembered(envelope, case, content, aside)

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
        await self.take(await self.check(messages))

    async def check(self, messages: Sequence[LogMessage]) -> list[tuple[LogMessage, Checked]]:
        """Check what depends on each message alone; this may run ahead of `take`, and many are checked in a thread."""
        if len(messages) < _WORTH_A_THREAD:
            return self._check_all(messages)
        size = -(-len(messages) // _THREADS)
        parts = [messages[first : first + size] for first in range(0, len(messages), size)]
        checked = await asyncio.gather(*(asyncio.to_thread(self._check_all, part) for part in parts))
        return list(chain.from_iterable(checked))

    def _check_all(self, messages: Sequence[LogMessage]) -> list[tuple[LogMessage, Checked]]:
        return [(message, self._check(message)) for message in messages]

    async def take(self, checked: Sequence[tuple[LogMessage, Checked]]) -> None:
        """Judge and commit checked messages, then make them visible."""
        async with self._writing:
            await self._take(checked)

    async def _take(self, checked: Sequence[tuple[LogMessage, Checked]]) -> None:
        fresh = [(message, outcome) for message, outcome in checked if message.sequence > self.position.sequence]
        if not fresh:
            return
        await self._look_up({_case_of(message) for message, _ in fresh})
        batch, step = Batch(), _Step(self.directory)
        for place, (message, outcome) in enumerate(fresh):
            case_id = _case_of(message)
            if case_id != DIRECTORY_ID and not isinstance(outcome, EnvelopeError) and not outcome[1]:
                part = slice(place, place + _WITHOUT_A_BREAK)
                fresh[part] = await asyncio.to_thread(_checked_again, fresh[part], step.directory)
                outcome = fresh[place][1]
            case = step.cases.get(case_id) or await self.case(case_id)
            step.cases[case_id] = await self._place(message, outcome, case, batch, step)
            if place % _WITHOUT_A_BREAK == 0:
                await asyncio.sleep(0)
        last = fresh[-1][0]
        batch.heads = {case_id: case.head(self.agency) for case_id, case in step.cases.items()}
        batch.position = Position(self.position.incarnation, last.sequence, last.digest)
        # What is on its way to the disk is seen through, whoever stops waiting: the position must never lag behind it.
        self._committing = asyncio.create_task(self._commit(batch, batch.position, step))
        await asyncio.shield(self._committing)

    async def _commit(self, batch: Batch, position: Position, step: _Step) -> None:
        await self._store.write(batch)
        for case_id, case in step.cases.items():
            self._remember(case_id, case)
        self.position = position
        self.directory = step.directory
        self._announce(batch, step.committed)

    async def settled(self) -> Position:
        """The position once nothing is on its way to the disk any more."""
        if self._committing is not None:
            await asyncio.wait([self._committing])
        return self.position

    async def _look_up(self, case_ids: Iterable[str]) -> None:
        """Learn which of these cases are new, by one query for all: then nothing needs to be loaded for them."""
        unknown = [case_id for case_id in case_ids if case_id not in self._cache]
        if unknown:
            known = await self._store.known(unknown)
            keys = await self._keyring.of_all([case_id for case_id in unknown if case_id not in known])
            for count, case_id in enumerate(unknown):
                if case_id not in known:
                    fresh = CaseFile.unopened(case_id, keys.get(case_id, NO_KEYS))
                    self._remember(case_id, self._cache.get(case_id) or fresh)
                if count % _WITHOUT_A_BREAK == 0:
                    await asyncio.sleep(0)

    def _check(self, message: LogMessage) -> Checked:
        try:
            if len(message.data) > MAX_BYTES:
                raise EnvelopeError("too-large", f"more than {MAX_BYTES} bytes")
            envelope = parse(message.headers, message.data)
            if envelope.subject != message.subject:
                raise EnvelopeError("wrong-subject", "the subject is not that of the envelope")
            self.directory.require_chain(envelope)
            return envelope, self.directory.authentic(envelope)
        except EnvelopeError as error:
            return error

    async def _place(
        self, message: LogMessage, outcome: Checked, case: CaseFile, batch: Batch, step: _Step
    ) -> CaseFile:
        """Let the message join its case's chain, or set it aside; the case after it."""
        envelope: Envelope | None = None
        try:
            if isinstance(outcome, EnvelopeError):
                raise outcome
            envelope, authentic = outcome
            if await self._is_found_again(envelope, case):
                return case.found_again(envelope, message.sequence)
            step.directory.believe(envelope, authentic=authentic)
            if case.log_version < case.version:
                case = await self._yield_to_the_log(case, batch, step)
            case.require_next(envelope)
        except EnvelopeError as error:
            self.counts["quarantined"] += 1
            batch.quarantined.append(self._set_aside(message, envelope, error.reason, str(error)))
            return case.seen(message.sequence)
        before = case
        case, aside = case.with_event(envelope, step.directory, message.sequence)
        if envelope.case_id == DIRECTORY_ID:
            step.directory, aside = step.directory.after(envelope)
        self.counts["accepted"] += 1
        batch.accept(envelope)
        if aside is not None:
            self.counts["set_aside"] += 1
            batch.quarantined.append(self._set_aside(message, envelope, aside.reason, aside.detail))
        owed: list[GrantDue] = []
        if envelope.agency == self.agency:
            batch.settled.append(_delivered(envelope, message.sequence))
            owed = _newcomers(before, case)
            batch.grants_due += owed
        step.committed.append(Committed(envelope, message.sequence, case, aside, before, bool(owed)))
        return case

    async def _is_found_again(self, envelope: Envelope, case: CaseFile) -> bool:
        """Whether a new incarnation of the log gives back the event that we hold, or has another one in its place.

        Raises EnvelopeError when the envelope does not follow the last one that the log gave back.
        """
        if case.log_version == case.version:
            return False
        (held,) = await self._store.envelopes(case.view.case_id, case.log_version, limit=1)
        in_log = replace(case, version=case.log_version, hash=held.previous)
        in_log.require_next(envelope)
        return envelope.hash == held.hash

    async def _yield_to_the_log(self, case: CaseFile, batch: Batch, step: _Step) -> CaseFile:
        """The case without the events that others have taken the place of in the log; ours are submitted anew.

        That happens when an agency which had not seen them was first to write after the log had lost them.
        """
        case_id = case.view.case_id
        envelopes = await self._store.envelopes(case_id)
        kept = CaseFile.unopened(case_id, case.keys, case.allowed)
        for envelope in envelopes[: case.log_version]:
            kept, _ = kept.with_event(envelope, step.directory)
        if case_id == DIRECTORY_ID:
            step.directory = Directory.trusting(step.directory.root).folded(envelopes[: case.log_version])
        lost = envelopes[case.log_version :]
        batch.forgotten.append((case_id, case.log_version))
        batch.settled += [OutboxRow(e.event_id, case_id, b"") for e in lost if e.agency == self.agency]
        log.error("the log has another history of a case", extra={"case_id": case_id, "given_up": len(lost)})
        return replace(kept, sequence=case.sequence)

    def _set_aside(self, message: LogMessage, known: Envelope | None, reason: str, detail: str) -> Quarantined:
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
            if row.status is OutboxStatus.PENDING:
                self.on_returned(row.event_id)
                continue
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
            self._tell(event)

    def _tell(self, event: Committed) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _checked_again(
    messages: Sequence[tuple[LogMessage, Checked]], directory: Directory
) -> list[tuple[LogMessage, Checked]]:
    """Checked ahead of the admission of their agencies, as all are that stand first in the log."""
    return [(message, _authentic(outcome, directory)) for message, outcome in messages]


def _authentic(outcome: Checked, directory: Directory) -> Checked:
    if isinstance(outcome, EnvelopeError) or outcome[1]:
        return outcome
    try:
        return outcome[0], directory.authentic(outcome[0])
    except EnvelopeError as error:
        return error


def _case_of(message: LogMessage) -> str:
    return message.subject.split(".")[1]


def _newcomers(before: CaseFile, after: CaseFile) -> list[GrantDue]:
    """Those whom our own event brought into the case: we give them its keys. We too, should our store be lost."""
    new = (each.agency for each in after.view.participants if not before.view.takes_part(each.agency))
    return [GrantDue(after.view.case_id, CASE, newcomer) for newcomer in new]


def _delivered(envelope: Envelope, sequence: int) -> OutboxRow:
    return OutboxRow(
        envelope.event_id,
        envelope.case_id,
        b"",
        status=OutboxStatus.DELIVERED,
        version=envelope.version,
        sequence=sequence,
    )
