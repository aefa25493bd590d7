"""A webhook's target: its entries go to an address, as signed messages."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from bus.node import Node
from bus.replica.feed import FeedEntry
from bus.webhooks.rows import MessageContent, Webhook, WebhookDelivery
from gateway.delivery.attempt import Attempt
from gateway.feed.openings import opened_for
from gateway.feed.schemas import Entry
from gateway.webhooks.messages import message_id, message_of, ping_of, signed
from gateway.webhooks.outbound import Outbound, Resolve, resolved
from gateway.webhooks.posting import Poster

_WITHIN: Final = 15.0


@dataclass(frozen=True, slots=True)
class Sender:
    """The settings of sending; tests choose others.

    Attributes:
        outbound: The addresses that may be reached.
        resolve: Finds the addresses of a host.
        jitter: Returns a number from 0 to 1.
        within: The seconds in which a receiver has to answer.
    """

    outbound: Outbound = field(default_factory=Outbound)
    resolve: Resolve = resolved
    jitter: Callable[[], float] = random.random
    within: float = _WITHIN

    def poster(self, url: str) -> Poster:
        """A poster to this address."""
        return Poster(url, self.outbound, self.resolve, self.within)


class Address:
    """The address of one webhook."""

    def __init__(self, node: Node, url: str, sender: Sender) -> None:
        self._node = node
        self._poster = sender.poster(url)

    async def deliver(self, webhook: Webhook, delivery: WebhookDelivery, told: FeedEntry, entry: Entry) -> Attempt:
        """Send an entry, as much of it as the webhook asks for."""
        if webhook.content is MessageContent.FULL:
            await opened_for(self._node, f"webhook {webhook.webhook_id}", (entry,))
        now = self._node.now()
        body = message_of(webhook, self._node.settings.agency, entry, now)
        name = message_id(webhook, delivery.position)
        secrets = await self._node.webhooks.secrets(webhook)
        return await self._poster.post(body, signed(name, body, secrets, now)) if secrets else Attempt("no-secret")

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


async def ping(node: Node, webhook: Webhook, sender: Sender) -> Attempt:
    """Send a test message. If its receiver accepts it, everything pending is due now. Raises StoreError."""
    now = node.now()
    name, body = ping_of(webhook, node.settings.agency, token_hex(8), now)
    poster = sender.poster(webhook.url)
    try:
        answer = await poster.post(body, signed(name, body, await node.webhooks.secrets(webhook), now))
    finally:
        await poster.close()
    if not answer.trouble:
        await node.webhooks.hurry(webhook.webhook_id)
    return answer
