"""Live updates: each listener's bounded queue, and the server-sent events that it is sent.

A listener that does not keep up, whose token expires or who is left when the service stops is disconnected; on coming
back it compares the `ready` event's sequence with the last it saw, and reads again what it may have missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final

import orjson
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bus.replica import Committed, Replica
from contracts.vocabulary.agencies import AgencyId

_QUEUED: Final = 256
_HEARTBEAT: Final = 15.0
_TAKES_WITHIN: Final = 10.0


class Listener:
    """Takes the replica's committed events of this agency's cases, in order, until it falls behind."""

    def __init__(self, agency: AgencyId, replica: Replica, capacity: int = _QUEUED) -> None:
        self._agency = agency
        self._replica = replica
        self._events: asyncio.Queue[bytes] = asyncio.Queue(capacity)
        self.behind = asyncio.Event()

    def take(self, event: Committed) -> None:
        """Called by the replica at each commit; never waits."""
        if self.behind.is_set() or not event.case.takes_part(self._agency):
            return
        try:
            self._events.put_nowait(_update(event))
        except asyncio.QueueFull:
            self.behind.set()

    async def stream(self, ends_in: float, heartbeat: float = _HEARTBEAT) -> AsyncGenerator[bytes, None]:
        """The server-sent events: `ready`, then an update per commit, and a comment when nothing happens."""
        end = self._replica.listen(self.take)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ends_in
        try:
            sequence = self._replica.position.sequence
            yield format_sse_event(data_str=f'{{"sequence":{sequence}}}', event="ready", id=str(sequence))
            while (left := deadline - loop.time()) > 0:
                try:
                    async with asyncio.timeout(min(heartbeat, left)):
                        update = await self._events.get()
                except TimeoutError:
                    update = KEEPALIVE_COMMENT
                yield update
        finally:
            end()


def _update(event: Committed) -> bytes:
    """What a listener is told: that a case changed. What changed, it reads."""
    content = {
        "case_id": event.envelope.case_id,
        "version": event.envelope.version,
        "type": event.envelope.event_name,
    }
    return format_sse_event(data_str=orjson.dumps(content).decode(), event="committed", id=str(event.sequence))


class LiveResponse(Response):
    """Streams to one listener until it leaves, falls behind, does not take what is sent, or the service ends."""

    media_type = "text/event-stream"

    def __init__(
        self, listener: Listener, ends_in: float, left: Callable[[], None], ending: asyncio.Event | None = None
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._listener = listener
        self._ends_in = ends_in
        self._left = left
        self._ending = ending or asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ends = [
            asyncio.create_task(self._pump(send)),
            asyncio.create_task(self._gone(receive)),
            asyncio.create_task(self._listener.behind.wait()),
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
        with suppress(Exception):  # whoever has gone does not take the end either
            async with asyncio.timeout(1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._listener.stream(self._ends_in)) as stream:
            async for content in stream:
                async with asyncio.timeout(_TAKES_WITHIN):
                    await send({"type": "http.response.body", "body": content, "more_body": True})

    async def _gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
