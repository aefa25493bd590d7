"""What HTTP itself asks for, at every resource: HEAD, Allow, entity tags, and headers that warn of what will go."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from harness.serving import listening

from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import EVENTS
from gateway.http.deprecation import leaving

from .conftest import DETECTION, Edge
from .test_submitting_events import kind, post

UUID = "6277108f-022a-485b-b068-f79939c87872"
STREAMS = {"/v1/live", "/v1/feed/stream"}
ALWAYS_OTHER = {"/metrics", "/v1/statistics/cells"}
OWN = {"last-modified", "date"}


async def paths_of(edge: Edge) -> dict[str, dict[str, Any]]:
    """The paths of the service with their operations."""
    described = (await edge.http.get("/openapi.json")).json()["paths"]
    assert len(described) > 40
    return dict(described)


def filled(template: str, case_id: str) -> str:
    """A path with an id in each place."""
    path = template.replace("{case_id}", case_id).replace("{code}", "0180")
    return path.replace("{", "").replace("}", "")


def asking(edge: Edge, template: str) -> str:
    """The query that the path needs."""
    year = dict.fromkeys(("/v1/statistics/victims", "/v1/statistics/cells"), "?year=2024")
    return {"/v1/statistics": "?from=2024-01&to=2024-02", **year}.get(template, "")


async def test_every_get_is_also_a_head(coordinator: Edge) -> None:
    """With the same status and headers, and no body; a stream ends at once."""
    case_id = (await coordinator.past.brings("coordinator", VictimDetected.canonical())).case_id
    for template, operations in (await paths_of(coordinator)).items():
        if "get" not in operations:
            continue
        path = filled(template, case_id) + asking(coordinator, template)
        async with asyncio.timeout(20):
            head = await coordinator.http.head(path, headers=coordinator.headers())
        assert head.content == b"", template
        if template in STREAMS:
            assert (head.status_code, head.headers["content-type"][:17]) == (200, "text/event-stream"), template
            continue
        get = await coordinator.http.get(path, headers=coordinator.headers())
        assert head.status_code == get.status_code, template
        own = {"etag", "content-length"} if template in ALWAYS_OTHER or get.status_code >= 400 else set()
        assert {n: v for n, v in head.headers.items() if n not in own} == {
            n: v for n, v in get.headers.items() if n not in own
        }, template
    assert coordinator.app.context.listening == set()


async def test_a_head_over_the_wire_has_the_length_of_what_a_get_would_send(edge: Edge) -> None:
    """And no byte of it."""
    async with listening(edge.app) as door:
        at = f"http://127.0.0.1:{door.port}"
        async with httpx.AsyncClient(base_url=at) as http:
            head, get = (
                await http.head("/v1/rules", headers=edge.headers()),
                await http.get("/v1/rules", headers=edge.headers()),
            )
            assert head.content == b"" and head.headers["content-length"] == str(len(get.content))
            assert (await http.head("/v1/live", headers=edge.headers())).status_code == 200
            assert (await http.head("/nope")).status_code == 404


async def test_what_is_not_allowed_names_what_is(coordinator: Edge) -> None:
    """Every method of the resource, whichever route has it; HEAD with each GET."""
    for template, operations in (await paths_of(coordinator)).items():
        for method in ("PUT", "OPTIONS", "TRACE"):
            answer = await coordinator.http.request(method, filled(template, UUID))
            allowed = {name.upper() for name in operations} | ({"HEAD"} if "get" in operations else set())
            assert answer.status_code == 405 and answer.headers["allow"] == ", ".join(sorted(allowed)), template


async def test_no_page_of_another_origin_may_ask(edge: Edge) -> None:
    """CORS is off: a browser that asks first is told nothing that would let it go on."""
    asks = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    before = await edge.http.options("/v1/cases", headers=asks)
    answer = await edge.http.get("/v1/cases", headers=edge.headers(Origin="https://example.org"))
    assert answer.status_code == 200
    for one in (before, answer):
        assert not [name for name in one.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/v1/rules", "/v1/cases", "/v1/cases/{case_id}/events", "/v1/feed", "/openapi.json"])
async def test_what_has_not_changed_is_not_sent_again(edge: Edge, path: str) -> None:
    """Each representation has an entity tag; it is another one when the representation is."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    path = filled(path, case_id)
    first = await edge.http.get(path, headers=edge.headers())
    again = await edge.http.get(path, headers=edge.headers(If_None_Match=f'"other", W/{first.headers["etag"]}'))
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert "content-type" not in again.headers
    other = await edge.http.get(path, headers=edge.headers(If_None_Match='"other"'))
    assert (other.status_code, other.content) == (200, first.content)
    if path == "/v1/cases":
        await edge.past.brings("police", VictimDetected.canonical())
        changed = await edge.http.get(path, headers=edge.headers(If_None_Match=first.headers["etag"]))
        assert changed.status_code == 200 and changed.headers["etag"] != first.headers["etag"]


async def test_a_problem_has_no_tag(edge: Edge) -> None:
    """Nor is an asterisk a reason to say that it has not changed."""
    answer = await edge.http.get(f"/v1/cases/{UUID}", headers=edge.headers(If_None_Match="*"))
    assert answer.status_code == 404 and "etag" not in answer.headers and kind(answer) == "not-found"


@pytest.mark.parametrize("header", ["X-Correlation-ID", "X-Causation-ID"])
@pytest.mark.parametrize("value", ["zzz", "", f"{{{UUID}}}", UUID.replace("-", "")])
async def test_an_id_that_is_none_is_refused(edge: Edge, header: str, value: str) -> None:
    """It was dropped without a word once, and the events of a matter could not be found together."""
    sent: dict[str, Any] = {header.replace("-", "_"): value}
    answer = await post(edge, DETECTION, **sent)
    assert (answer.status_code, kind(answer), answer.json()["header"]) == (400, "invalid-header", header)


async def test_the_cause_of_an_event_is_told_by_its_sender(edge: Edge) -> None:
    """And kept with the event."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    kept = await post(edge, consent, f"/v1/cases/{case_id}/events", X_Causation_ID=UUID.upper())
    assert kept.status_code == 202, kept.text
    (row,) = await edge.node.store.outbox()
    assert f'"causation_id":"{UUID}"' in row.draft.decode()


async def test_what_will_go_says_when_and_what_to_use(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deprecated route tells each caller in its headers, also with a problem; no other route does."""
    route = next(one.route for one in iter_route_contexts(edge.app.routes) if one.path == "/v1/hotline")
    assert isinstance(route, APIRoute)
    plain = await edge.http.get("/v1/hotline", headers=edge.headers())
    assert not {"deprecation", "sunset", "link"} & plain.headers.keys()
    mark = leaving(
        since=datetime(2026, 12, 1, tzinfo=UTC), until=datetime(2027, 6, 1, tzinfo=UTC), successor="/v1/contacts"
    )
    monkeypatch.setattr(route, "deprecated", True)
    monkeypatch.setattr(route, "openapi_extra", mark)
    for answer in (await edge.http.get("/v1/hotline", headers=edge.headers()), await edge.http.get("/v1/hotline?x=1")):
        assert answer.headers["deprecation"] == "@1796083200"
        assert answer.headers["sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
        assert answer.headers["link"] == '</v1/contacts>; rel="successor-version"'
