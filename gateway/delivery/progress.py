"""How far a webhook or a subscriber has come, as both show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bus.replica.feed import BEGINNING
from bus.webhooks.rows import Owing, Webhook, WebhookStatus


def progress(webhook: Webhook, owing: Owing, end: str) -> dict[str, Any]:
    """The fields that both kinds of state have. `end`: the position of the feed's last row."""
    return {
        "types": tuple(sorted(webhook.names)),
        "position": webhook.position,
        "behind": max(0, _number(end) - _number(webhook.position)),
        "pending": owing.pending,
        "pending_since": moment(owing.since),
        "next_attempt_at": moment(owing.next_at) if webhook.state is WebhookStatus.ACTIVE else None,
        "dead_letters": owing.dead,
        "failures": webhook.failures,
        "trouble": webhook.trouble or None,
        "last_success_at": moment(webhook.last_success),
        "last_failure_at": moment(webhook.last_failure),
        "created_at": datetime.fromtimestamp(webhook.created_at, UTC),
    }


def moment(seconds: float | None) -> datetime | None:
    """A moment of a row."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _number(position: str) -> int:
    return 0 if position == BEGINNING else int(position.partition("-")[2])
