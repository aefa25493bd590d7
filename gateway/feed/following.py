"""Follows the feed: reads what there is after a position, and waits for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from bus.node import Node
from gateway.feed.asked import Asked
from gateway.feed.openings import opens
from gateway.feed.schemas import FeedPage, Roles, entry_of

MOST: Final = 500
_LOOKS_EVERY: Final = 1.0  # a forgotten case, and what another process wrote, wakes nobody
_HEARTBEAT: Final = 15.0

Opens = Callable[[Iterable[str]], Awaitable[None]]


class Following:
    """One caller's place in the feed.

    Attributes:
        roles: see `entry_of`.
        asked: the entries that it asks for; None: all.
        opens: is called with the cases whose events are to be told, before they are.
    """

    def __init__(
        self, node: Node, after: str, roles: Roles, asked: Asked | None = None, opens: Opens | None = None
    ) -> None:
        self.after = after
        self.behind = asyncio.Event()  # never set: a caller that is slow finds in the store what it did not take
        self._node = node
        self._roles = roles
        self._asked = asked or Asked()
        self._opens = opens
        self._news = asyncio.Event()

    async def page(self, limit: int, wait: float = 0.0, ending: asyncio.Event | None = None) -> FeedPage:
        """The next entries, at most `limit`; when there are none, the first that come within `wait` seconds.

        It ends sooner when `ending` is set. Raises FeedRolledBackError or StoreError.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        end = self._node.feed.listen(self._news.set)
        try:
            while True:
                self._news.clear()
                page = await self._read(limit)
                left = deadline - loop.time()
                if page.items or left <= 0 or (ending is not None and ending.is_set()):
                    return page
                if not page.more:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(min(_LOOKS_EVERY, left)):
                            await self._news.wait()
        finally:
            end()

    async def stream(self, ends_in: float) -> AsyncGenerator[bytes, None]:
        """The entries as server-sent events for `ends_in` seconds; each has its position as its id."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ends_in
        yield KEEPALIVE_COMMENT
        while (left := deadline - loop.time()) > 0:
            page = await self.page(MOST, min(_HEARTBEAT, left))
            for entry in page.items:
                yield format_sse_event(data_str=entry.model_dump_json(), event=entry.kind, id=entry.position)
            if not page.items:
                yield KEEPALIVE_COMMENT

    async def _read(self, limit: int) -> FeedPage:
        read = await self._node.feed.read(self.after, limit)
        told = (entry_of(entry, self._roles) for entry in read.entries)
        items = tuple(entry for entry in told if self._asked.has(entry))
        if self._opens is not None:
            await self._opens(opens(items))
        self.after = read.last
        return FeedPage(items=items, next=self.after, more=read.more)
