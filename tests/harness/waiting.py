"""Waits for a condition, never for a fixed time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

_LEAST: Final = 0.01
_MOST: Final = 0.1


async def eventually(holds: Callable[[], bool | Awaitable[bool]], within: float = 30.0) -> None:
    """Return when the condition holds; AssertionError with its source when it does not in time.

    It is asked less often the longer it takes: to ask can cost more than that which is waited for.
    """
    since = monotonic()
    deadline = since + within
    while True:
        answer = holds()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        now = monotonic()
        if now > deadline:
            raise AssertionError(f"not within {within} s: {inspect.getsource(holds).strip()}")
        await asyncio.sleep(min(max(_LEAST, (now - since) / 10), _MOST))


class LoopLag:
    """Measures how long the event loop was ever held up, in seconds, while the block lasts."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LoopLag:
        self._task = asyncio.create_task(self._probe())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._task is not None
        await asyncio.sleep(0.01)  # a hold-up that ends with the block is seen too
        self._task.cancel()

    async def _probe(self) -> None:
        while True:
            before = monotonic()
            await asyncio.sleep(0.005)
            self.worst = max(self.worst, monotonic() - before - 0.005)
