"""The outbox: an event of this agency is on its own disk before it is sent, and stays there until it is in the log.

An event that the rules refuse at sending time is parked for a caseworker. No event is lost, doubled or sent against
the rules.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from weakref import WeakValueDictionary

from bus.case.case_replica import CaseReplica
from bus.case.drafts import content_of_draft, event_of_draft, load
from bus.decider import State, decider_of
from bus.envelope.envelope import Draft, rfc3339
from bus.errors import StoreError, UnknownOutcomeError
from bus.read_models import feed_of_work
from bus.replica.replica import Committed, Replica
from bus.store import (
    Dismissal,
    DismissalReason,
    Kind,
    Obligation,
    OutboxRow,
    OutboxStatus,
    Store,
    Transaction,
    WrappedKey,
)
from bus.submission.submission import BY_CLOCK, Receipt
from contracts.event.case_event import Provenance
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import AgencyId, AgencyKind

CALLER_WAITS: Final = 5.0
_TAKEN_UP_AFTER: Final = CALLER_WAITS + 1.0  # by then `submit` no longer tries to send it for its caller

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sending:
    """An event that is being sent. `receipt` is set once our own replica has committed it."""

    receipt: Receipt | None = None


class Outbox:
    """This agency's events that are not in the log yet; those of one case in order of submission."""

    def __init__(
        self, agency: AgencyId, kind: AgencyKind, *, store: Store, replica: Replica, now: Callable[[], datetime]
    ) -> None:
        self._agency = agency
        self._kind = kind
        self._store = store
        self._replica = replica
        self._now = now
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._open: dict[str, list[OutboxRow]] = {}
        self._unsure: set[str] = set()
        self._sending: dict[str, Sending] = {}
        self.on_told: Callable[[], None] = lambda: None
        """Called after an event was parked or dismissed."""
        replica.listen(self._on_committed)

    async def start(self) -> None:
        """Read the open events from the store."""
        self._open.clear()
        for row in await self._store.outbox():
            self._open.setdefault(row.case_id, []).append(row)

    def turn(self, case_id: str) -> asyncio.Lock:
        """Return the case's lock. It is held while one event of ours is judged and sent."""
        return self._turns.setdefault(case_id, asyncio.Lock())

    def waiting(self, status: OutboxStatus) -> list[OutboxRow]:
        """Return the events with this status, PENDING or PARKED, of all cases."""
        return [row for rows in self._open.values() for row in rows if row.status is status]

    async def rows(self, case_id: str) -> list[OutboxRow]:
        """Return the pending and parked events of a case, oldest first.

        After a write with an unknown outcome they are read from the store again. Raises StoreError.
        """
        if case_id in self._unsure:
            self._open[case_id] = await self._store.outbox_of(case_id)
            self._unsure.discard(case_id)
        return list(self._open.get(case_id, ()))

    async def pending(self, case_id: str) -> list[OutboxRow]:
        """Return the pending events of a case, oldest first."""
        return [row for row in await self.rows(case_id) if row.status is OutboxStatus.PENDING]

    async def with_pending(self, case: CaseReplica) -> State:
        """Return the case's state as it will be once our pending events are in the log.

        Events that we cannot open, or that the rules refuse, are left out.
        """
        state, decider = case.next_state, decider_of(case.case_id)
        for row in await self.pending(case.case_id):
            draft = load(row)
            event, by = self.event_of(case, draft), self.provenance(draft)
            if event is not None and decider.decide(state, event, by) is None:
                state = decider.evolve(state, event, by)
        return state

    def event_of(self, case: CaseReplica, draft: Draft) -> PublishedEvent | None:
        """Return the event in a draft, or None when the key that opens it is gone."""
        return event_of_draft(case.all_keys, draft, self._agency)

    def provenance(self, draft: Draft) -> Provenance:
        """Return the provenance of our own event, as the rules need it."""
        return Provenance(draft.event_id, self._agency, self._kind, draft.recorded_at)

    async def keep(self, row: OutboxRow, keys: list[WrappedKey]) -> None:
        """Write an event to the store, in one transaction with its obligation DELIVER and the keys of a new case.

        Raises UnknownOutcomeError when the store fails; the next call for this case then reads what the store kept.
        """
        at = self._now().timestamp()
        transaction = Transaction()
        transaction.put_keys(keys, self._now())
        transaction.submit(row)
        transaction.oblige(Obligation(Kind.DELIVER, row.case_id, due_at=at + _TAKEN_UP_AFTER, since=at))
        self._unsure.add(row.case_id)
        try:
            await self._store.write(transaction)
        except StoreError as error:
            raise UnknownOutcomeError(row.event_id) from error
        self._unsure.discard(row.case_id)
        self._open.setdefault(row.case_id, []).append(row)

    async def leave(self, row: OutboxRow) -> Receipt:
        """Leave a pending event to the reconciler, and ask it to begin now.

        If that write fails, the reconciler begins by itself a few seconds later.
        """
        with suppress(StoreError):
            await self._store.hurry(self._now().timestamp(), Kind.DELIVER, row.case_id)
        return Receipt.of(row)

    async def withdraw(self, row: OutboxRow) -> None:
        """Remove an event that the rules refused while its caller waited."""
        transaction = Transaction()
        transaction.withdraw(row)
        await self._store.write(transaction)
        self._done(row.case_id, row.event_id)

    async def park(self, row: OutboxRow, reason: str) -> Receipt:
        """Park an event that cannot be sent: a caseworker has to decide. `reason`: a short code or a rule's id.

        An event of the clock is forgotten instead: mostly another agency was first, and a clock that still runs rings
        again.
        """
        parked = replace(row, status=OutboxStatus.PARKED, reason=reason)
        if (row.idempotency_key or "").startswith(BY_CLOCK):
            await self.withdraw(row)
            return Receipt.of(parked)
        transaction = Transaction.of([feed_of_work.parked(self._replica.session, row.event_id)])
        transaction.settle(parked)
        await self._store.write(transaction)
        self.on_told()
        rows = self._open.get(row.case_id, [])
        self._open[row.case_id] = [parked if each.event_id == row.event_id else each for each in rows]
        log.warning("event needs attention", extra={"event_id": row.event_id, "reason": reason})
        return Receipt.of(parked)

    async def dismiss(self, event_id: str, reason: DismissalReason) -> Dismissal | None:
        """Dismiss a parked event. It stays in the store, with the reason.

        Return the dismissal; after a second call, the first one. None when the event is not parked.
        """
        row = await self._store.submission(event_id)
        if row is None:
            return None
        async with self.turn(row.case_id):
            rows = await self.rows(row.case_id)
            if any(each.event_id == event_id and each.status is OutboxStatus.PARKED for each in rows):
                dismissal = Dismissal(event_id, reason, rfc3339(self._now(), "microseconds"))
                transaction = Transaction.of([feed_of_work.attended(self._replica.session, event_id)])
                transaction.dismiss(dismissal)
                await self._store.write(transaction)
                self.on_told()
                self._done(row.case_id, event_id)
            return await self._store.dismissal(event_id)

    @contextmanager
    def sending(self, event_id: str) -> Iterator[Sending]:
        """Within the block, note when our own replica commits the event: `Sending.receipt` is then set."""
        sending = self._sending[event_id] = Sending()
        try:
            yield sending
        finally:
            self._sending.pop(event_id, None)

    def _on_committed(self, committed: Committed) -> None:
        envelope = committed.envelope
        if envelope.agency != self._agency or committed.before is None:
            return
        self._done(envelope.case_id, envelope.event_id)
        if (sending := self._sending.get(envelope.event_id)) is not None:
            delivered = OutboxStatus.DELIVERED
            sending.receipt = Receipt(
                envelope.event_id, envelope.case_id, delivered, envelope.version, committed.sequence
            )

    def take_back(self, case_id: str) -> None:
        """Read the case's events from the store at the next call: some that were delivered are pending again."""
        self._unsure.add(case_id)

    async def forget_case(self, case_id: str) -> None:
        """Forget the events of an erased case."""
        async with self.turn(case_id):
            self._open.pop(case_id, None)

    def _done(self, case_id: str, event_id: str) -> None:
        rows = self._open.get(case_id)
        if rows is None:
            return  # the case was erased in the meantime
        rows[:] = [other for other in rows if other.event_id != event_id]
        if not rows:
            del self._open[case_id]

    async def opened(self, row: OutboxRow) -> tuple[Draft, bytes | None]:
        """Return the draft in a row, and its content, or None when the key that opens it is gone."""
        draft = load(row)
        case = await self._replica.case(row.case_id)
        return draft, content_of_draft(case.all_keys, draft, self._agency)

    async def receipt(self, event_id: str) -> Receipt | None:
        """Return the receipt of an event that this agency submitted, or None when there is no such event."""
        row = await self._store.submission(event_id)
        return None if row is None else Receipt.of(row)
