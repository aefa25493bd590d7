"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

_ASK_AGAIN_AFTER: Final = 0.1


async def cancel_and_wait(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended; raises what it ended with, unless it was cancelled.

    A caller that is cancelled meanwhile waits too, and is cancelled then: nobody else would hear what the task ended
    with.

    One cancellation can get lost: on Python 3.11 `asyncio.wait_for`, which nats-py connects and asks by, drops it when
    what it waits for ends in the same moment, and nats-py then tries again for ever.
    """
    cancelled = False
    while not task.done():
        task.cancel()
        try:
            await asyncio.wait([task], timeout=_ASK_AGAIN_AFTER)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        with suppress(BaseException):
            task.result()
        raise asyncio.CancelledError
    if not task.cancelled():
        task.result()


async def cancel_all(*tasks: asyncio.Task[Any]) -> None:
    """Cancel these tasks and wait until all have ended, whatever with."""
    await asyncio.gather(*map(cancel_and_wait, tasks), return_exceptions=True)


async def race(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run these beside each other until one ends; then end the others, and raise what it raised.

    In place of asyncio.TaskGroup, which cancels each only once.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_all(*tasks)
    for task in done:
        task.result()
