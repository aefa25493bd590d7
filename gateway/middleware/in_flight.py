"""The requests in flight: how many the service answers at once, and how they end when the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.vocabulary.wording import Wording
from gateway.http.problems import ProblemError, ProblemKind, unknown_outcome

_OPERATION: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_LOOKS_EVERY: Final = 0.1


class InFlight:
    """ASGI middleware. After a call of `end` it refuses new requests with 503, and completes those in flight.

    `ending`: an event that `end` sets, so that endless responses end then.
    """

    def __init__(self, app: ASGIApp, most: int, ending: asyncio.Event) -> None:
        self._app = app
        self._most = most
        self._tasks: set[asyncio.Task[Any]] = set()
        self.ending: Final = ending

    def __len__(self) -> int:
        return len(self._tasks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        if scope["type"] != "http" or scope["path"] in _OPERATION or task is None:
            return await self._app(scope, receive, send)
        if self.ending.is_set():
            raise _stopping()
        if len(self._tasks) >= self._most:
            raise ProblemError(
                ProblemKind.BUSY,
                Wording("Ask again in a moment.", "Fråga igen om en stund."),
                headers={"Retry-After": "1"},
            )
        self._tasks.add(task)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self.ending.is_set():
                raise
            task.uncancel()
            raise _stopping() if scope["method"] in ("GET", "HEAD") else unknown_outcome() from None
        finally:
            self._tasks.discard(task)
        return None

    async def end(self, within: float, at_once: Callable[[], bool] = lambda: False) -> None:
        """Refuse new requests, and wait for those in flight.

        It waits at most `within` seconds, or until `at_once` returns True. Then it cancels the remaining requests: GET
        and HEAD are answered with 503, any other request with a problem that its outcome is not known.
        """
        self.ending.set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while self._tasks and loop.time() < deadline and not at_once():
            await asyncio.wait(self._tasks, timeout=_LOOKS_EVERY)
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1)


def _stopping() -> ProblemError:
    return ProblemError(
        ProblemKind.STOPPING,
        Wording("Ask again: it starts anew.", "Fråga igen: den startar på nytt."),
        headers={"Retry-After": "5", "Connection": "close"},
    )
