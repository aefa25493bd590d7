"""Recovery: a mode in which the replica reads the log again from its beginning, after messages were lost or changed.

During a recovery we append nothing. The replica compares the log with its own events. Our own store or other agencies
fill the missing sequences, and the filling events pass the same checks as any message. At the end we owe the log each
event of ours that it lacks. The log's order decides: if another event has taken the place of an event of ours, we give
ours up and submit it again. The file has over 250 lines because a recovery is one journey through the log, from its
beginning to its end.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError, EnvelopeError
from bus.nats.log import Log, LogMessage
from bus.reconciler.obligations import Duties
from bus.reconciler.reconciler import LaterError
from bus.recovery.holders import Holders
from bus.replica.checking import Checked, Outcome, check, check_one
from bus.replica.fold import Fold
from bus.replica.losses import Losses
from bus.replica.replica import Replica, fingerprint
from bus.store import Kind, Obligation, OutboxRow, Position, Store, Transaction, statements
from bus.submission.outbox import Outbox

_HEADS_AT_ONCE: Final = 1000
_HELD_AT_HAND: Final = 2000
_ASK_FOR: Final = 15.0
_ASK_AGAIN_AFTER: Final = 1.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Reading:
    """One reading of the log from its beginning.

    Attributes:
        directory: The directory at this place in the log.
        followed: The last sequence that we had followed before.
        last: The last sequence read so far.
        seen: By case, the versions met so far, one bit each.
        in_log: By case, the number of events that the log itself holds in order, as a new replica counts them.
        losses: The ranges of lost sequences: (first, last, True if the lost messages are known).
        held: A cache of chains as we hold them: (hash, previous hash) by version.
    """

    directory: Directory
    followed: int
    last: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    in_log: dict[str, int] = field(default_factory=dict)
    losses: list[tuple[int, int, bool]] = field(default_factory=list)
    held: OrderedDict[str, list[tuple[str, str]]] = field(default_factory=OrderedDict)

    def is_new(self, envelope: Envelope) -> bool:
        """Return whether the event was not met before, or was put back: then the log has it in order only now."""
        return not self.seen.get(envelope.case_id, 0) >> envelope.version & 1 or self._is_next_in_log(envelope)

    def _is_next_in_log(self, envelope: Envelope) -> bool:
        return envelope.version == self.in_log.get(envelope.case_id, 0) + 1

    def see(self, message: LogMessage, envelope: Envelope) -> None:
        """Note that we met the event, in the log or in one of its holes."""
        self.seen[envelope.case_id] = self.seen.get(envelope.case_id, 0) | 1 << envelope.version
        fills_a_hole = any(first <= message.sequence <= last for first, last, _ in self.losses)
        if not fills_a_hole and self._is_next_in_log(envelope):
            self.in_log[envelope.case_id] = envelope.version

    def require_next(self, envelope: Envelope, held: tuple[str, str]) -> None:
        """Require, as a new replica would, that the envelope follows the events of its case read so far.

        `held`: hash and previous hash of the event that we hold at this version. Raises EnvelopeError.
        """
        given = self.seen.get(envelope.case_id, 0) >> 1
        version = (given + 1 & ~given).bit_length() - 1
        if envelope.version <= version:
            raise EnvelopeError("stale-version", f"version {envelope.version} is taken")
        if envelope.version > version + 1:
            raise EnvelopeError("gap", f"version {envelope.version} does not follow {version}")
        if envelope.previous != held[1]:
            raise EnvelopeError("broken-chain", "the previous hash is not that of the case's last event")


class Recovery:
    """Detects that the log is not the one that we know, and makes the log and the replica whole again."""

    def __init__(
        self,
        duties: Duties,
        root: Directory,
        *,
        log: Log,
        store: Store,
        replica: Replica,
        outbox: Outbox,
        losses: Losses,
        holders: Holders,
        now: Callable[[], datetime],
    ) -> None:
        self._duties = duties
        self._root = root
        self._log = log
        self._store = store
        self._replica = replica
        self._outbox = outbox
        self._losses = losses
        self._holders = holders
        self._now = now
        self.wanted = asyncio.Event()
        """Set when `why` should be asked now and not only at the next hourly audit."""
        self._met: str | None = None
        self._asked_for = 0
        holders.on_asked = self._asked

    def met(self, reason: str) -> None:
        """Note a reason to read the log again that the log's counts do not show."""
        self._met = reason
        self.wanted.set()

    def _asked(self, first: int, last: int) -> None:
        """Another agency asks for these sequences: check whether the log still has them."""
        if not self._losses.count(first, first):
            self._asked_for = first
            self.wanted.set()

    async def why(self) -> str | None:
        """Return the reason to read the log again, in plain words; None when the log is whole and the one we know.

        Raises BrokerAwayError, UnsafeBrokerError or StoreError.
        """
        self.wanted.clear()
        position, state = self._replica.position, await self._log.state()
        if position.recovering:
            return "the log is incomplete here: an earlier reading was not finished"
        if self._met is not None:
            return self._met
        asked, self._asked_for = self._asked_for, 0
        if asked and asked <= position.sequence and await self._log.message(asked) is None:
            return f"the log has lost message {asked}, which another agency asks for"
        if position.sequence > state.last:
            return f"the log has lost its end: it goes to {state.last}, and we had followed it to {position.sequence}"
        if position.sequence and not self._losses.count(position.sequence, position.sequence):
            message = await self._log.message(position.sequence)
            if message is None:
                return f"the log has lost message {position.sequence}"
            if message.digest != position.digest:
                return f"the log has lost message {position.sequence}, and another one is in its place"
        missing = state.last - state.messages - self._losses.count(1, state.last)
        if missing > 0:
            return f"the log has lost {missing} messages"
        if not await self._replica.is_whole():
            return "the store does not hold what was committed"
        return None

    async def run(self, batch: int, why: str) -> None:
        """Read the log again from its beginning, and make the replica level with it.

        `batch`: the largest number of messages at once. `why`: the reason, for the service's log.
        """
        log.error("reading the log again", extra={"why": why})
        reading = await self._begin()
        async with self._log.follow(0, batch) as follower:
            end = await self._log.last()
            while reading.last < end:
                async for checked in self._whole(await follower.next(), reading):
                    await self._take(checked, reading)
        state = await self._log.state()
        if state.last > reading.last and await self._log.last() == reading.last:  # the log lost its last messages
            async for checked in self._filled(reading.last + 1, state.last, reading):
                await self._take(checked, reading)
        await self._end(reading)

    async def _begin(self) -> _Reading:
        async with self._replica.committing:
            position = self._replica.position
            transaction, mark, last = Transaction(), 0, ""
            while heads := await self._store.heads(last, _HEADS_AT_ONCE):
                mark ^= fingerprint(heads)
                last = heads[-1].case_id
            for statement in (*(() if position.recovering else statements.REMEMBER_PLACES), *statements.BEGIN_READING):
                transaction.add(statement, {})
            begun = Position(position.incarnation + 1, 0, "", f"{mark:x}", recovering=True)
            await self._store.write(transaction, begun)
            self._replica.show({}, self._replica.directory, begun, ())
            self._met = None
        return _Reading(self._root, await self._store.followed() if position.recovering else position.sequence)

    async def _whole(self, messages: list[LogMessage], reading: _Reading) -> AsyncIterator[list[Checked]]:
        """Yield these messages, checked; where sequences are missing, the events that fill them come in between."""
        whole: list[LogMessage] = []
        last = reading.last
        for message in messages:
            if message.sequence != last + 1:
                yield await check(whole, reading.directory)
                async for checked in self._filled(last + 1, message.sequence - 1, reading):
                    yield checked
                whole = []
            whole.append(message)
            last = message.sequence
        yield await check(whole, reading.directory)

    async def _filled(self, first: int, last: int, reading: _Reading) -> AsyncIterator[list[Checked]]:
        """Yield the events that stood at these sequences, from our own store or from other agencies; note the loss."""
        complete = last <= reading.followed
        found = await self._own(first, last)
        if not complete:
            others, complete = await self._ask(first, last)
            found = others | found
        log.error("the log lost messages", extra={"first": first, "last": last, "filled": complete})
        reading.losses.append((first, last, complete))
        filled = [LogMessage(at, held.subject, held.headers, held.data) for at, held in sorted(found.items())]
        yield [(message, check_one(message, reading.directory)) for message in filled]

    async def _own(self, first: int, last: int) -> dict[int, Envelope]:
        found: dict[int, Envelope] = {}
        for sequence, case_id, version in await self._store.places(first, last, last - first + 1, former=True):
            try:
                for envelope in await self._store.envelopes(case_id, version - 1, 1):
                    found[sequence] = envelope
            except DamagedCaseError:
                continue
        return found

    async def _ask(self, first: int, last: int) -> tuple[dict[int, Envelope], bool]:
        """Ask the others, for at most 15 seconds. Return the events, and True if they are complete.

        We wait for them, because an event that continues a shortened case would be in conflict with the lost ones.
        """
        until = asyncio.get_running_loop().time() + _ASK_FOR
        while True:
            found, complete = await self._holders.ask(first, last)
            if complete or asyncio.get_running_loop().time() > until:
                return found, complete
            await asyncio.sleep(_ASK_AGAIN_AFTER)

    async def _take(self, checked: list[Checked], reading: _Reading) -> None:
        """Compare these messages with our own events, fold the new ones, and commit."""
        if not checked:
            return
        async with self._replica.committing:
            load, at = self._replica.case, self._now()
            fold = Fold(self._duties, self._replica, reading.directory, load, anew=True, received_at=at)
            for message, outcome in checked:
                await self._place(message, outcome, fold, reading)
                reading.last = max(reading.last, message.sequence)
            reading.directory = fold.directory
            position = fold.position()
            await self._store.write(fold.transaction, position)
            directory = self._replica.directory
            for case in fold.cases.values():
                directory = directory.following(case.view)
            self._replica.show(fold.cases, directory, position, fold.told, fold.damaged)

    async def _place(self, message: LogMessage, outcome: Outcome, fold: Fold, reading: _Reading) -> None:
        """Fold one message. Its event is one that we hold, or a new one, or one that takes the place of a lost one."""
        fold.last, envelope = message, None
        try:
            if isinstance(outcome, EnvelopeError):
                raise outcome
            envelope, authentic = outcome
            fold.directory.believe(envelope, authentic=authentic)
            case = await fold.case(envelope.case_id)
            held = await self._held(envelope, case, reading)
            if held is not None and held[0] == envelope.hash and reading.is_new(envelope):
                fold.confirm(case, envelope, message.sequence)
                if fold.directory.keeps(envelope):
                    fold.directory, _ = fold.directory.after(envelope)
                return reading.see(message, envelope)
            if held is not None:
                reading.require_next(envelope, held)
                await self._yield(fold, case, envelope.version - 1)
                reading.held.pop(envelope.case_id, None)
        except EnvelopeError as error:
            return fold.reject(message, envelope, error.reason, str(error))
        except DamagedCaseError as error:
            return fold.damage(error.case_id)
        fold.transaction.forget_after(envelope.case_id, envelope.version - 1)  # a damaged store may hold later events
        await fold.take(message, outcome)
        if fold.cases[envelope.case_id].chain.hash == envelope.hash:
            reading.see(message, envelope)
        return None

    async def _held(self, envelope: Envelope, case: CaseReplica, reading: _Reading) -> tuple[str, str] | None:
        """Return hash and previous hash of the event that we hold at this version, or None.

        Raises EnvelopeError `stale-version` when the same batch brought that event.
        """
        if envelope.version > case.chain.version:
            return None
        chain = reading.held.get(case.case_id)
        if chain is None or len(chain) < envelope.version:
            chain = [(each.hash, each.previous) for each in await self._store.envelopes(case.case_id)]
            reading.held[case.case_id] = chain
            while len(reading.held) > _HELD_AT_HAND:
                reading.held.popitem(last=False)
        if len(chain) < envelope.version:
            raise EnvelopeError("stale-version", f"version {envelope.version} came just before")
        return chain[envelope.version - 1]

    async def _yield(self, fold: Fold, case: CaseReplica, version: int) -> None:
        """Give up our copies of a case's events after a version: the log has others there. Submit our own again."""
        lost = await self._store.envelopes(case.case_id, version)
        log.error("the log has another history of a case", extra={"case_id": case.case_id, "given_up": len(lost)})
        kept = CaseReplica.unopened(case.case_id, case.all_keys, case.authorised, case.reader)
        for envelope in await self._store.envelopes(case.case_id, 0, version):
            kept = kept.after(envelope, self._replica.directory, case.chain.sequence).case
        fold.cases[case.case_id] = kept
        fold.transaction.forget_after(case.case_id, version)
        fold.transaction.react_again(case.case_id, version)
        for envelope in lost:
            if envelope.agency == self._duties.agency:
                fold.transaction.settle(OutboxRow(envelope.event_id, case.case_id, b""))
                fold.transaction.oblige(Obligation(Kind.DELIVER, case.case_id, since=self._now().timestamp()))
                self._outbox.take_back(case.case_id)

    async def _end(self, reading: _Reading) -> None:
        """Note the losses, owe the log our events that it lacks, and leave the mode of recovery."""
        await self._losses.replace(reading.losses)
        last, since = "", self._now().timestamp()
        while heads := await self._store.heads(last, _HEADS_AT_ONCE):
            lacking = [head.case_id for head in heads if reading.in_log.get(head.case_id, 0) < head.version]
            self._losses.lacks(lacking)
            transaction = Transaction()
            transaction.oblige(*(Obligation(Kind.PUT_BACK, case_id, since=since) for case_id in lacking))
            await self._store.write(transaction)
            last = heads[-1].case_id
        async with self._replica.committing:
            done = replace(self._replica.position, recovering=False)
            transaction = Transaction()
            for first, end in self._losses.unfilled:
                transaction.oblige(Obligation(Kind.FILL, "", f"{first}-{end}", since=since))
            transaction.hurry_all(Kind.PUT_BACK)  # those that were tried during the recovery wait for its end
            for statement in statements.END_READING:
                transaction.add(statement, {})
            transaction.put_position(done)
            await self._store.write(transaction)
            self._replica.show({}, self._replica.directory, done, ())

    async def fill(self, owed: Obligation) -> Transaction | None:
        """FILL: ask the others again for lost messages. If they have them, the log is read again.

        Raises LaterError until the messages are filled.
        """
        first, last = map(int, owed.detail.split("-"))
        if (first, last) not in self._losses.unfilled:
            return None
        _, complete = await self._holders.ask(first, last)
        if complete:
            self.met("others have what the log lost")
        raise LaterError(30.0)
