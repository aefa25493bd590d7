"""A service can be stopped at any moment, also while it looks for its broker."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from pathlib import Path

import pytest

from bus.cancellation import cancel_and_wait, race
from bus.nats.log import Log
from bus.operator.accounts import Operator


async def test_a_task_that_loses_a_cancellation_is_ended() -> None:
    """It is asked again."""
    asked = 0

    async def stubborn() -> None:
        nonlocal asked
        while asked < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                asked += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cancel_and_wait(task)
    assert task.done() and asked == 2


async def test_who_is_cancelled_while_it_ends_a_task_ends_it_all_the_same() -> None:
    """However often: else what the task ends with would be heard by nobody."""
    may_fail, unheard = asyncio.Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: unheard.append(said["message"]))

    async def failing() -> None:
        while not may_fail.is_set():
            with suppress(asyncio.CancelledError):
                await may_fail.wait()
        raise ValueError

    task = asyncio.create_task(failing())
    ending = asyncio.create_task(cancel_and_wait(task))
    for _ in range(3):
        await asyncio.sleep(0)
        ending.cancel()
    await asyncio.sleep(0)
    assert not ending.done()
    may_fail.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert task.done()
    del task, ending
    gc.collect()
    assert unheard == []


async def test_what_a_task_ended_with_is_raised() -> None:
    """An error is not taken for the end that was asked for."""

    async def failing() -> None:
        raise ValueError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    with pytest.raises(ValueError):
        await cancel_and_wait(task)


def _credentials() -> bytes:
    return Operator.new().administrator_credentials(0)


async def test_a_log_that_looks_for_its_broker_can_be_closed(tmp_path: Path) -> None:
    """Whatever it is doing just then."""
    credentials = tmp_path / "broker.creds"
    credentials.write_bytes(_credentials())

    async def open_and_close(after: float) -> None:
        log = Log("police", ("nats://127.0.0.1:1",), str(credentials))
        log.open()
        await asyncio.sleep(after)
        await log.close()

    async with asyncio.timeout(20):
        await asyncio.gather(*(open_and_close(number * 0.002) for number in range(150)))


async def test_what_runs_beside_ends_although_it_loses_a_cancellation() -> None:
    """The first to end raises, and the other is asked until it has ended, even while the caller is cancelled."""
    asked = 0

    async def stubborn() -> None:
        nonlocal asked
        while asked < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                asked += 1

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError

    async with asyncio.timeout(5):
        with pytest.raises(ValueError):
            await race(stubborn(), failing())
        assert asked == 3
        asked = 0
        both = asyncio.create_task(race(stubborn(), stubborn()))
        await asyncio.sleep(0)
        await cancel_and_wait(both)
        assert asked >= 3
