"""The subscribers that a service has code for, their rows and their threads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Self

from bus.errors import FeedRolledBackError
from bus.node import Node
from bus.replica.feed import is_position
from bus.subscriber import Subscriber
from bus.webhooks.rows import SUBSCRIBER
from gateway.delivery.attempt import Target
from gateway.subscribers.target import Functions
from gateway.subscribers.thread import HandlerThread

MOST: Final = 20
"""How many subscribers a service may have. Each has a thread of its own."""


class Registered:
    """The subscribers of one service. Leaving the context ends their threads.

    Raises ValueError when there are too many, when two have one name, or when one has no handler or begins nowhere.
    """

    def __init__(self, node: Node, subscribers: Sequence[Subscriber]) -> None:
        self._node = node
        self._subscribers = {each.name: each for each in subscribers}
        if len(self._subscribers) != len(subscribers) or len(subscribers) > MOST:
            raise ValueError(f"a service has at most {MOST} subscribers, each of its own name")
        for each in subscribers:
            _require_whole(each)
        self._threads = {each.name: HandlerThread(each.name) for each in subscribers}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.gather(*(thread.close() for thread in self._threads.values()))

    def __contains__(self, name: str) -> bool:
        return name in self._subscribers

    def target(self, name: str) -> Target | None:
        """The target of a subscriber; None when the service has no code for it."""
        subscriber = self._subscribers.get(name)
        return None if subscriber is None else Functions(self._node, subscriber, self._threads[name])

    async def begin(self) -> None:
        """Give each subscriber its row, and the types that its code asks for now. Raises StoreError."""
        webhooks = self._node.webhooks
        for name, subscriber in self._subscribers.items():
            row = await webhooks.find(f"{SUBSCRIBER}{name}")
            if row is None:
                await webhooks.subscribe(name, subscriber.types, await self._start(subscriber.after))
            elif row.types != subscriber.types:
                await webhooks.change(replace(row, types=subscriber.types))

    async def _start(self, after: str | datetime | None) -> str:
        """The position at which to begin. One that the feed no longer has begins at the last that it still has."""
        feed = self._node.feed
        if after is None:
            return await feed.end()
        if isinstance(after, datetime):
            return await feed.since(after)
        try:
            await feed.require(after)
        except FeedRolledBackError as error:
            return error.begin
        return after


def _require_whole(subscriber: Subscriber) -> None:
    if not subscriber.handlers:
        raise ValueError(f"{subscriber.name} handles no event")
    if isinstance(subscriber.after, str) and subscriber.after and not is_position(subscriber.after):
        raise ValueError(f"{subscriber.name} begins at no position of a feed")
