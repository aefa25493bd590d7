"""The reconciler: it meets the agency's obligations, row by row, until none is left.

Obligations are rows, written in one transaction with the event that causes them; memory holds only hints. A handler is
idempotent and level-triggered (it looks at the present state), so it may run again after any interruption. The row is
deleted in the transaction that its handler returns, unless the obligation arose again in the meantime. A row that fails
is retried with back-off and then parked; the rows of other cases do not wait for it.
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
"""The largest number of handlers at work at the same time."""

_ENOUGH: Final = AT_ONCE * len(Kind)  # enough rows to find free work, even if each busy case owes every kind
_LOOK_EVERY: Final = 5.0
_AWAY: Final = 5.0  # the longest back-off while the broker or the store is away
_NOT_OURS: Final = 86400.0  # for a kind that has no handler in this service (any more)

log = logging.getLogger(__name__)


class InVainError(Exception):
    """A retry cannot help until something else happens: the reconciler parks the obligation at once."""


class LaterError(Exception):
    """The obligation cannot be met yet, which is not a failure: the reconciler retries it after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


Handler = Callable[[Obligation], Awaitable[Transaction | None]]
"""Meets an obligation. The transaction that it returns, if any, is committed together with the row's deletion.

Raises LaterError or BrokerAwayError when it cannot be met now, InVainError when a person has to look, and any other
error when it failed.
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """A handler and its lane. In one lane only one handler runs at a time for each case."""

    name: str
    handler: Handler


class Reconciler:
    """Meets one agency's obligations."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._lanes: dict[Kind, Lane] = {}
        self._busy: set[tuple[str, str]] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._obliged = -1  # `Store.obliged` when the rows were last read
        self._passed_over = False

    def handles(self, lane: str, handlers: Mapping[Kind, Handler]) -> None:
        """Set the handlers of these kinds of obligation. In one lane, one runs at a time for each case."""
        self._lanes |= {kind: Lane(lane, handler) for kind, handler in handlers.items()}

    def wake(self) -> None:
        """Look for due obligations now. A missed call only causes a delay of a few seconds."""
        self._news.set()

    def wake_for_news(self) -> None:
        """Look for due obligations now, if a commit has brought some since the last look."""
        if self._store.obliged != self._obliged:
            self.wake()

    async def run(self) -> None:
        """Meet obligations until cancelled. At the start, make the failed ones due at once."""
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
        """Start the due obligations whose lane is free now.

        The lane must also have been free before the rows were read, or the rows may be out of date. Return the moment
        at which the next obligation is due, in seconds since 1970, or None.
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
                    self.wake()  # the handler in this lane ended while we read the rows: look again
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
            await asyncio.sleep(backoff.delay(due.attempts))  # the row is still due: keep its lane busy for a while
