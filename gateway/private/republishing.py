"""Republishes the feed on the private subjects: each entry once, in the feed's order.

The stream itself says how far it is: each message has the position of its entry, and each append names the sequence
before it. So nothing is told twice or left out after a crash at any point, and a stream that was lost or rolled back is
filled again from there. What the agency must forget is deleted from the stream before the message that says so.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from contextlib import suppress
from itertools import accumulate
from typing import Final

from bus.errors import FeedRolledBackError, StoreError
from bus.nats.private_broker import PrivateBroker
from bus.nats.private_messages import KeptMessage, StreamEntry
from bus.node import Node
from bus.replica import feed
from bus.replica.feed import is_position
from gateway.feed.openings import opened_for
from gateway.feed.schemas import Forget, Roles, entry_of
from gateway.private.messages import (
    BEGINNING,
    forget_everything,
    is_about_events,
    is_after,
    message_of,
    without_details,
)

_AT_ONCE: Final = 200
_MOST_BYTES: Final = 4 * 1024 * 1024  # of messages on their way at once
_TOGETHER: Final = 0.02  # seconds; under load the entries of that time share one read and one answer
_LOOKS_EVERY: Final = 1.0
_LOOKS_AT_THE_STREAM_EVERY: Final = 60.0

log = logging.getLogger(__name__)


class Republishing:
    """Fills the stream of one agency. `published`: how many messages this process has put there."""

    def __init__(self, node: Node, broker: PrivateBroker, roles: Roles) -> None:
        self.published = 0
        self._node = node
        self._broker = broker
        self._roles = roles
        self._last = 0
        self._position = feed.BEGINNING

    async def run(self) -> None:
        """Fill the stream for a minute, or until the connection is lost; then run it again: the stream may be another.

        Raises BrokerAwayError or StoreError.
        """
        news, loop = asyncio.Event(), asyncio.get_running_loop()
        until, losses = loop.time() + _LOOKS_AT_THE_STREAM_EVERY, self._broker.losses
        end = self._node.feed.listen(news.set)
        try:
            await self._resume()
            while loop.time() < until and self._broker.losses == losses:
                news.clear()
                since = loop.time()
                if await self._go_on():
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOKS_EVERY):
                        await news.wait()
                await asyncio.sleep(since + _TOGETHER - loop.time())
        finally:
            end()

    async def _resume(self) -> None:
        """Find out how far the stream tells the feed; delete from its end what the feed no longer has."""
        await self._broker.establish()
        while (last := await self._broker.last()) is not None:
            self._position = _position_in(last)
            try:
                await self._node.feed.require(self._position)
                break
            except FeedRolledBackError:
                await self._broker.delete(last.sequence)
        else:
            self._position = feed.BEGINNING
        self._last = await self._broker.last_sequence()
        if last is None and self._last:
            log.warning("the private stream is told anew")
            await self._publish([forget_everything(self._broker.agency)])

    async def _go_on(self) -> bool:
        """Tell the next part of the feed. Returns whether there may be more."""
        try:
            part = await self._node.feed.read(self._position, _AT_ONCE)
        except FeedRolledBackError as error:
            raise StoreError("the store was rolled back") from error
        entries = [entry_of(told, self._roles) for told in part.entries]
        await opened_for(self._node, "private subjects", entries)
        waiting: list[StreamEntry] = []
        for entry in entries:
            if isinstance(entry, Forget):
                await self._publish(waiting)
                waiting = []
                await self._forget(entry)
            waiting.append(message_of(self._broker.agency, entry))
        await self._publish(waiting)
        self._position = part.last
        return part.more

    async def _publish(self, messages: list[StreamEntry]) -> None:
        while messages:
            size = 1 + bisect_left(list(accumulate(len(one.content) for one in messages)), _MOST_BYTES)
            together, messages = messages[:size], messages[size:]
            self._last = await self._broker.publish(together, self._last)
            self._position = together[-1].position
            self.published += len(together)

    async def _forget(self, entry: Forget) -> None:
        """Delete from the stream what the entry says; events that only lose details are told again without them.

        They are told again first: after a crash in between, both are done once more.
        """
        gone: list[int] = []
        bare: list[StreamEntry] = []
        async for kept in self._broker.about(entry.case_id):
            told_again = None
            if entry.why == "part-lost":
                told_again = without_details(kept, entry.part or "", self._position or BEGINNING)
                bare += [] if told_again is None else [told_again]
            if told_again is not None or _is_gone(entry, kept):
                gone.append(kept.sequence)
        if bare:
            self._last = await self._broker.publish(bare, self._last)
        for sequence in gone:
            await self._broker.delete(sequence)


def _is_gone(entry: Forget, kept: KeptMessage) -> bool:
    match entry.why:
        case "erased":
            return True
        case "left":
            return is_about_events(kept)  # open tasks stay; each of them has an end of its own
        case "replaced":
            return is_after(kept, entry.version)
    return False


def _position_in(kept: KeptMessage) -> str:
    """The position that a message names. A message that is none of ours names one that the feed does not have."""
    if kept.position == BEGINNING:
        return feed.BEGINNING
    return kept.position if is_position(kept.position) else f"{'0' * 16}-1"
