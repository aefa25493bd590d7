"""The views for operators and listeners: health, metrics and live updates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bus.nats.durability import Answer
from bus.store import OutboxRow, OutboxStatus
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from gateway.http.sse import EventStream
from gateway.live.listener import Listener
from gateway.metrics import LoopLag

from .conftest import DETECTION, Edge


async def test_a_live_service_need_not_be_ready(edge: Edge) -> None:
    """Without its broker it lives; what is not well is named."""
    assert (await edge.http.get("/health/live")).json()["status"] == "alive"
    answer = await edge.http.get("/health/ready")
    assert answer.status_code == 503 and answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert content["broker"] == "the broker cannot be reached" and content["replica"] and content["store"] is None


async def test_a_service_is_ready_when_every_part_is_well(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """200, for load balancers."""
    edge.node.log.connected.set()
    monkeypatch.setattr(edge.node, "_trouble", None)
    edge.node.issuing.level = True
    answer = await edge.http.get("/health/ready")
    edge.node.issuing.level = False
    edge.node.log.connected.clear()
    assert answer.status_code == 200 and answer.json()["status"] == "ready"


async def metrics(edge: Edge) -> dict[tuple[str, ...], float]:
    """The samples by name and labels."""
    text = (await edge.http.get("/metrics")).text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_tell_how_the_service_is(edge: Edge) -> None:
    """Requests by route, and what the replica and the outbox hold."""
    envelope = await edge.past.brings("police", VictimDetected.canonical())
    await edge.past.brings("police", VictimDetected.canonical(), envelope.case_id)
    await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
    await edge.http.get(f"/v1/cases/{envelope.case_id}", headers=edge.headers())
    await edge.http.get("/nowhere")
    found = await metrics(edge)
    assert found["stafett_http_requests_total", "POST", "/v1/cases", "202"] == 1
    assert found["stafett_http_requests_total", "GET", "/v1/cases/{case_id}", "200"] == 1
    assert found["stafett_http_requests_total", "GET", "unmatched", "404"] == 1
    assert found["stafett_http_request_duration_seconds_count", "POST", "/v1/cases"] == 1
    assert found["stafett_replica_position",] == edge.past.sequence
    assert found["stafett_events_total", "accepted"] == edge.past.sequence
    assert found["stafett_events_total", "set_aside"] == 1
    assert found["stafett_outbox", "pending"] == 1 and found["stafett_outbox", "attention"] == 0
    assert found["stafett_ready",] == 0
    assert envelope.case_id not in (await edge.http.get("/metrics")).text


async def test_how_full_the_log_is_is_measured(edge: Edge) -> None:
    """At the fullest broker; nothing is said where none has told."""
    assert ("stafett_log_fullness",) not in await metrics(edge)
    edge.node.durability._answers = tuple(Answer("http://broker", True, fullness=full) for full in (None, 0.25, 0.75))
    assert (await metrics(edge))["stafett_log_fullness",] == 0.75


async def test_the_operators_page_names_every_metric(edge: Edge) -> None:
    """Those of the service's own; the page shortens none but one that follows its like."""
    edge.node.durability._answers = (Answer("http://broker", True, fullness=0.5),)
    page = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
    page = page.replace("`…_parked`", "`stafett_obligations_parked`")
    families = text_string_to_metric_families((await edge.http.get("/metrics")).text)
    names = {family.name for family in families if not family.name.endswith("_created")}
    assert len(names) > 12 and {name for name in names if f"`{name}`" not in page} == set()


async def test_an_event_that_needs_attention_is_counted(edge: Edge) -> None:
    """So that somebody can be told."""
    edge.node.outbox._open["x"] = [OutboxRow("e", "x", b"", status=OutboxStatus.PARKED)]
    assert (await metrics(edge))["stafett_outbox", "attention"] == 1


async def test_the_event_loops_worst_lag_is_measured() -> None:
    """Until it is asked for."""
    lag = LoopLag()
    async with lag.watched():
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        busy_until = loop.time() + 0.3
        while loop.time() < busy_until:
            pass
        for _ in range(10):
            await asyncio.sleep(0)  # the timer that is overdue by now
    assert lag.take() > 0.1 and lag.take() == 0


class Client:
    """A caller of `/v1/live` over bare ASGI, since httpx's transport waits for the whole answer."""

    def __init__(self) -> None:
        self.status = 0
        self.arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self.left = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["body"]:
            self.arrived.put_nowait(message["body"])
        else:
            self.ended = not message.get("more_body", False)

    async def next(self) -> dict[str, Any]:
        """The next server-sent event, its data parsed."""
        async with asyncio.timeout(5):
            text = (await self.arrived.get()).decode()
        fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
        return {**fields, "data": json.loads(fields["data"])} if "data" in fields else fields


@asynccontextmanager
async def listening(edge: Edge, token: str | None = None) -> AsyncIterator[tuple[Client, asyncio.Task[None]]]:
    """A client that listens, and the task that serves it."""
    client = Client()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/live",
        "raw_path": b"/v1/live",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token or edge.token('caseworker')}".encode())],
        "app": edge.app,
    }
    served = asyncio.create_task(edge.app(scope, client.receive, client.send))
    try:
        yield client, served
    finally:
        client.left.set()
        client.reading.set()
        async with asyncio.timeout(5):
            await served


async def test_a_listener_is_told_of_each_event_in_its_cases(edge: Edge) -> None:
    """What changed, in log order, and nothing of what changed."""
    async with listening(edge) as (client, _):
        so_far = edge.past.sequence
        assert await client.next() == {"event": "ready", "id": str(so_far), "data": {"sequence": so_far}}
        first = await edge.past.brings("police", VictimDetected.canonical())
        await edge.past.brings("municipality-0180", VictimDetected.canonical())
        await edge.past.brings("police", ConsentGiven.canonical(), first.case_id)
        assert client.status == 200
        heard = [await client.next(), await client.next()]
    assert [update["id"] for update in heard] == [str(so_far + 1), str(so_far + 3)]
    assert heard[0]["data"] == {"case_id": first.case_id, "version": 1, "type": "VictimDetected"}
    assert heard[1]["data"] == {"case_id": first.case_id, "version": 2, "type": "ConsentGiven"}


async def test_a_listener_that_leaves_is_forgotten(edge: Edge) -> None:
    """The replica keeps nothing of it."""
    before = len(edge.node.replica._listeners)
    async with listening(edge) as (client, _):
        await client.next()
        assert len(edge.node.replica._listeners) == before + 1
    assert len(edge.node.replica._listeners) == before


async def test_a_listener_that_does_not_read_is_disconnected(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its queue is bounded, and others are not held up."""
    monkeypatch.setattr("gateway.live.routes.Listener", partial(Listener, capacity=3))
    async with listening(edge) as (slow, served), listening(edge) as (quick, _):
        await slow.next()
        await quick.next()
        slow.reading.clear()
        for _ in range(8):
            await edge.past.brings("police", VictimDetected.canonical())
            assert (await quick.next())["id"] == str(edge.past.sequence)
        async with asyncio.timeout(5):
            await served
        assert not slow.ended
        assert slow.arrived.qsize() == 0


async def test_listening_ends_with_the_token(edge: Edge) -> None:
    """However long the connection would last."""
    client = Client()
    listener = Listener("police", edge.node.replica)
    served = EventStream(listener, 0.05, lambda: None)({"type": "http"}, client.receive, client.send)
    async with asyncio.timeout(5):
        await served
    assert client.ended and (await client.next())["event"] == "ready"


async def test_a_heartbeat_keeps_the_connection(edge: Edge) -> None:
    """When nothing happens, a comment."""
    stream = Listener("police", edge.node.replica).stream(ends_in=5, heartbeat=0.01)
    assert b"event: ready" in await anext(stream)
    assert (await anext(stream)).startswith(b":")
    await stream.aclose()


async def test_there_is_room_for_so_many_listeners(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is asked to come back; when one leaves there is room again."""
    monkeypatch.setattr("gateway.live.routes._MOST_LISTENERS", 1)
    async with listening(edge) as (first, _):
        await first.next()
        answer = await edge.http.get("/v1/live", headers=edge.headers())
        assert answer.status_code == 503 and answer.json()["type"] == "urn:x-stafett:problem:too-many-listeners"
    async with listening(edge) as (again, _):
        await again.next()
        assert again.status == 200
