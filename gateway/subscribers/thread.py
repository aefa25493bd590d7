"""A thread with an event loop of its own, in which the handlers of one subscriber run.

Nothing that a handler does there stops the service's own loop: it may block, ignore that it is cancelled, end the loop
or leave tasks behind. It shares the service's memory and its rights, as all code that is installed beside it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

_MOST_LEFT_BEHIND: Final = 100
"""When more tasks than this outlive the handlers that made them, all of them are cancelled."""
_ENDS_WITHIN: Final = 1.0

log = logging.getLogger(__name__)


class _Run:
    """One run of a handler. `ended`: set in the service's loop once nothing of it runs any more."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.task: asyncio.Task[object] | None = None


class HandlerThread:
    """Runs the handlers of one subscriber. It starts at the first call; `close` ends it, if its handlers let it end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._runs: dict[str, _Run] = {}
        self._running: set[asyncio.Task[object]] = set()

    async def call(self, case_id: str, handle: Callable[[], Awaitable[object]], within: float) -> object:
        """Run a handler. Return its answer, or the exception that it raised.

        Raises TimeoutError after `within` seconds. The handler is cancelled then, and also when the caller is. While it
        does not end in spite of that, no other handler runs for its case.
        """
        here, loop = asyncio.get_running_loop(), self._started()
        async with asyncio.timeout(within):
            if (former := self._runs.get(case_id)) is not None:
                await former.ended.wait()
            run = self._runs[case_id] = _Run()
            loop.call_soon_threadsafe(self._begin, run, handle, lambda: here.call_soon_threadsafe(self._over, case_id))
            try:
                return await run.outcome
            finally:
                loop.call_soon_threadsafe(self._cancel, run)

    async def close(self) -> None:
        """End the thread. One that a handler blocks is left, and ends with the process."""
        self._closing = True
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.to_thread(self._thread.join, _ENDS_WITHIN)

    def _over(self, case_id: str) -> None:
        run = self._runs.pop(case_id)
        run.ended.set()
        task = run.task
        if task is None or run.outcome.done():
            return
        if task.cancelled():
            run.outcome.set_result(asyncio.CancelledError())
        else:
            run.outcome.set_result(task.result())

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.set_exception_handler(_told)
            self._thread = threading.Thread(
                target=self._serve, args=(self._loop,), name=f"subscriber {self._name}", daemon=True
            )
            self._thread.start()
        return self._loop

    # In the thread

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        while not self._closing:  # a handler may have stopped it
            with suppress(BaseException):
                loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_ENDS_WITHIN / 2))

    def _begin(self, run: _Run, handle: Callable[[], Awaitable[object]], over: Callable[[], object]) -> None:
        task = run.task = asyncio.get_running_loop().create_task(_guarded(handle))
        self._running.add(task)

        def ended(task: asyncio.Task[object]) -> None:
            self._running.discard(task)
            self._sweep()
            with suppress(RuntimeError):  # the service's loop has ended
                over()

        task.add_done_callback(ended)

    def _cancel(self, run: _Run) -> None:
        if run.task is not None:
            run.task.cancel()

    def _sweep(self) -> None:
        left = asyncio.all_tasks(self._loop) - self._running
        if len(left) > _MOST_LEFT_BEHIND:
            log.warning("subscriber", extra={"subscriber": self._name, "tasks": len(left)})
            for task in left:
                task.cancel()


async def _guarded(handle: Callable[[], Awaitable[object]]) -> object:
    """Run a handler. Nothing that it raises reaches the loop: SystemExit would end the thread."""
    try:
        return await handle()
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return error


def _told(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log that something in the thread failed, without its text, which may tell of a person."""
    log.warning("subscriber", extra={"error": type(context.get("exception")).__name__})
