"""The live updates of one listener: a bounded queue of the replica's commits, sent as server-sent events.

A listener that does not keep up, or whose token expires, is disconnected. When it comes back it compares the sequence
of the `ready` event with the last that it saw, and reads again what it may have missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import orjson
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from bus.replica.replica import Committed, Replica
from contracts.vocabulary.agencies import AgencyId

_QUEUED: Final = 256
_HEARTBEAT: Final = 15.0


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
    """The update that a case changed. The listener reads the case to learn the change itself."""
    content = {
        "case_id": event.envelope.case_id,
        "version": event.envelope.version,
        "type": event.envelope.event_name,
    }
    return format_sse_event(data_str=orjson.dumps(content).decode(), event="committed", id=str(event.sequence))
