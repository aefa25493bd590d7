"""The outbox: every event that this agency submits is on its own disk before it is sent, and stays until it is in
the log.

An event that the rules refuse at sending time is parked for a caseworker. Nothing is lost, doubled or forced through.
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
from bus.submission.submission import Receipt
from contracts.event.case_event import Provenance
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import AgencyId, AgencyKind

CALLER_WAITS: Final = 5.0
_TAKEN_UP_AFTER: Final = CALLER_WAITS + 1.0  # by then the caller who sends it has given up

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sending:
    """An event that is being sent; `receipt` once our own replica has it."""

    receipt: Receipt | None = None


class Outbox:
    """This agency's events on their way, one case at a time and in order."""

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
        replica.listen(self._on_committed)

    async def start(self) -> None:
        """Take up what was submitted before the last stop."""
        self._open.clear()
        for row in await self._store.outbox():
            self._open.setdefault(row.case_id, []).append(row)

    def turn(self, case_id: str) -> asyncio.Lock:
        """Held while one event of ours is decided and sent: one at a time for each case."""
        return self._turns.setdefault(case_id, asyncio.Lock())

    def waiting(self, status: OutboxStatus) -> list[OutboxRow]:
        """The events that are pending or parked."""
        return [row for rows in self._open.values() for row in rows if row.status is status]

    async def rows(self, case_id: str) -> list[OutboxRow]:
        """What is pending or parked of a case, oldest first; looked up where a write's outcome was not known."""
        if case_id in self._unsure:
            self._open[case_id] = await self._store.outbox_of(case_id)
            self._unsure.discard(case_id)
        return list(self._open.get(case_id, ()))

    async def pending(self, case_id: str) -> list[OutboxRow]:
        """What waits to be sent of a case."""
        return [row for row in await self.rows(case_id) if row.status is OutboxStatus.PENDING]

    async def with_pending(self, case: CaseReplica) -> State:
        """The case's state as it will be once our pending events are in the log, as far as can be known."""
        state, decider = case.view, decider_of(case.case_id)
        for row in await self.pending(case.case_id):
            draft = load(row)
            event, by = self.event_of(case, draft), self.provenance(draft)
            if event is not None and decider.decide(state, event, by) is None:
                state = decider.evolve(state, event, by)
        return state

    def event_of(self, case: CaseReplica, draft: Draft) -> PublishedEvent | None:
        """The event that a draft holds; None when the keys that open it are gone."""
        return event_of_draft(case.keys.held, draft, self._agency)

    def provenance(self, draft: Draft) -> Provenance:
        """Where our own event comes from, as the rules see it."""
        return Provenance(draft.event_id, self._agency, self._kind, draft.recorded_at)

    async def keep(self, row: OutboxRow, keys: list[WrappedKey]) -> None:
        """Put an event on the disk, with the key of the case that it opens and the obligation to deliver it.

        Raises UnknownOutcomeError; whether it was kept is looked up before the case goes on.
        """
        at = self._now().timestamp()
        transaction = Transaction()
        transaction.put_keys(keys)
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
        """Leave an event for the reconciler to deliver, which it does by itself a little later in any case."""
        with suppress(StoreError):
            await self._store.hurry(self._now().timestamp(), Kind.DELIVER, row.case_id)
        return Receipt.of(row)

    async def withdraw(self, row: OutboxRow) -> None:
        """Forget an event that was refused while its caller waited."""
        transaction = Transaction()
        transaction.withdraw(row)
        await self._store.write(transaction)
        self._done(row.case_id, row.event_id)

    async def park(self, row: OutboxRow, reason: str) -> Receipt:
        """Put an event before a caseworker: it cannot be sent as it is."""
        parked = replace(row, status=OutboxStatus.PARKED, reason=reason)
        transaction = Transaction()
        transaction.settle(parked)
        await self._store.write(transaction)
        rows = self._open.get(row.case_id, [])
        self._open[row.case_id] = [parked if each.event_id == row.event_id else each for each in rows]
        log.warning("event needs attention", extra={"event_id": row.event_id, "reason": reason})
        return Receipt.of(parked)

    async def dismiss(self, event_id: str, reason: DismissalReason) -> Dismissal | None:
        """Take an event off those that need attention; it stays in the store with the reason.

        Done again, the first reason stands. None when the event does not need attention.
        """
        row = await self._store.submission(event_id)
        if row is None:
            return None
        async with self.turn(row.case_id):
            rows = await self.rows(row.case_id)
            if any(each.event_id == event_id and each.status is OutboxStatus.PARKED for each in rows):
                dismissal = Dismissal(event_id, reason, rfc3339(self._now(), "microseconds"))
                transaction = Transaction()
                transaction.dismiss(dismissal)
                await self._store.write(transaction)
                self._done(row.case_id, event_id)
            return await self._store.dismissal(event_id)

    @contextmanager
    def sending(self, event_id: str) -> Iterator[Sending]:
        """Learn from our own replica that an event is in the log, for as long as the block lasts."""
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
        """Look up what waits of a case: events of it that were in the log are to be sent again."""
        self._unsure.add(case_id)

    async def forget_case(self, case_id: str) -> None:
        """Give up what waits about a case that is erased."""
        async with self.turn(case_id):
            self._open.pop(case_id, None)

    def _done(self, case_id: str, event_id: str) -> None:
        rows = self._open.get(case_id)
        if rows is None:
            return  # the case was erased meanwhile
        rows[:] = [other for other in rows if other.event_id != event_id]
        if not rows:
            del self._open[case_id]

    async def opened(self, row: OutboxRow) -> tuple[Draft, bytes | None]:
        """The draft that stands in a row, and its content; None when the keys that open it are gone."""
        draft = load(row)
        case = await self._replica.case(row.case_id)
        return draft, content_of_draft(case.keys.held, draft, self._agency)

    async def receipt(self, event_id: str) -> Receipt | None:
        """What became of an event that this agency submitted."""
        row = await self._store.submission(event_id)
        return None if row is None else Receipt.of(row)
