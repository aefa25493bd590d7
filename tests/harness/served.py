"""An agency's service that listens on a port, for clients over real connections.

async with served(tmp_path) as service, AsyncClient(service.url, service.token) as ngo:
    ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bus.node import Node
from gateway.app import create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier
from gateway.middleware.limits import Limits
from harness.bus import Bus
from harness.serving import Door, listening

AGENCY = "ngo-fyren"
ISSUER = "urn:x-stafett:test-issuer"


class Stopwatch:
    """Seconds that go by when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.seconds += seconds
        self.slept.append(seconds)


@dataclass
class Served:
    """A service that listens."""

    bus: Bus
    door: Door
    token: str
    stopwatch: Stopwatch

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.door.port}"

    def hangs_up(self) -> None:
        """Every connection ends at once."""
        for connection in tuple(self.door.server.server_state.connections):
            connection.transport.abort()


def present() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def served(folder: Path, limits: Limits | None = None) -> AsyncIterator[Served]:
    """The service of an agency. `limits`: of how often one may ask, by the stopwatch."""
    async with Bus(folder, AGENCY, start=False) as bus:
        issuer = DevelopmentIssuer.load_or_create(folder / "issuer", issuer=ISSUER)
        node = Node(bus.settings(AGENCY), bus.mandates[AGENCY], now=present, new_id=lambda: str(uuid4()))
        bus.nodes[AGENCY] = node
        verifier = TokenVerifier.from_file(issuer.jwks, issuer=ISSUER, audience=AGENCY)
        stopwatch = Stopwatch()
        app = create_app(
            node, bus.mandates[AGENCY], verifier=verifier, clock=present, limits=limits or Limits(), elapsed=stopwatch
        )
        token = issuer.issue(AGENCY, "somebody", ("caseworker",), timedelta(hours=1))
        try:
            async with listening(app) as door:
                await bus.ready()
                yield Served(bus, door, token, stopwatch)
        finally:
            del bus.nodes[AGENCY]
