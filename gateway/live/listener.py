"""The live updates of one listener: a bounded queue of the replica's commits, sent as server-sent events.

The service disconnects a listener that is too slow or whose token expires. After a reconnect the listener compares the
sequence of the `ready` event with the last one that it saw, and reads the cases that it may have missed.
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
    """Queues the committed events of this agency's cases in order, until its queue is full: then it is `behind`."""

    def __init__(self, agency: AgencyId, replica: Replica, capacity: int = _QUEUED) -> None:
        self._agency = agency
        self._replica = replica
        self._events: asyncio.Queue[bytes] = asyncio.Queue(capacity)
        self.behind = asyncio.Event()

    def take(self, event: Committed) -> None:
        """Queue an update for a committed event. The replica calls this at each commit; it never waits."""
        if self.behind.is_set() or not event.case.takes_part(self._agency):
            return
        try:
            self._events.put_nowait(_update(event))
        except asyncio.QueueFull:
            self.behind.set()

    async def stream(self, ends_in: float, heartbeat: float = _HEARTBEAT) -> AsyncGenerator[bytes, None]:
        """The server-sent events for `ends_in` seconds: `ready`, then one update for each commit.

        `heartbeat`: after so many seconds without an update it sends a comment, which keeps the connection open.
        """
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
    """The update that says that a case changed. The listener then reads the case to see the change."""
    content = {
        "case_id": event.envelope.case_id,
        "version": event.envelope.version,
        "type": event.envelope.event_name,
    }
    return format_sse_event(data_str=orjson.dumps(content).decode(), event="committed", id=str(event.sequence))
