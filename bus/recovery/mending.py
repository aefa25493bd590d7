"""Mending of single cases: we put events that the log lacks back, and fetch a case that our store lost from the log."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from bus.decider import decider_of
from bus.envelope.envelope import GENESIS, Envelope, parse
from bus.errors import BrokerAwayError, EnvelopeError
from bus.nats.log import Appended, Log, NotAppended
from bus.reconciler.obligations import Duties
from bus.reconciler.reconciler import LaterError
from bus.replica.checking import check_one
from bus.replica.fold import Fold
from bus.replica.losses import Losses
from bus.replica.replica import Replica
from bus.store import Kind, Obligation, Store, Transaction

_OTHERS_TURN: Final = 10.0  # at the latest; the fold makes it due when the log gives the awaited event
_WRITTEN_MEANWHILE: Final = 0.1

log = logging.getLogger(__name__)


class Mending:
    """Meets the obligations PUT_BACK and REPAIR for one agency."""

    def __init__(self, duties: Duties, *, log: Log, store: Store, replica: Replica, losses: Losses) -> None:
        self._duties = duties
        self._log = log
        self._store = store
        self._replica = replica
        self._losses = losses
        self._read: dict[str, tuple[int, int]] = {}  # by case: how many of its events we met, up to which sequence
        self._read_in = 0

    async def put_back(self, owed: Obligation) -> Transaction | None:
        """PUT_BACK: append our own events of the case that the log lacks, byte for byte.

        At the end a new replica gets all events of the case from the log alone. Other agencies put back theirs. The
        chain gives the order, so each event waits for the one before it. Raises LaterError while we have to wait.
        """
        if self._replica.position.recovering:
            raise LaterError(_OTHERS_TURN)  # the end of the recovery owes this again
        for needed in decider_of(owed.case_id).rests_on:
            await self._require_in_log(needed)
        position, head = self._replica.position.sequence, await self._store.head(owed.case_id)
        held = await self._store.envelopes(owed.case_id)
        known, last = await self._in_log(owed.case_id, held)
        # If the case's last message is lost, the broker may still expect its sequence, or none (0).
        places = tuple(dict.fromkeys((last, 0 if head is None else head.sequence, 0)))
        while known < len(held):
            envelope = held[known]
            if envelope.agency != self._duties.agency:
                raise LaterError(_OTHERS_TURN)
            appended = await self._append(envelope, places)
            log.warning("event put back into the log", extra={"event_id": envelope.event_id})
            known, last = known + 1, appended.sequence
            self._read[owed.case_id], places = (known, last), (last,)
        if last > position:  # the log has newer messages of the case, and one of them may follow a lost event
            raise LaterError(_WRITTEN_MEANWHILE)
        self._read.pop(owed.case_id, None)
        self._losses.has_again(owed.case_id)
        transaction = Transaction()
        transaction.hurry(Kind.DELIVER, owed.case_id)
        return transaction

    async def _append(self, envelope: Envelope, places: Iterable[int]) -> Appended:
        """Append after the case's last message. `places`: the sequences that the broker may expect for it.

        Raises LaterError on a conflict. Raises BrokerAwayError when no answer came: the next attempt reads the log
        first, because the event may be in it.
        """
        for expected in places:
            outcome = await self._log.append(envelope, expected)
            if isinstance(outcome, Appended):
                return outcome
            if outcome is NotAppended.UNKNOWN:
                raise BrokerAwayError("the broker did not say whether it took an event that is put back")
        raise LaterError(_WRITTEN_MEANWHILE)

    async def _require_in_log(self, case_id: str) -> None:
        held = await self._store.envelopes(case_id)
        known, _ = await self._in_log(case_id, held)
        if known < len(held):
            raise LaterError(_OTHERS_TURN)

    async def _in_log(self, case_id: str, held: list[Envelope]) -> tuple[int, int]:
        """Return how many of a case's events the log holds in order, and the sequence of the case's last message."""
        incarnation = self._replica.position.incarnation
        if self._read_in != incarnation:
            self._read, self._read_in = {}, incarnation
        known, last = self._read.get(case_id, (0, 0))
        async for message in self._log.chain(case_id, last):
            last = message.sequence
            if known >= len(held):
                continue  # the message may be an event that we do not hold yet
            try:
                envelope = parse(message.headers, message.data)
                known += envelope.hash == held[known].hash
            except EnvelopeError:
                pass
            self._read[case_id] = known, last
        return known, last

    async def repair(self, owed: Obligation) -> Transaction | None:
        """REPAIR: fetch the case from the log, replace it in our store, and owe again the obligations from it."""
        async with self._replica.committing:
            position = self._replica.position
            fold = Fold(self._duties, self._replica, self._replica.directory, self._replica.empty, anew=True)
            fold.transaction.durable = True
            fold.transaction.forget_after(owed.case_id, 0)
            async for message in self._log.chain(owed.case_id):
                if message.sequence > position.sequence:
                    break
                await fold.take(message, check_one(message, fold.directory))
            fold.last = None
            case = await fold.case(owed.case_id)
            at = 0.0 if not fold.told else fold.told[-1].envelope.recorded_at.timestamp()
            if case.chain.hash != GENESIS:
                fold.transaction.oblige(*self._duties.opened(case, at), Obligation(Kind.LOOK, "", since=at))
            last = fold.told[-1].envelope if fold.told else None
            await self._replica.replace_case(case, last, fold.transaction)
        return None
