"""Refuses a broker that acknowledges what is not yet on its disk.

nats-server syncs every two minutes unless told otherwise, and no client can see it from the connection; so every
broker's monitoring address is asked.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.request
from typing import Any

from bus.broker.transport import Tls
from bus.errors import BrokerAwayError, UnsafeBrokerError

_ADVICE = "set `sync_interval: always` in the jetstream block of its configuration"


async def require_durable(monitors: tuple[str, ...], tls: Tls | None = None) -> None:
    """Return when every broker that answers syncs on each acknowledgement. An https address must show a certificate of
    the authority in `tls`.

    Raises UnsafeBrokerError, saying what to set, or BrokerAwayError when none answers.
    """
    if not monitors:
        raise UnsafeBrokerError(
            "no monitoring address is set, so it cannot be seen whether the broker syncs every message to disk: "
            "set STAFETT_NATS_MONITOR to the http addresses of all brokers"
        )
    context = tls.context() if tls is not None else None
    answers = await asyncio.gather(*(asyncio.to_thread(_jetstream_settings, address, context) for address in monitors))
    if not any(answers):
        raise BrokerAwayError("no broker's monitoring address answers")
    for address, settings in zip(monitors, answers, strict=True):
        if settings is not None and not settings.get("sync_always"):
            raise UnsafeBrokerError(f"the broker at {address} does not sync every message to disk: {_ADVICE}")


def _jetstream_settings(address: str, context: ssl.SSLContext | None) -> dict[str, Any] | None:
    if not address.startswith(("http://", "https://")):
        raise UnsafeBrokerError(f"{address} is not an http address")
    try:
        url = f"{address.rstrip('/')}/jsz?config=true"
        with urllib.request.urlopen(url, timeout=2, context=context) as answer:  # noqa: S310 - http(s), checked above
            content: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return None
    return dict(content.get("config") or {})
