"""The reconciler: does what the agency owes, row by row, until nothing is owed.

Obligations are rows, written with the event that brings them; memory holds only hints. A handler is idempotent and
looks at what is, not at what happened, so it may run again after any cut. A row is struck off in the transaction that
its handler gives back, unless it arose again meanwhile. A row that fails is tried again later each time and parked
after a bound, alone: no row waits for another case's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bus import backoff
from bus.errors import BrokerAwayError, StoreError
from bus.store import Kind, Obligation, Store, Transaction

AT_ONCE: Final = 32
"""How many obligations are being done at the same time."""

_ENOUGH: Final = AT_ONCE * len(Kind)  # though all but one of those at work be of cases that owe every kind
_LOOK_EVERY: Final = 5.0
_AWAY: Final = 5.0  # the longest wait for a broker or a store that is away
_NOT_OURS: Final = 86400.0  # a kind that this service does not do (any more)

log = logging.getLogger(__name__)


class InVainError(Exception):
    """Trying again is of no use until something else happens: the obligation is parked at once."""


class LaterError(Exception):
    """The obligation cannot be done yet, and that is no failure: try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


Handler = Callable[[Obligation], Awaitable[Transaction | None]]
"""Does what is owed. The transaction it gives, if any, is committed together with striking the row off.

Raises LaterError or BrokerAwayError when it cannot be done now, InVainError when a person has to look, anything else
when it failed.
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """What handlers must not do beside each other: one at a time for each case and lane."""

    name: str
    handler: Handler


class Reconciler:
    """Does one agency's obligations while a session with the broker lasts."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._lanes: dict[Kind, Lane] = {}
        self._busy: set[tuple[str, str]] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._obliged = -1  # the store's count when it was last read
        self._passed_over = False

    def handles(self, lane: str, handlers: Mapping[Kind, Handler]) -> None:
        """Have these handlers do these kinds, one at a time for each case among those of a lane."""
        self._lanes |= {kind: Lane(lane, handler) for kind, handler in handlers.items()}

    def wake(self) -> None:
        """Something became due. A hint: a forgotten one costs a moment, not the obligation."""
        self._news.set()

    def wake_for_news(self) -> None:
        """Something was committed, which may have brought obligations."""
        if self._store.obliged != self._obliged:
            self.wake()

    async def run(self) -> None:
        """Do what is owed until cancelled. What failed while the broker was away is tried at once."""
        await self._store.hurry(self._seconds())
        try:
            while True:
                self._news.clear()
                await self._wait(await self._look())
        finally:
            for task in self._running:
                task.cancel()
            while self._running:
                await asyncio.wait(self._running)

    def _seconds(self) -> float:
        return self._now().timestamp()

    async def _look(self) -> float | None:
        """Begin what is due and whose lane is free, and was when the rows were read: else they may be out of date.

        The moment at which something else is due; None when nothing is.
        """
        busy = frozenset(self._busy)
        self._obliged = self._store.obliged
        due = await self._store.work_due(self._seconds(), _ENOUGH)
        self._passed_over = due.left_out
        for one in due.now:
            lane = self._lanes.get(one.kind)
            if lane is None:
                await self._postpone(replace(one, due_at=self._seconds() + _NOT_OURS))
                continue
            place = (lane.name, one.case_id)
            if len(self._running) >= AT_ONCE or place in busy or place in self._busy:
                self._passed_over = True
                if place not in self._busy and len(self._running) < AT_ONCE:
                    self.wake()  # it ended while the rows were read
                continue
            self._busy.add(place)
            task = asyncio.create_task(self._do(lane, one))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return due.next_at

    async def _wait(self, next_at: float | None) -> None:
        seconds = _LOOK_EVERY if next_at is None else min(max(next_at - self._seconds(), 0.0), _LOOK_EVERY)
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _do(self, lane: Lane, due: Obligation) -> None:
        done = False
        try:
            transaction = await lane.handler(due) or Transaction(durable=False)
            transaction.fulfil(due)
            await self._store.write(transaction)
            done = True
        except LaterError as later:
            at = self._seconds() + later.seconds
            await self._postpone(replace(due, due_at=at, attempts=0, trouble=""))
        except Exception as error:
            await self._failed(due, error)
        finally:
            self._busy.discard((lane.name, due.case_id))
            if not done or self._passed_over:
                self.wake()
            self.wake_for_news()

    async def _failed(self, due: Obligation, error: Exception) -> None:
        attempts = due.attempts + 1
        elsewhere = isinstance(error, (BrokerAwayError, StoreError))  # not this obligation's own fault
        in_vain = isinstance(error, InVainError)
        parked = in_vain or (attempts >= backoff.BOUND and not elsewhere)
        kind = "" if in_vain else type(error).__name__
        log.warning("obligation failed", extra={"kind": due.kind.value, "error": kind, "attempts": attempts})
        at = self._seconds() + backoff.delay(attempts, longest=_AWAY if elsewhere else backoff.LONGEST)
        await self._postpone(replace(due, attempts=attempts, due_at=at, parked=parked, trouble=kind))

    async def _postpone(self, due: Obligation) -> None:
        transaction = Transaction(durable=False)
        transaction.postpone(due)
        try:
            await self._store.write(transaction)
        except StoreError:
            await asyncio.sleep(backoff.delay(due.attempts))  # the row stands as it was: keep its lane for a while
