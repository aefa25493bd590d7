"""Child processes that measure, and the processor time and memory of processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import psutil
import uvloop

_context = get_context("forkserver")


class Child:
    """A process that runs a coroutine function. The function gets its end of a pipe, and then the arguments."""

    def __init__(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        self._pipe, theirs = _context.Pipe()
        self.process = _context.Process(target=_run, args=(work, theirs, arguments), daemon=True)
        self.process.start()
        theirs.close()

    def tell(self, message: Any = None) -> None:
        """Send a message to the process; most often, that it may go on."""
        self._pipe.send(message)

    def answer(self, within: float = 600) -> Any:
        """The next message of the process.

        Raises RuntimeError when the process ends, or sends nothing within `within` seconds.
        """
        try:
            if self._pipe.poll(within):
                return self._pipe.recv()
        except EOFError:
            pass
        raise RuntimeError("a measuring process gave no answer")

    def end(self) -> None:
        """Wait until the process ends; kill it when that takes more than ten seconds."""
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _run(work: Callable[..., Awaitable[None]], pipe: Connection, arguments: tuple[Any, ...]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_awaited(work(pipe, *arguments)))


async def _awaited(work: Awaitable[None]) -> None:
    await work


def cpu_seconds(*pids: int | None) -> float:
    """The processor time that these processes have used, in seconds."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids if pid is not None)


@dataclass(frozen=True)
class Memory:
    """A process's memory in MB: resident, and its proportional share of pages shared with others."""

    rss: float
    pss: float


def memory(pid: int | None) -> Memory:
    """The memory of a process now. On a system that does not tell shares, `pss` is the unshared part."""
    process = psutil.Process(pid)
    full = process.memory_full_info()
    return Memory(full.rss / 1e6, getattr(full, "pss", full.uss) / 1e6)


def median_memory(pids: Iterable[int | None]) -> Memory:
    """The memory of the middle one of several processes."""
    held = sorted((memory(pid) for pid in pids), key=lambda one: one.pss)
    return held[len(held) // 2]
