"""The direct way to the two busiest routes answers as FastAPI's router does."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import httpx
import pytest

from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import EVENTS

from .conftest import DETECTION, Edge

CONSENT = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
CASES = "/v1/cases"
EVENT = "/v1/cases/{case_id}/events"
OWN_TO_EACH = {"event_id", "case_id", "instance"}

REQUESTS: list[tuple[str, str, dict[str, str | None], Any]] = [
    ("POST", CASES, {}, DETECTION),
    ("POST", CASES, {"Idempotency-Key": "k"}, DETECTION),
    ("POST", CASES, {"Idempotency-Key": "é"}, DETECTION),
    ("POST", CASES, {"Authorization": None}, DETECTION),
    ("POST", CASES, {"Authorization": "Bearer x"}, DETECTION),
    ("POST", CASES, {"Content-Type": "text/plain"}, DETECTION),
    ("POST", CASES, {}, []),
    ("POST", CASES, {}, {"type": "ConsentGiven", "data": {}}),
    ("POST", CASES, {}, {**DETECTION, "region": "99"}),
    ("POST", CASES, {}, {**DETECTION, "note": "Amina Warsame"}),
    ("POST", CASES, {"Stafett-Free-Text": "checked"}, {**DETECTION, "note": "Amina Warsame"}),
    ("POST", CASES, {"Stafett-Free-Text": "no"}, DETECTION),
    ("POST", f"{CASES}?dry_run=true", {}, DETECTION),
    ("POST", f"{CASES}/", {}, DETECTION),
    ("POST", EVENT, {}, CONSENT),
    ("POST", EVENT, {"If-Match": '"0"'}, CONSENT),
    ("POST", EVENT, {"X-Correlation-ID": "6277108f-022a-485b-b068-f79939c87872", "traceparent": "x"}, CONSENT),
    ("POST", EVENT, {}, {"type": "CaseReferred", "data": EVENTS["CaseReferred"].example}),
    ("POST", EVENT, {}, {"type": "InvestigationOpened", "data": EVENTS["InvestigationOpened"].example}),
    ("POST", EVENT, {}, {"type": "Nothing", "data": {}}),
    ("POST", f"{EVENT}?x=1", {}, CONSENT),
    ("POST", f"{EVENT}?", {}, CONSENT),
    ("POST", f"{EVENT}?dry_run=true", {}, CONSENT),
    ("POST", f"{EVENT}/", {}, CONSENT),
    ("POST", f"{CASES}/x/events", {}, CONSENT),
    ("POST", f"{CASES}//events", {}, CONSENT),
    ("POST", f"{CASES}/a%2Fb/events", {}, CONSENT),
    ("POST", f"{CASES}/%7Bcase_id%7D/events", {}, CONSENT),
    ("POST", f"{CASES}/6277108f-022a-485b-b068-f79939c87872/events", {}, CONSENT),
    ("POST", f"{CASES}/events", {}, CONSENT),
    ("PUT", EVENT, {}, CONSENT),
    ("HEAD", CASES, {}, None),
    ("OPTIONS", EVENT, {}, None),
]


def shape(answer: httpx.Response) -> tuple[Any, ...]:
    """What may not differ: all but the ids that each answer has of its own."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("location", "content-length")}
    content = json.loads(answer.content) if answer.content else None
    told = None if content is None else {n: v for n, v in content.items() if n not in OWN_TO_EACH}
    return answer.status_code, headers, told, None if content is None else content.keys()


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"), REQUESTS, ids=[f"{n} {r[0]} {r[1]}" for n, r in enumerate(REQUESTS)]
)
async def test_both_ways_answer_the_same(
    edge: Edge,
    logged: StringIO,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    headers: dict[str, str | None],
    body: Any,
) -> None:
    """Status, headers, body, and what the access line says of it."""
    detected = await edge.past.brings("police", VictimDetected.canonical())
    sent = {**edge.headers(), "Content-Type": "application/json", **headers}
    encoded = {name.encode(): value.encode("latin-1") for name, value in sent.items() if value is not None}

    async def answered() -> tuple[Any, ...]:
        url = path.replace("{case_id}", detected.case_id)
        answer = await edge.http.request(method, url, headers=encoded, content=json.dumps(body).encode())
        line = [line for line in map(json.loads, logged.getvalue().splitlines()) if line["event"] == "request"][-1]
        return *shape(answer), {name: line.get(name) for name in ("route", "method", "status")}

    direct = await answered()
    monkeypatch.setattr(edge.app.direct, "routes", {})
    if "Idempotency-Key" in headers:
        encoded[b"Idempotency-Key"] += b" again"
    assert await answered() == direct


async def test_writes_do_take_the_direct_way(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI's router is not asked."""

    async def unexpected(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(edge.app.direct, "_app", unexpected)
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    for path, body in ((CASES, DETECTION), (f"{CASES}/{case_id}/events", CONSENT)):
        answer = await edge.http.post(path, json=body, headers=edge.headers())
        assert answer.status_code == 202
