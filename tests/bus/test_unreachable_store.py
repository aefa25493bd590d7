"""While a store cannot be reached, calls fail at once instead of waiting for each other, and a probe brings it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Barrier, BrokenBarrierError

import pytest
from eventsourcing.persistence import Tracking
from harness.waiting import eventually

from bus.errors import StoreError
from bus.store.transaction import Change, Transaction
from bus.store.writer import Writer

THREADS = 3


class CannotConnectError(Exception):
    """The driver's word for a server that is gone."""


class Database:
    """A recorder whose server can go and come back."""

    unreachable: tuple[type[Exception], ...] = (CannotConnectError,)

    def __init__(self) -> None:
        self.gone = False
        self.asked = 0
        self.together = Barrier(THREADS)

    def commit(self, changes: Sequence[Change], tracking: Tracking | None, *, durable: bool) -> None:
        self._reach()

    def query(self, statement: str) -> object:
        return self._reach()

    def _reach(self) -> str:
        self.asked += 1
        if self.gone:
            with suppress(BrokenBarrierError):
                self.together.wait(0.2)  # as long as a driver tries, all threads are taken
            raise CannotConnectError
        return "found"


@asynccontextmanager
async def writer_over(database: Database) -> AsyncIterator[Writer]:
    """A writer that works."""
    writer = Writer(database)
    yield writer
    await writer.close()


def read(writer: Writer, database: Database) -> asyncio.Task[object]:
    """A read that has begun."""
    return asyncio.create_task(writer.read(lambda: database.query("SELECT")))


async def test_those_who_wait_are_told_with_the_first() -> None:
    """Only as many try as there are threads; all others fail with them, also those that ask later."""
    database = Database()
    async with writer_over(database) as writer:
        database.gone = True
        answers = await asyncio.gather(*(read(writer, database) for _ in range(50)), return_exceptions=True)
        assert all(isinstance(each, StoreError) for each in answers)
        assert database.asked <= THREADS
        tried = database.asked
        with pytest.raises(StoreError, match="cannot be reached"):
            await read(writer, database)
        assert database.asked == tried and writer.failure == "CannotConnectError"


async def test_a_probe_brings_it_back() -> None:
    """Nobody else has to try: the watch finds the server again, for reading and for writing."""
    database = Database()
    async with writer_over(database) as writer:
        writer.start()
        database.gone = True
        with pytest.raises(StoreError):
            await read(writer, database)
        transaction = Transaction()
        transaction.add("INSERT", {})
        with pytest.raises(StoreError):
            await writer.write(transaction)
        database.gone = False
        await eventually(lambda: writer.failure is None)
        assert await read(writer, database) == "found"
        await writer.write(transaction)


async def test_an_error_of_one_call_stops_no_other() -> None:
    """A row that raises says nothing of the store."""
    database = Database()
    async with writer_over(database) as writer:

        def raises() -> None:
            raise ValueError

        with pytest.raises(StoreError):
            await writer.read(raises)
        assert await read(writer, database) == "found"
