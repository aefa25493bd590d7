"""A service that stops answers every request, and never with 500."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from harness.bus import Bus
from harness.waiting import eventually

from .conftest import DETECTION
from .test_over_the_wire import AGENCY, Served, served
from .test_submitting_events import kind

WRITERS = 24


async def outcome(asked: asyncio.Task[httpx.Response]) -> tuple[int, str]:
    """The status, and the event or the kind of problem."""
    answer = await asked
    if answer.status_code == 202:
        return 202, str(answer.json()["event_id"])
    assert answer.headers["retry-after"]
    return answer.status_code, kind(answer)


async def waiting(edge: Served, requests: int) -> None:
    """Wait until so many requests are being answered."""
    await eventually(lambda: len(edge.app.in_flight) == requests)


@pytest.mark.long
async def test_under_load_with_a_frozen_broker_everybody_is_answered(tmp_path: Path) -> None:
    """Who waits for the broker is told that the event is kept, who comes now that the service stops; what was kept is
    delivered after the next start.
    """
    async with Bus(tmp_path, AGENCY, start=False) as bus:
        async with served(bus, tmp_path) as edge:
            bus.pause()
            asked = [asyncio.create_task(edge.opened(**{"Idempotency-Key": str(n)})) for n in range(WRITERS)]
            await waiting(edge, WRITERS)
            edge.door.server.should_exit = True
            await edge.app.in_flight.ending.wait()
            late = [await edge.opened() for _ in range(3)]
            read = await edge.http.get("/v1/cases")
            for answer in (*late, read):
                assert answer.status_code == 503 and kind(answer) == "stopping"
                assert answer.headers["retry-after"] and answer.headers["connection"] == "close"
            assert (await edge.http.get("/health/live")).status_code == 200
            ready = await edge.http.get("/health/ready")
            assert ready.status_code == 503 and ready.json()["service"] == "the service is stopping"
            outcomes = [await outcome(one) for one in asked]
            async with asyncio.timeout(5):
                await edge.door.running
        assert {status for status, _ in outcomes} == {202}
        bus.resume()
        async with served(bus, tmp_path):
            for _, event_id in outcomes:
                await bus.delivered(AGENCY, event_id)


async def test_what_takes_too_long_is_told_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that cannot be seen through says how to learn what became of it; a read says that the service stops."""
    monkeypatch.setattr("gateway.serving.server._ANSWERED_WITHIN", 0.3)
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        never = asyncio.Event()
        monkeypatch.setattr(edge.app.context.node.lists, "cases", lambda *_, **__: never.wait())
        bus.pause()
        write = asyncio.create_task(edge.opened(**{"Idempotency-Key": "k"}))
        read = asyncio.create_task(edge.http.get("/v1/cases"))
        await waiting(edge, 2)
        edge.door.server.should_exit = True
        assert await outcome(read) == (503, "stopping")
        assert await outcome(write) == (503, "outcome-unknown")
        assert (await write).json()["what_to_do"].keys() == {"en", "sv"}
        bus.resume()


async def test_a_service_with_nothing_to_answer_stops_at_once(tmp_path: Path) -> None:
    """Connections that are kept alive do not hold it up."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        assert (await edge.http.post("/v1/cases", json=DETECTION)).status_code == 201
        edge.door.server.should_exit = True
        async with asyncio.timeout(3):
            await edge.door.running
