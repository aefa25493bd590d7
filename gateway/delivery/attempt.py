"""An attempt to deliver an entry, and the targets that can be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bus.replica.feed import FeedEntry
from bus.webhooks.rows import Webhook, WebhookDelivery
from gateway.feed.schemas import Entry


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of an attempt.

    Attributes:
        trouble: Why it failed, one word; empty when the entry was accepted.
        status: The HTTP status, or None when none came.
        wait: For how many seconds the receiver asks not to be tried again; 0 when it does not.
        final: True if no further attempt can help.
    """

    trouble: str = ""
    status: int | None = None
    wait: int = 0
    final: bool = False


class Target(Protocol):
    """The receiver of the entries of a webhook or subscriber. Several cases come at once, none twice at once."""

    async def deliver(self, webhook: Webhook, delivery: WebhookDelivery, told: FeedEntry, entry: Entry) -> Attempt:
        """Deliver an entry. Failures of the receiver are answers. Raises StoreError.

        It may be cancelled at any point; the entry is then delivered again.
        """

    async def close(self) -> None:
        """Release what it holds."""
