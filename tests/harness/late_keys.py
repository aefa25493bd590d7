"""A node whose keys come after the events that they open."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from bus.nats.log import LogMessage
from bus.node import Node


def keys_come_late(node: Node, chance: random.Random) -> None:
    """From now on a node takes each grant up to 80 ms after it came."""
    taking: Any = node._taking
    take: Callable[[list[LogMessage]], Awaitable[None]] = taking._take

    async def late(messages: list[LogMessage]) -> None:
        await asyncio.sleep(chance.random() * 0.08)
        await take(messages)

    taking._take = late
