"""Both clients over real connections: a stream that is cut goes on, and a busy service is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from harness.bus import Bus, an_event
from harness.serving import Door, listening

from bus.node import Node
from contracts.chapters.assistance import NeedsAssessed
from gateway.app import create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier
from gateway.middleware.limits import Limits
from stafett import client, events
from stafett.client import AsyncClient, Client, Patience
from stafett.feed import EventTold

AGENCY = "ngo-fyren"
ISSUER = "urn:x-stafett:test-issuer"
EVEN = Patience(least=0.01, jitter=lambda: 1.0)


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


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """The service of an agency, which answers one caller ten times a second."""
    async with Bus(folder, AGENCY, start=False) as bus:
        issuer = DevelopmentIssuer.load_or_create(folder / "issuer", issuer=ISSUER)
        node = Node(bus.settings(AGENCY), bus.mandates[AGENCY], now=_now, new_id=lambda: str(uuid4()))
        bus.nodes[AGENCY] = node
        verifier = TokenVerifier.from_file(issuer.jwks, issuer=ISSUER, audience=AGENCY)
        stopwatch = Stopwatch()
        limits = Limits(per_caller=10, per_address=10)
        app = create_app(node, bus.mandates[AGENCY], verifier=verifier, clock=_now, limits=limits, elapsed=stopwatch)
        token = issuer.issue(AGENCY, "somebody", ("caseworker",), timedelta(hours=1))
        try:
            async with listening(app) as door:
                await bus.ready()
                yield Served(bus, door, token, stopwatch)
        finally:
            del bus.nodes[AGENCY]


async def test_a_stream_that_is_cut_goes_on(tmp_path: Path) -> None:
    """Each event is told once, in order, although the service hangs up after each."""
    async with served(tmp_path) as service:
        case_id = (await service.bus.detect(AGENCY)).case_id
        for _ in range(3):
            await service.bus.submit(AGENCY, an_event(NeedsAssessed, occurred_at=_now().isoformat()), case_id)
        told = []

        async def at_once(seconds: float) -> None:
            service.stopwatch.sleep(seconds)
            await asyncio.sleep(0)

        async with (
            asyncio.timeout(30),
            AsyncClient(service.url, service.token, patience=EVEN, sleep=at_once) as ngo,
            aclosing(ngo.each(client.stream(types=["event"]))) as parts,
        ):
            async for part in parts:
                assert isinstance(part.entries[0], EventTold)
                told.append(part.entries[0].version)
                if len(told) == 4:
                    break
                service.hangs_up()
        assert told == [1, 2, 3, 4]


async def test_a_service_that_is_asked_too_often_is_waited_for(tmp_path: Path) -> None:
    """The client that waits does what it is asked to, and no more often than the service allows; its thread is free."""
    async with served(tmp_path) as service:

        def asks() -> int:
            with Client(service.url, service.token, patience=EVEN, sleep=service.stopwatch.sleep) as ngo:
                for number in range(25):
                    ngo.do(client.open_case(("VictimDetected", dict(events.VictimDetected.example)), key=f"k-{number}"))
                return len(list(ngo.each(client.every(client.list_cases(limit=10)))))

        assert await asyncio.to_thread(asks) == 25
        assert service.stopwatch.slept and all(1 <= seconds < 3 for seconds in service.stopwatch.slept)


async def test_a_service_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    """After some attempts; nothing was sent, which the error says."""
    stopwatch = Stopwatch()

    def asks() -> client.NoAnswerError | None:
        with Client("http://127.0.0.1:1", "token", patience=EVEN, sleep=stopwatch.sleep) as ngo:
            try:
                ngo.do(client.read_hotline())
            except client.NoAnswerError as error:
                return error
        return None

    error = await asyncio.to_thread(asks)
    assert error is not None and not error.sent and len(stopwatch.slept) == EVEN.attempts - 1
