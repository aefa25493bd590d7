"""Ending a task for certain."""

from __future__ import annotations

import asyncio
from typing import Any, Final

_ASK_AGAIN_AFTER: Final = 0.1


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended; raises what it ended with, unless it was cancelled.

    One cancellation can get lost: on Python 3.11 `asyncio.wait_for`, which nats-py connects and asks by, drops it when
    what it waits for ends in the same moment, and nats-py then tries again for ever.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_ASK_AGAIN_AFTER)
    if not task.cancelled():
        task.result()
