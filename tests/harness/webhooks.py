"""A service with webhooks, as its administrator and its tests use it."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Protocol

import httpx

from bus.nats.tls import Tls
from bus.node import Node
from bus.operator.certificates import SERVER, Authority
from gateway.app import GatewayApp
from gateway.delivery.lanes import Lanes
from gateway.webhooks.outbound import Outbound
from gateway.webhooks.target import Sender
from harness.receiving import Message
from harness.waiting import eventually

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Service(Protocol):
    """A gateway, and how to call it."""

    app: GatewayApp
    node: Node
    http: httpx.AsyncClient


@dataclass
class Clock:
    """A clock that goes on, and that a test moves ahead."""

    moved: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


def sender(within: float = 5.0, authority: Path | None = None, **more: Any) -> Sender:
    """Sends to the loopback address alone, by names as by numbers."""
    return Sender(Outbound(False, LOOPBACK, authority), jitter=lambda: 0.5, within=within, **more)


def certificates(folder: Path, host: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """An authority of the agency's own, and the TLS of a receiver with this name."""
    folder.mkdir()
    files = Tls.beside(folder, "receiver")
    Authority.load_or_create(folder, "ca", datetime.now(UTC)).provide(files, host, (host,), SERVER, datetime.now(UTC))
    assert files.certificate is not None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files.certificate, files.key)
    return files.ca, tls


@dataclass
class Administrator:
    """Manages the webhooks of a service, by a clock that it moves. `headers`: those of an administrator."""

    service: Service
    headers: dict[str, str]
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.service.node.now = self.clock

    @property
    def sending(self) -> Lanes:
        """What serves the webhooks."""
        sending: Lanes = self.service.app.state.sending
        return sending

    async def asks(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        """The answer of the service."""
        return await self.service.http.request(method, f"/v1/webhooks{path}", json=body, headers=self.headers)

    async def does(self, method: str, path: str = "", body: Any = None) -> Any:
        """The JSON of an answer that is a success."""
        answer = await self.asks(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def creates(self, url: str, **more: Any) -> tuple[str, str]:
        """A new webhook's id and secret."""
        created = await self.does("POST", "", {"url": url, "after": "", **more})
        return created["webhook_id"], created["secret"]

    async def sees(self, webhook_id: str) -> dict[str, Any]:
        """The state of a webhook."""
        state: dict[str, Any] = await self.does("GET", f"/{webhook_id}")
        return state

    async def notes_failures(self, webhook_id: str, messages: Sequence[object]) -> None:
        """Wait until each of these messages counts as a failure: only then is it known when the next attempt is due."""

        async def noted() -> bool:
            return int((await self.sees(webhook_id))["failures"]) == len(messages)

        await eventually(noted)

    async def is_done(self, webhook_id: str) -> bool:
        """True if the webhook has taken in the whole feed, and nothing is pending."""
        state = await self.sees(webhook_id)
        return bool(state["behind"] == 0 and state["pending"] == 0)

    def waits(self, **time: float) -> None:
        """Some time goes by."""
        self.clock.moved += timedelta(**time)
        self.sending.wake()


def positions(messages: list[Message]) -> list[int]:
    """The numbers of the positions that messages tell."""
    return [int(one.event["data"]["position"].partition("-")[2]) for one in messages]
