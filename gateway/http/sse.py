"""A response of server-sent events. It ends when its caller leaves or is too slow, or when the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_TAKES_WITHIN: Final = 10.0


class EventSource(Protocol):
    """A source of events for one caller. `behind` is set when the caller has missed an event."""

    behind: asyncio.Event

    def stream(self, ends_in: float) -> AsyncGenerator[bytes, None]:
        """The events in order, encoded for the wire, for `ends_in` seconds."""
        ...


class EventStream(Response):
    """Streams events to one caller until it leaves, misses an event or is too slow, or until the service stops.

    Args:
        source: the source of the events.
        ends_in: seconds until the stream ends by itself.
        left: is called once, when the stream has ended.
        ending: is set when the service begins to stop.
    """

    media_type = "text/event-stream"

    def __init__(
        self, source: EventSource, ends_in: float, left: Callable[[], None], ending: asyncio.Event | None = None
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._source = source
        self._ends_in = ends_in
        self._left = left
        self._ending = ending or asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ends = [
            asyncio.create_task(self._pump(send)),
            asyncio.create_task(self._gone(receive)),
            asyncio.create_task(self._source.behind.wait()),
            asyncio.create_task(self._ending.wait()),
        ]
        try:
            ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._left()
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        for task in ended:
            if not isinstance(task.exception(), TimeoutError | OSError | None):
                task.result()
        with suppress(Exception):  # a caller that has left does not receive this
            async with asyncio.timeout(1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._source.stream(self._ends_in)) as stream:
            async for content in stream:
                async with asyncio.timeout(_TAKES_WITHIN):
                    await send({"type": "http.response.body", "body": content, "more_body": True})

    async def _gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
