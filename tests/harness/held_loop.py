"""Measures how long code holds the event loop, in processor time, so that a busy machine does not count; and ends code
that holds it too long.

async with Turns() as turns:
    await http.get(...)
assert turns.longest < 0.05
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self


class HeldError(BaseException):
    """Somebody ran for too long without a break. No `except Exception` of the code under test keeps it."""


@contextmanager
def held_at_most(seconds: float) -> Iterator[None]:
    """Let the block run for so long; then HeldError is raised in the middle of it. For the main thread."""

    def ring(_: int, frame: FrameType | None) -> None:
        raise HeldError(f"held for more than {seconds} s in {_place(frame)}")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Freed:
    """Ends whatever holds the event loop for longer than `seconds`, as long as the block lasts; `held` says where.

    Enter it before the bus, so that it lasts until the bus has ended.
    """

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self.held: list[str] = []

    async def __aenter__(self) -> Self:
        self._before = signal.signal(signal.SIGALRM, self._ring)
        self._task = asyncio.create_task(self._wind())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _ring(self, _: int, frame: FrameType | None) -> None:
        self.held.append(_place(frame))
        raise HeldError(self.held[-1])

    async def _wind(self) -> None:
        while True:
            # Again and again, should it be this task in which the alarm rings.
            signal.setitimer(signal.ITIMER_REAL, self._seconds, self._seconds)
            await asyncio.sleep(self._seconds / 20)


class Turns:
    """Measures the longest turn that the loop's thread ran without a break, in seconds of its processor time."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.sleep(0.01)  # a turn that ends with the block is seen too
        self._task.cancel()

    async def _tick(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.thread_time() - before)


def _place(frame: FrameType | None) -> str:
    return "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_qualname})"
