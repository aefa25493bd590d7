"""The gateway with its broker there, over real connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from harness.bus import Bus
from harness.serving import Door, listening

from bus.directory.directory import DIRECTORY_ID
from bus.node import Node
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from gateway.app import GatewayApp, create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier

from .conftest import DETECTION, ISSUER

AGENCY = "ngo-fyren"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Served:
    """A gateway that listens, and a client with a caseworker's token."""

    app: GatewayApp
    door: Door
    http: httpx.AsyncClient
    token: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.door.port

    async def opened(self, **headers: str) -> httpx.Response:
        """The answer to a detection."""
        return await self.http.post("/v1/cases", json=DETECTION, headers=headers)


@asynccontextmanager
async def served(bus: Bus, folder: Path, **more: Any) -> AsyncIterator[Served]:
    """The gateway of one agency of the bus; its node starts and stops with it."""
    issuer = DevelopmentIssuer.load_or_create(folder / "issuer", issuer=ISSUER)
    node = Node(bus.settings(AGENCY), bus.mandates[AGENCY], now=_now, new_id=lambda: str(uuid4()))
    bus.nodes[AGENCY] = node
    verifier = TokenVerifier.from_file(issuer.jwks, issuer=ISSUER, audience=AGENCY)
    app = create_app(node, bus.mandates[AGENCY], verifier=verifier, clock=_now, **more)
    token = issuer.issue(AGENCY, "somebody", ("caseworker",), timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            listening(app) as door,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}", headers=headers, timeout=20) as http,
        ):
            await bus.ready()
            yield Served(app, door, http, token)
    finally:
        del bus.nodes[AGENCY]


async def test_what_is_sent_stands_in_the_log(tmp_path: Path) -> None:
    """201 says where; the same key gives the same answer; the history and the health agree."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        first = await edge.opened(**{"Idempotency-Key": "k"})
        assert first.status_code == 201, first.text
        receipt = first.json()
        assert (receipt["version"], receipt["sequence"]) == (1, bus.founded + 1)
        assert first.headers["location"] == f"/v1/cases/{receipt['case_id']}"
        again = await edge.opened(**{"Idempotency-Key": "k"})
        assert (again.status_code, again.json()) == (201, receipt)
        tag = (await edge.http.get(first.headers["location"])).headers["etag"]
        consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
        path = f"{first.headers['location']}/events"
        added = await edge.http.post(path, json=consent, headers={"If-Match": tag})
        assert (added.status_code, added.json()["version"]) == (201, 2)
        event = (await edge.http.get(added.headers["location"])).json()
        assert (event["event_id"], event["type"]) == (added.json()["event_id"], "se.nrm.ConsentGiven.v3")
        stale = await edge.http.post(path, json=consent, headers={"If-Match": tag})
        assert stale.status_code == 412
        assert (await edge.http.get("/health/ready")).status_code == 200
        state = (await edge.http.get(f"/v1/submissions/{receipt['event_id']}")).json()
        assert (state["status"], state["version"]) == ("delivered", 1)


async def test_what_waited_is_delivered_when_the_broker_is_back(tmp_path: Path) -> None:
    """202, then the same key tells that it stands in the log."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        await asyncio.to_thread(bus.broker.stop)
        kept = await edge.opened(**{"Idempotency-Key": "k"})
        assert kept.status_code == 202
        await bus.start_broker()
        await bus.delivered(AGENCY, kept.json()["event_id"])
        told = await edge.opened(**{"Idempotency-Key": "k"})
        assert told.status_code == 201 and told.json()["event_id"] == kept.json()["event_id"]


async def test_live_updates_arrive_over_the_wire_and_end_with_the_service(tmp_path: Path) -> None:
    """A listener does not keep the service from stopping."""
    async with (
        Bus(tmp_path, AGENCY, start=False) as bus,
        served(bus, tmp_path) as edge,
        edge.http.stream("GET", "/v1/live") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        while await anext(lines) != "event: ready":
            pass
        case_id = (await edge.opened()).json()["case_id"]
        while await anext(lines) != "event: committed":
            pass
        update = json.loads((await anext(lines)).removeprefix("data: "))
        assert update == {"case_id": case_id, "version": 1, "type": "VictimDetected"}
        edge.door.server.should_exit = True
        async with asyncio.timeout(3):
            await edge.door.running


async def test_the_feed_arrives_over_the_wire_and_goes_on_after_a_break(tmp_path: Path) -> None:
    """The id of the last entry is where the next connection begins; a waiting question ends with the service."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        opened = [(await edge.opened()).json()["case_id"] for _ in range(2)]
        told, last = list[str](), dict[str, str]()
        for _ in opened:
            async with edge.http.stream("GET", "/v1/feed/stream", headers=last) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                lines = answer.aiter_lines()
                while await anext(lines) != "event: event":
                    pass
                entry = json.loads((await anext(lines)).removeprefix("data: "))
                told.append(entry["case_id"])
                last = {"Last-Event-ID": entry["position"]}
        assert told == opened
        waiting = asyncio.create_task(edge.http.get(f"/v1/feed?after={last['Last-Event-ID']}&wait=30"))
        await asyncio.sleep(0.2)
        edge.door.server.should_exit = True
        async with asyncio.timeout(5):
            assert (await waiting).json()["items"] == []
            await edge.door.running


async def test_a_listener_whose_connection_breaks_is_forgotten(tmp_path: Path) -> None:
    """Nothing is kept for it."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
        request = f"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {edge.token}\r\n\r\n"
        writer.write(request.encode())
        await reader.readexactly(15)
        before = len(bus.nodes[AGENCY].replica._listeners)
        assert before >= 1
        writer.transport.abort()
        await edge.opened()
        async with asyncio.timeout(10):
            while len(bus.nodes[AGENCY].replica._listeners) == before:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)


async def test_a_body_that_grows_too_long_is_cut_off(tmp_path: Path) -> None:
    """Sent in chunks without end, it is answered and the rest is not read."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
        head = (
            f"POST /v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {edge.token}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(head.encode())
        for _ in range(5):
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n")
        assert b"413" in answer
        writer.transport.abort()


async def test_free_places_reach_the_directory_of_all(tmp_path: Path) -> None:
    """201 says where in the directory's chain; then anyone finds them; the chain is no case."""
    async with Bus(tmp_path, AGENCY, start=False) as bus, served(bus, tmp_path) as edge:
        event = {"type": "CapacityAnnounced", "data": DIRECTORY_EVENTS["CapacityAnnounced"].example}
        answer = await edge.http.post("/v1/directory/events", json=event)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["case_id"], answer.json()["sequence"]) == (DIRECTORY_ID, bus.founded + 1)
        (free,) = (await edge.http.get("/v1/directory/capacity?for_child=true")).json()["items"]
        assert (free["agency"], free["places"]) == (AGENCY, 2)
        assert (await edge.http.get("/v1/cases")).json()["total"] == 0
