"""Cancel tasks reliably: on return they have ended."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

_ASK_AGAIN_AFTER: Final = 0.1


async def cancel_and_wait(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended. Raises the task's own exception, unless the task was cancelled.

    If the caller is cancelled meanwhile, it still waits for the task, drops the task's exception, and then raises
    CancelledError.

    The cancellation is repeated every 0.1 seconds, because one can get lost: on Python 3.11 `asyncio.wait_for` drops a
    cancellation when its awaitable ends in the same moment. nats-py uses it, and would then retry for ever.
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
    """Cancel these tasks and wait until all have ended; their exceptions are dropped."""
    await asyncio.gather(*map(cancel_and_wait, tasks), return_exceptions=True)


async def race(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run these concurrently until one ends; then cancel the others, and raise the exception of the first.

    asyncio.TaskGroup would cancel each task only once; see `cancel_and_wait`.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_all(*tasks)
    for task in done:
        task.result()
