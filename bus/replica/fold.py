"""Folding messages of the log into cases, in memory, and collecting what is to be committed for them.

Every replica applies the same checks to the same messages, so all accept and void the same.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bus.case.case_replica import CaseReplica, Folded
from bus.decider import decider_of
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError, EnvelopeError
from bus.invariants import POSITION_GROWS, VIEW_FOLLOWS, invariant
from bus.nats.log import LogMessage
from bus.reconciler.obligations import Duties
from bus.replica.checking import Outcome
from bus.replica.replica import Committed, Replica, fingerprint
from bus.store import Head, Kind, Obligation, OutboxRow, OutboxStatus, Position, QuarantineEntry, Transaction

_DETAIL: Final = 200

log = logging.getLogger(__name__)


class Fold:
    """Some messages of the log, one after another, on the cases as they are committed."""

    def __init__(
        self,
        duties: Duties,
        replica: Replica,
        directory: Directory,
        load: Callable[[str], Awaitable[CaseReplica]],
        *,
        anew: bool = False,
    ) -> None:
        """`load`: gives a case before these messages. `anew`: whether the lists may say other things of it by now."""
        self._anew = anew
        self.directory = directory
        self.cases: dict[str, CaseReplica] = {}
        self.transaction = Transaction(durable=False)
        self.told: list[Committed] = []
        self.void = 0
        self.rejected = 0
        self.last: LogMessage | None = None
        self.damaged: set[str] = set()
        self._duties = duties
        self._position = replica.position
        self._rejections = replica.rejections
        self._is_held = replica.holds
        self._load = load
        self._before: dict[str, Head] = {}
        self._first: dict[str, CaseReplica] = {}
        self._accepted: dict[str, Envelope] = {}
        self._listed = replica.listed

    async def case(self, case_id: str) -> CaseReplica:
        """The case after what was folded so far; raises DamagedCaseError."""
        if case_id not in self.cases:
            if case_id in self.damaged:
                raise DamagedCaseError(case_id, "it is to be fetched anew")
            case = await self._load(case_id)
            self._before[case_id] = case.head(self._duties.agency)
            self._first[case_id] = self.cases[case_id] = case
        return self.cases[case_id]

    async def take(self, message: LogMessage, outcome: Outcome) -> None:
        """Let the message join its case's chain, or reject it."""
        self.last, envelope = message, None
        try:
            if isinstance(outcome, EnvelopeError):
                raise outcome
            envelope, authentic = outcome
            self.directory.believe(envelope, authentic=authentic)
            case = await self.case(envelope.case_id)
            case.chain.require_next(envelope)
        except EnvelopeError as error:
            if envelope is not None and error.reason == "stale-version" and await self._is_put_back(envelope):
                self.confirm(self.cases[envelope.case_id], envelope, message.sequence)
            else:
                self.reject(message, envelope, error.reason, str(error))
        except DamagedCaseError as error:
            self.damage(error.case_id)
        else:
            self.accept(case, envelope, message.sequence)

    def accept(self, case: CaseReplica, envelope: Envelope, sequence: int) -> None:
        """The envelope is the chain's next: fold it, keep it, owe what it brings."""
        folded = case.after(envelope, self.directory, sequence)
        after, agency = folded.case, self._duties.agency
        invariant(after.view.version <= after.chain.version, VIEW_FOLLOWS)
        self.cases[after.case_id] = after
        self.directory = self.directory.following(after.view)
        self.transaction.accept(envelope, sequence)
        if folded.void is not None:
            self.void += 1
            log.warning("event without effect", extra={"sequence": sequence, "reason": folded.void.reason})
            self._quarantine(sequence, envelope, envelope.agency, folded.void.reason, folded.void.detail)
        if envelope.agency == agency:
            delivered = OutboxStatus.DELIVERED
            row = OutboxRow(envelope.event_id, envelope.case_id, b"", None, None, delivered, envelope.version, sequence)
            self.transaction.settle(row)
        self.transaction.oblige(*self._owed(envelope, case, folded))
        self._accepted[after.case_id] = envelope
        self.told.append(Committed(envelope, sequence, after, folded.void, case, folded.event))

    def _owed(self, envelope: Envelope, before: CaseReplica, folded: Folded) -> list[Obligation]:
        """What the event obliges us to; where that cannot be told, no other case is held up by it."""
        try:
            return list(self._duties.after(envelope, before, folded.case, effect=folded.void is None))
        except Exception as error:
            log.error("obligations not known", extra={"event_id": envelope.event_id, "error": type(error).__name__})
            return list(self._duties.opened(folded.case, envelope.recorded_at.timestamp(), clock=False))

    async def _is_put_back(self, envelope: Envelope) -> bool:
        """Whether the log has lost messages before, and this is an event that we hold, put back by its agency."""
        return self._position.incarnation > 1 and await self._is_held(envelope)

    def confirm(self, case: CaseReplica, envelope: Envelope, sequence: int) -> None:
        """The log has an event that we hold, at a place that may be another: who waits to put back the next is told."""
        self.transaction.place(envelope.case_id, envelope.version, sequence)
        if decider_of(envelope.case_id).rests_on:
            self.transaction.hurry(Kind.PUT_BACK, envelope.case_id)
        else:  # others rest on it
            self.transaction.hurry_all(Kind.PUT_BACK)
        if envelope.version == case.chain.version:
            self.cases[case.case_id] = replace(case, chain=replace(case.chain, sequence=sequence))

    def damage(self, case_id: str) -> None:
        """The case is not in the store as it was written: leave it, and owe its repair."""
        self.damaged.add(case_id)
        self.cases.pop(case_id, None)
        self._before.pop(case_id, None)
        self._accepted.pop(case_id, None)
        self.transaction.oblige(Obligation(Kind.REPAIR, case_id))

    def reject(self, message: LogMessage, envelope: Envelope | None, reason: str, detail: str) -> None:
        """The message is not an event of any chain."""
        self.rejected += 1
        agency = _agency_of(message)
        if self._rejections.note(agency, reason, message.sequence):
            self._quarantine(message.sequence, envelope, agency, reason, detail)

    def _quarantine(self, sequence: int, envelope: Envelope | None, agency: str, reason: str, detail: str) -> None:
        self.transaction.quarantine(
            QuarantineEntry(
                incarnation=self._position.incarnation,
                sequence=sequence,
                case_id=envelope.case_id if envelope else "",
                event_id=envelope.event_id if envelope else "",
                agency=agency,
                reason=reason,
                detail=detail[:_DETAIL],
            )
        )

    def position(self) -> Position:
        """How far the log is followed once this is committed; the transaction then holds heads and read models."""
        for case_id, newest in self._accepted.items():  # of each case once, however many events of it there are
            before = None if self._anew else self._first[case_id]
            self.transaction.extend(self._listed(before, self.cases[case_id], newest))
        heads = [case.head(self._duties.agency) for case in self.cases.values() if case.chain.version]
        changed = [head for head in heads if head != self._before[head.case_id]]
        self.transaction.put_heads(changed)
        mark = int(self._position.fingerprint, 16)
        mark ^= fingerprint(changed) ^ fingerprint(self._before[head.case_id] for head in changed)
        last = self.last
        if last is None:
            return self._position
        position = self._position
        invariant(self._anew or last.sequence > position.sequence, POSITION_GROWS)
        return Position(position.incarnation, last.sequence, last.digest, f"{mark:x}", position.recovering)


def _agency_of(message: LogMessage) -> str:
    """The agency that the broker let publish this: the last token, of a bounded length."""
    return message.subject.rpartition(".")[2][:_DETAIL]
