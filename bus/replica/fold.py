"""Fold messages of the log into cases, in memory, and collect the rows to commit with them.

Every replica applies the same checks to the same messages, so all accept the same events and void the same events.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bus.case.case_replica import CaseReplica, Folded
from bus.decider import decider_of
from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError, EnvelopeError
from bus.invariants import CHAIN_GROWS, POSITION_GROWS, VIEW_FOLLOWS, invariant
from bus.nats.log import LogMessage
from bus.read_models import feed_of_work
from bus.reconciler.obligations import Duties
from bus.replica.checking import Outcome
from bus.replica.replica import Committed, Replica, fingerprint
from bus.store import Change, Head, Kind, Obligation, OutboxRow, OutboxStatus, Position, QuarantineEntry, Transaction

_DETAIL: Final = 200

log = logging.getLogger(__name__)


class Fold:
    """Folds a batch of messages, in order, into the cases as last committed. Nothing is written or shown yet.

    Attributes:
        directory: The directory after the batch so far.
        cases: The cases after the batch so far, by id.
        transaction: The rows to commit.
        told: The events to tell the listeners about, after the commit.
        void: The number of void events.
        rejected: The number of rejected messages.
        last: The last message taken.
        damaged: The cases whose events in the store are damaged.
    """

    def __init__(
        self,
        duties: Duties,
        replica: Replica,
        directory: Directory,
        load: Callable[[str], Awaitable[CaseReplica]],
        *,
        anew: bool = False,
        received_at: datetime | None = None,
    ) -> None:
        """`load`: returns a case as it was before the batch. `anew`: True if the lists must be written from scratch.

        `received_at`: when the batch came; None: its events are read again, and came at an earlier time.
        """
        self._received_at = received_at
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
        self._session = replica.session
        self._set_aside: list[Change] = []

    async def case(self, case_id: str) -> CaseReplica:
        """Return a case after the batch so far. Raises DamagedCaseError."""
        if case_id not in self.cases:
            if case_id in self.damaged:
                raise DamagedCaseError(case_id, "it is to be fetched anew")
            case = await self._load(case_id)
            self._before[case_id] = case.head(self._duties.agency)
            self._first[case_id] = self.cases[case_id] = case
        return self.cases[case_id]

    async def take(self, message: LogMessage, outcome: Outcome) -> None:
        """Fold one checked message: its event joins the case's chain, or the message is rejected."""
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
        """Fold the chain's next event; collect its rows and our obligations."""
        chain = case.chain
        invariant(envelope.version == chain.version + 1 and envelope.previous == chain.hash, CHAIN_GROWS)
        folded = case.after(envelope, self.directory, sequence)
        after, agency = folded.case, self._duties.agency
        invariant(after.view.version <= after.chain.version, VIEW_FOLLOWS)
        self.cases[after.case_id] = after
        self.directory = self.directory.following(after.view)
        self.transaction.accept(envelope, sequence, self._received_at)
        if folded.void is not None:
            self.void += 1
            log.warning("event without effect", extra={"sequence": sequence, "reason": folded.void.reason})
            self._quarantine(sequence, envelope, envelope.agency, folded.void.reason, folded.void.detail)
        if envelope.agency == agency:
            delivered = OutboxStatus.DELIVERED
            row = OutboxRow(envelope.event_id, envelope.case_id, b"", None, None, delivered, envelope.version, sequence)
            self.transaction.extend([feed_of_work.attended(self._session, envelope.event_id)])
            self.transaction.settle(row)
        self.transaction.oblige(*self._owed(envelope, case, folded))
        self._accepted[after.case_id] = envelope
        self.told.append(Committed(envelope, sequence, after, folded.void, case, folded.event))

    def _owed(self, envelope: Envelope, before: CaseReplica, folded: Folded) -> list[Obligation]:
        """Return our obligations from an event.

        If that fails, return REACT and CONSENT, so that the replica goes on and no other case waits.
        """
        try:
            return list(self._duties.after(envelope, before, folded.case, effect=folded.void is None))
        except Exception as error:
            log.error("obligations not known", extra={"event_id": envelope.event_id, "error": type(error).__name__})
            return list(self._duties.opened(folded.case, envelope.recorded_at.timestamp(), clock=False))

    async def _is_put_back(self, envelope: Envelope) -> bool:
        """Return whether this is an event that we hold, which its agency has put back after the log lost messages."""
        return self._position.incarnation > 1 and await self._is_held(envelope)

    def confirm(self, case: CaseReplica, envelope: Envelope, sequence: int) -> None:
        """Note the place in the log of an event that we already hold; after a loss the place may be a new one.

        If we must put back the next event of the case, we can do it now; so that obligation is made due.
        """
        self.transaction.place(envelope.case_id, envelope.version, sequence)
        if decider_of(envelope.case_id).rests_on:
            self.transaction.hurry(Kind.PUT_BACK, envelope.case_id)
        else:  # this is the directory, on which every case rests
            self.transaction.hurry_all(Kind.PUT_BACK)
        if envelope.version == case.chain.version:
            self.cases[case.case_id] = replace(case, chain=replace(case.chain, sequence=sequence))

    def damage(self, case_id: str) -> None:
        """The store does not hold the case as it was written. Skip the case, and owe its repair."""
        self.damaged.add(case_id)
        self.cases.pop(case_id, None)
        self._before.pop(case_id, None)
        self._accepted.pop(case_id, None)
        self.transaction.oblige(Obligation(Kind.REPAIR, case_id))

    def reject(self, message: LogMessage, envelope: Envelope | None, reason: str, detail: str) -> None:
        """Reject a message that joins no chain. It is quarantined, unless too many of its agency are already."""
        self.rejected += 1
        agency = _agency_of(message)
        if self._rejections.note(agency, reason, message.sequence):
            self._quarantine(message.sequence, envelope, agency, reason, detail)

    def _quarantine(self, sequence: int, envelope: Envelope | None, agency: str, reason: str, detail: str) -> None:
        message = QuarantineEntry(
            incarnation=self._position.incarnation,
            sequence=sequence,
            case_id=envelope.case_id if envelope else "",
            event_id=envelope.event_id if envelope else "",
            agency=agency,
            reason=reason,
            detail=detail[:_DETAIL],
        )
        self.transaction.quarantine(message)
        if message.case_id not in ("", DIRECTORY_ID):
            self._set_aside.append(feed_of_work.set_aside(self._session, message))

    def position(self) -> Position:
        """Return the position after the batch, and add the heads and the rows of the lists to the transaction.

        Call it once, after the last message.
        """
        for case_id, newest in self._accepted.items():  # once for each case, however many events it got
            before = None if self._anew else self._first[case_id]
            self.transaction.extend(self._listed(before, self.cases[case_id], newest))
        self.transaction.extend(self._set_aside)  # after the events: the feed may have begun to tell the case with them
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
    """Return the agency that the broker allowed to publish this: the subject's last token, at most 200 characters."""
    return message.subject.rpartition(".")[2][:_DETAIL]
