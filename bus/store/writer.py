"""The one writer of a store. It commits transactions in the order given; those that queue share one commit.

If one of its transactions is durable, a commit is on disk before it is acknowledged; otherwise it is on disk about a
second later. Every call has a deadline of 5 seconds. If a commit gives no answer, its outcome is unknown, and the
caller looks it up. While a store cannot be reached, only a probe a second waits for it, and every other call fails at
once: its threads are few, and a request that waited behind the others would get its answer late.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from eventsourcing.persistence import IntegrityError, Tracking

from bus.errors import StoreError
from bus.store import statements
from bus.store.transaction import Change, Transaction

_ANSWER_WITHIN: Final = 5.0
_LOOK_EVERY: Final = 1.0
_PROBE: Final = "SELECT 1 AS one"

T = TypeVar("T")

log = logging.getLogger(__name__)


class DuplicateKeyError(StoreError):
    """A unique key exists already. The caller looks up the row under it."""


class _UnreachableError(Exception):
    """An earlier call found that the store cannot be reached."""


class Recorder(Protocol):
    """eventsourcing's process recorder, extended by our statements and queries.

    `unreachable`: the errors by which it says that its store cannot be reached.
    """

    unreachable: tuple[type[Exception], ...]

    def commit(self, changes: Sequence[Change], tracking: Tracking | None, *, durable: bool) -> None: ...

    def query(self, statement: str) -> object: ...


class Writer:
    """Commits one agency's transactions, and reports failures of the store."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._reading = ThreadPoolExecutor(3, thread_name_prefix="store-reader")
        self._waiting: list[tuple[Transaction, Tracking | None, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._unsynced = False
        self._failures: dict[ThreadPoolExecutor, str] = {}
        self._unreachable: set[ThreadPoolExecutor] = set()

    @property
    def failure(self) -> str | None:
        """Why the last write or the last read failed; None once one succeeds. The node's health reports it."""
        return next(iter(self._failures.values()), None)

    def start(self) -> None:
        """Start the task that syncs and probes the store every second."""
        self._watching = asyncio.create_task(self._watch())

    async def write(self, transaction: Transaction, tracking: Tracking | None = None) -> None:
        """Commit the transaction, together with others that wait. `tracking`: the position to keep with it.

        Raises DuplicateKeyError or StoreError. The transaction is then not kept, except if the store gave no answer in
        time: then it may be.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((transaction, tracking, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_waiting())
        await done

    async def _commit_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            together = Transaction(durable=any(transaction.durable for transaction, _, _ in group))
            for transaction, _, _ in group:
                together.extend(transaction.changes)
            tracking = next((tracking for _, tracking, _ in reversed(group) if tracking is not None), None)
            try:
                await self._commit(together, tracking)
            except StoreError as error:
                await self._commit_one_by_one(group, error)
                continue
            for _, _, done in group:
                if not done.done():
                    done.set_result(None)

    async def _commit_one_by_one(
        self, group: list[tuple[Transaction, Tracking | None, asyncio.Future[None]]], error: StoreError
    ) -> None:
        """A common commit failed: commit each transaction alone, in order, so that only the faulty one fails."""
        for transaction, tracking, done in group:
            failure: StoreError | None = error
            if len(group) > 1:
                try:
                    await self._commit(transaction, tracking)
                    failure = None
                except StoreError as own:
                    failure = own
            if not done.done():
                done.set_result(None) if failure is None else done.set_exception(failure)

    async def _commit(self, transaction: Transaction, tracking: Tracking | None, *, probes: bool = False) -> None:
        if not transaction.changes:
            return
        durable = transaction.durable

        def commit() -> None:
            self._recorder.commit(transaction.changes, tracking, durable=durable)

        try:
            await self._answered(self._writing, commit, probes=probes)
        except IntegrityError as error:
            raise DuplicateKeyError("a key exists already") from error
        self._unsynced = not durable

    async def read(self, call: Callable[[], T]) -> T:
        """Run a reading call in a thread and return its result. Raises StoreError."""
        return await self._answered(self._reading, call)

    async def _answered(self, threads: ThreadPoolExecutor, call: Callable[[], T], *, probes: bool = False) -> T:
        """Run a call with the deadline. All errors of the driver become StoreError, except IntegrityError.

        `probes`: True: run it even while the store cannot be reached.
        """

        def reach() -> T:
            # Look when a thread is free: a call before this one may have found out meanwhile.
            if threads in self._unreachable and not probes:
                raise _UnreachableError
            try:
                return call()
            except self._recorder.unreachable:
                self._unreachable.add(threads)
                raise

        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                answer = await asyncio.get_running_loop().run_in_executor(threads, reach)
        except IntegrityError:
            raise
        except _UnreachableError as error:
            raise StoreError("the store cannot be reached") from error
        except TimeoutError as error:
            self._failed(threads, "it gave no answer in time")
            if probes:  # another call may be slow for a reason of its own
                self._unreachable.add(threads)
            raise StoreError("the store gave no answer in time") from error
        except Exception as error:
            self._failed(threads, type(error).__name__)
            raise StoreError("the store did not do what was asked") from error
        self._failures.pop(threads, None)
        self._unreachable.discard(threads)
        return answer

    def _failed(self, threads: ThreadPoolExecutor, why: str) -> None:
        if self.failure is None:
            log.error("store failed", extra={"error": why})
        self._failures[threads] = why

    async def _watch(self) -> None:
        """Once a second, sync the commits that were not durable, and probe the store, so that an idle service notices
        a failure too, and a store that can be reached again is used again.
        """
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            await asyncio.gather(self._probe_reading(), self._probe_writing())

    async def _probe_reading(self) -> None:
        with suppress(StoreError):
            await self._answered(self._reading, lambda: self._recorder.query(_PROBE), probes=True)

    async def _probe_writing(self) -> None:
        if self._unsynced or self.failure is not None:
            probe = Transaction()
            probe.add(statements.PROBE, {})
            with suppress(StoreError):
                await self._commit(probe, None, probes=True)

    async def close(self) -> None:
        """Commit the waiting transactions, sync, and stop."""
        if self._watching is not None:
            self._watching.cancel()
        if self._committing is not None:
            await self._committing
        if self._unsynced:
            await self._probe_writing()
        for threads in (self._writing, self._reading):
            threads.shutdown(wait=self.failure is None, cancel_futures=True)
