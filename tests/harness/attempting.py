"""Trying at the real server what an agency's credentials allow."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bus.nats.client import Client
from harness.bus import Bus


class Attempts:
    """A connection with an agency's credentials, and what the server has forbidden it."""

    def __init__(self, client: Client, forbidden: list[str]) -> None:
        self.client = client
        self.forbidden = forbidden

    async def may_publish(self, subject: str, data: bytes = b"{}", **headers: str) -> bool:
        """Whether the server lets a message on a subject pass."""
        return await self._passes(self.client.publish(subject, data, headers=headers or None))

    async def may_subscribe(self, subject: str) -> bool:
        """Whether the server lets a subscription stand."""
        return await self._passes(self.client.subscribe(subject))

    async def _passes(self, attempt: Any) -> bool:
        before = len(self.forbidden)
        await attempt
        await self.client.flush()  # its ping may overtake what waits to be sent
        await self.client.flush()  # the server's refusal comes before this one's pong
        return len(self.forbidden) == before

    async def asks(self, subject: str, **request: Any) -> dict[str, Any]:
        """What JetStream answers to a request that passes."""
        return await self.puts(subject, json.dumps(request).encode())

    async def puts(
        self, subject: str, data: bytes, headers: dict[str, str] | None = None, *, within: float = 5
    ) -> dict[str, Any]:
        """What JetStream answers to a message that passes. `within`: seconds."""
        answer = await self.client.request(subject, data, timeout=within, headers=headers)
        content: dict[str, Any] = json.loads(answer.data)
        return content


@asynccontextmanager
async def attempting(bus: Bus, agency: str, program: str = "", **options: Any) -> AsyncIterator[Attempts]:
    """A connection with an agency's credentials, or a further program's, for as long as the block lasts."""
    forbidden: list[str] = []

    async def heard(error: Exception) -> None:
        forbidden.append(str(error))

    name = f"broker-{program}.creds" if program else "broker.creds"
    credentials, inbox = bus.layout.home(agency) / name, f"_INBOX_{agency}".encode()
    async with bus.connected(credentials, error_cb=heard, inbox_prefix=inbox, **options) as client:
        yield Attempts(client, forbidden)
