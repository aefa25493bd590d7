"""The rows of webhooks, as immutable values. Moments are seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SUBSCRIBER: Final = "subscriber:"
"""Begins the id and the address of a webhook whose messages go to a function of the service itself."""


class MessageContent(StrEnum):
    """How much a message tells: only which event of which case and where to read it, or the whole entry of the feed."""

    REFERENCE = "reference"
    FULL = "full"


class WebhookStatus(StrEnum):
    """Whether a webhook is served. GONE: its receiver answered 410, and a person has to look."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook, or a subscriber in the service itself, which has no address, no secret and its own name.

    Attributes:
        webhook_id: A UUID; of a subscriber, SUBSCRIBER and its name.
        url: The address to which its messages are sent; of a subscriber, its id.
        content: How much they tell.
        types: The names of the events and kinds that it asks for, with commas between; empty: all events of cases.
        state: Whether it is served.
        position: The position up to which the feed's entries have become deliveries.
        secret: The id of the secret that signs.
        former: The id of the secret that signs too until `former_until`, or empty.
        former_until: See `former`.
        created_at: When it was created.
        delivered: How many messages its receiver accepted.
        failures: How many attempts have failed since the last success.
        last_success: When its receiver last accepted a message, or None.
        last_failure: When an attempt last failed, or None.
        trouble: Why the last attempt failed; empty after a success.
    """

    webhook_id: str
    url: str
    content: MessageContent
    types: str
    state: WebhookStatus
    position: str
    secret: str
    former: str
    former_until: float
    created_at: float
    delivered: int = 0
    failures: int = 0
    last_success: float | None = None
    last_failure: float | None = None
    trouble: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Webhook:
        """Return the webhook in a row of the store."""
        return cls(**{**row, "content": MessageContent(row["content"]), "state": WebhookStatus(row["state"])})

    @property
    def subscriber(self) -> str:
        """The name of the subscriber; empty if it is a webhook."""
        return self.webhook_id.partition(SUBSCRIBER)[2]

    @property
    def names(self) -> frozenset[str]:
        """The names of the events that it asks for; none: all."""
        return frozenset(self.types.split(",")) if self.types else frozenset()


@dataclass(frozen=True, slots=True)
class Owing:
    """An amount of deliveries of one webhook.

    Attributes:
        pending: How many are not yet accepted.
        dead: How many are dead letters.
        since: Since when the oldest pending one waits, or None.
        next_at: When the next attempt is due, or None.
    """

    pending: int = 0
    dead: int = 0
    since: float | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """An entry of the feed that is owed to a webhook.

    Attributes:
        webhook_id: The webhook.
        number: The number of the entry's position.
        position: The entry's position.
        case_id: The case.
        name: The event's name, or the kind of another entry.
        forgets: True if the entry says to forget.
        attempts: How many attempts have failed.
        due_at: When the next attempt is due; of a dead letter, when the last one failed.
        since: Since when it is owed.
        trouble: Why the last attempt failed.
        dead: True if it was given up.
    """

    webhook_id: str
    number: int
    position: str
    case_id: str
    name: str
    forgets: bool
    attempts: int = 0
    due_at: float = 0.0
    since: float = 0.0
    trouble: str = ""
    dead: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> WebhookDelivery:
        """Return the delivery in a row of the store."""
        return cls(**{**row, "forgets": bool(row["forgets"]), "dead": bool(row.get("dead"))})
