"""The content of a request never comes back in a problem and never gets into a log, whatever goes wrong."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from harness.bus import Bus
from harness.examples import examples
from harness.gateways import gateways
from harness.sharing import consent
from harness.waiting import eventually
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from bus.errors import StoreError, UnknownOutcomeError
from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import EVENTS
from gateway import logs
from gateway.live.listener import Listener

from .conftest import DETECTION, Edge
from .test_documents import check

CANARY = "KANARIEFAGEL19800101"


def lines(logged: StringIO) -> list[dict[str, Any]]:
    """The log lines so far, each JSON; not those of the tests' own client."""
    return [line for line in map(json.loads, logged.getvalue().splitlines()) if line["logger"] != "httpx"]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"type": CANARY, "data": {}}),
        json.dumps({"type": "VictimDetected", "data": {**DETECTION, "region": CANARY}}),
        json.dumps({"type": "VictimDetected", "data": {**DETECTION, "exploitation_forms": [CANARY]}}),
        json.dumps({"type": "VictimDetected", "data": {**DETECTION, "occurred_at": CANARY}}),
        json.dumps({"type": "VictimDetected", "data": {**DETECTION, "note": {CANARY: CANARY}}}),
        json.dumps({"type": "VictimDetected", "data": {**DETECTION, f"{CANARY} surname": 1}}),
        json.dumps({f"{CANARY} {CANARY}": CANARY, "type": "VictimDetected", "data": DETECTION}),
        json.dumps({"type": "VictimDetected", "data": CANARY}),
        f'{{"{CANARY}": 1, "{CANARY}": 2}}',
        f'{{"x": {CANARY}}}',
        f'{{"type": "{CANARY}\\ud800"}}',
        CANARY,
    ],
)
async def test_a_refused_body_is_not_repeated(edge: Edge, logged: StringIO, body: str) -> None:
    """Neither to the caller nor in the log."""
    headers = edge.headers(Content_Type="application/json")
    answer = await edge.http.post("/v1/cases", content=body.encode(), headers=headers)
    assert 400 <= answer.status_code < 500
    assert CANARY not in answer.text and CANARY not in str(answer.headers)
    assert CANARY not in logged.getvalue()
    assert lines(logged)[-1]["route"] == "/v1/cases"


async def test_headers_paths_and_queries_are_not_repeated(edge: Edge, logged: StringIO) -> None:
    """Tokens, keys, tags, ids and search strings."""
    named = ("Authorization", "If-Match", "If-None-Match", "Idempotency-Key", "traceparent", "X-Correlation-ID")
    for name in (*named, "Stafett-Free-Text", "User-Agent", "Cookie"):
        for method, path in (("POST", "/v1/cases"), ("GET", f"/v1/cases/{CANARY}"), ("GET", f"/{CANARY}")):
            headers = {**edge.headers(), "Content-Type": "application/json", name: CANARY}
            answer = await edge.http.request(method, f"{path}?q={CANARY}", content=b"[]", headers=headers)
            assert answer.status_code >= 400
            assert CANARY not in answer.text and CANARY not in str(answer.headers)
    for query in ("limit", "page"):
        assert CANARY not in (await edge.http.get(f"/v1/cases?{query}={CANARY}", headers=edge.headers())).text
    assert CANARY not in (await edge.http.request(CANARY, "/v1/cases", headers=edge.headers())).text
    assert CANARY not in logged.getvalue()
    assert CANARY not in (await edge.http.get("/metrics")).text
    assert {"unmatched", "/v1/cases/{case_id}"} <= {line.get("route") for line in lines(logged)}


async def test_an_accepted_event_is_not_logged(edge: Edge, logged: StringIO) -> None:
    """The note stays in the event."""
    answer = await edge.http.post("/v1/cases", json={**DETECTION, "note": CANARY}, headers=edge.headers())
    assert answer.status_code == 202
    assert CANARY not in answer.text and CANARY not in logged.getvalue()


def files_with_canary(folder: Path) -> list[str]:
    """The files in which it stands in clear."""
    return [one.name for one in folder.rglob("*") if one.is_file() and CANARY.encode() in one.read_bytes()]


async def test_personal_details_stand_in_their_answer_alone(tmp_path: Path, logged: StringIO) -> None:
    """Recorded, refused, malformed, read, erased: in no log, metric, problem, receipt or live update, nor in clear at
    the broker; and a digest by which somebody could try what a record says is not kept either.
    """
    ngo, other = "ngo-fyren", "municipality-0180"
    identity: dict[str, Any] = {
        "data_class": "identity",
        "record": {"given_names": CANARY, "family_name": f"{CANARY}son"},
    }
    contact: dict[str, Any] = {
        "data_class": "contact",
        "record": {"safe_to_call": True, "safe_to_write": True, "address": CANARY},
    }
    reading: dict[str, Any] = {"data_classes": ["identity"], "purpose": "support"}
    async with Bus(tmp_path, ngo, other, "coordinator", start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(ngo)).case_id
        await consent(bus, case_id, ngo)
        path = f"/v1/cases/{case_id}"
        listener = Listener(ngo, at[ngo].node.replica)
        stop_listening = at[ngo].node.replica.listen(listener.take)
        answers: list[httpx.Response] = []
        for end, body, status in (
            ("personal-details", identity, 201),
            ("personal-details", contact, 409),
            ("personal-details", {**identity, "replaces": case_id}, 409),
            ("personal-details", {**identity, "data_class": CANARY}, 422),
            ("personal-details", {**identity, "replaces": CANARY}, 422),
            ("personal-details", {**identity, CANARY: CANARY}, 422),
            ("personal-details", {**identity, "record": CANARY}, 422),
            ("personal-details", {**identity, "record": {**identity["record"], CANARY: {CANARY: CANARY}}}, 422),
            ("personal-details", {**identity, "record": {"given_names": CANARY * 9}}, 422),
            ("personal-details", {**identity, "record": {**identity["record"], "date_of_birth": CANARY}}, 422),
            ("personal-details", {**identity, "record": {**identity["record"], "document": {"kind": CANARY}}}, 422),
            ("personal-details", {**contact, "record": {**contact["record"], "e_mail": CANARY}}, 422),
            ("personal-details/readings", {**reading, "purpose": CANARY}, 422),
            ("personal-details/readings", {**reading, "data_classes": [CANARY]}, 422),
            ("personal-details/readings", {**reading, "role": CANARY}, 422),
            ("personal-details/readings", {**reading, CANARY: 1}, 422),
            ("personal-details/readings", {**reading, "data_classes": ["health"]}, 409),
            ("erasures", {"scope": CANARY, "reason": CANARY}, 422),
        ):
            headers = {"Idempotency_Key": f"{len(answers)} {CANARY}"}
            answer = await at[ngo].post(f"{path}/{end}", body, "caseworker", "records-officer", **headers)
            assert answer.status_code == status, answer.text
            answers.append(answer)
        for end in ("personal-details", "personal-details/readings", "erasures"):
            answers.append(await at[ngo].post(f"{path}/{end}", CANARY, "caseworker", "records-officer"))
            answers.append(await at[other].post(f"{path}/{end}", identity, "caseworker", "records-officer"))
        shown = await at[ngo].post(f"{path}/personal-details/readings", reading)
        assert shown.status_code == 201 and f"{CANARY}son" in shown.text, "to whom may read it, it is shown"
        for end in ("", "/personal-details", "/readings", "/readings/report", "/events", "/erasures"):
            answers.append(await at[ngo].get(f"{path}{end}"))
        await eventually(lambda: listener._events.qsize() >= 2)
        erased = await at[ngo].post(f"{path}/erasures", {"scope": "case", "reason": "other"}, "records-officer")
        assert erased.status_code == 201
        places = {f"answer {number}": one.text + str(one.headers) for number, one in enumerate(answers)}
        stop_listening()
        while not listener._events.empty():
            places["live updates"] = places.get("live updates", "") + listener._events.get_nowait().decode()
        for agency, gateway in at.items():
            places[f"metrics of {agency}"] = (await gateway.http.get("/metrics")).text
        places["log of the broker"] = (bus.broker.folder / "nats.log").read_text()
        places["messages"] = " ".join(f"{one.subject} {one.headers} {one.data!r}" for one in await bus.log())
        row = await at[ngo].node.store.submission(answers[0].json()["event_id"])
        assert row is not None
        raw = json.dumps(identity, separators=(",", ":"), ensure_ascii=False).encode()
        guess = sha256(f"POST {path}/personal-details\n".encode() + raw).hexdigest()
        assert row.request_digest not in (None, guess, sha256(raw).hexdigest())
    places["logs"] = "\n".join(map(str, lines(logged)))
    assert "/v1/cases/{case_id}/personal-details" in places["logs"] and "PersonalDetailsRead" in places["live updates"]
    assert [place for place, text in places.items() if CANARY.lower() in text.lower()] == []
    assert files_with_canary(tmp_path) == [], "at rest it is sealed"


async def test_a_failure_says_nothing_of_itself(edge: Edge, logged: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 without internals; the log has its type and place, and the problem's instance."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(edge.node.mechanism, "submit", fail)
    answer = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
    assert answer.status_code == 500 and answer.json()["type"] == "urn:x-stafett:problem:internal"
    assert CANARY not in answer.text and "ZeroDivision" not in answer.text
    failure, access = lines(logged)[-2:]
    assert (failure["error"], access["status"]) == ("ZeroDivisionError", 500)
    assert access["instance"] == answer.json()["instance"]
    assert CANARY not in logged.getvalue()


async def test_a_store_that_fails_is_said_plainly(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """503: a write that fails may have been kept, so where to look; a read is to be asked again."""

    async def fail(*_: object, **__: object) -> None:
        raise StoreError(CANARY)

    monkeypatch.setattr(edge.node.store, "write", fail)
    answer = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
    assert answer.status_code == 503 and answer.json()["type"] == "urn:x-stafett:problem:outcome-unknown"
    assert answer.headers["retry-after"] and CANARY not in answer.text
    monkeypatch.setattr(edge.node.lists, "cases", fail)
    answer = await edge.http.get("/v1/cases", headers=edge.headers())
    assert answer.status_code == 503 and answer.json()["type"] == "urn:x-stafett:problem:store-unavailable"
    assert answer.headers["retry-after"] and CANARY not in answer.text


async def test_an_outcome_that_nobody_knows_is_said_plainly(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """503: not that nothing was stored, but where to look, in both languages."""
    event_id = str(uuid4())

    async def fail(*_: object) -> None:
        raise UnknownOutcomeError(event_id)

    monkeypatch.setattr(edge.node.mechanism, "submit", fail)
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    for template, body in (("/v1/cases", DETECTION), ("/v1/cases/{case_id}/events", consent)):
        answer = await edge.http.post(template.format(case_id=case_id), json=body, headers=edge.headers())
        told = answer.json()
        assert answer.status_code == 503 and told["type"] == "urn:x-stafett:problem:outcome-unknown"
        assert (told["event_id"], told["submission"]) == (event_id, f"/v1/submissions/{event_id}")
        assert told["what_to_do"].keys() == {"en", "sv"} and all(
            "Idempotency-Key" in text for text in told["what_to_do"].values()
        )
        assert answer.headers["retry-after"] and "nothing was" not in answer.text.lower()
        check((await edge.http.get("/openapi.json")).json(), template, answer)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nope", 404), ("PUT", "/v1/cases", 405)])
async def test_the_frameworks_own_answers_are_problems_too(edge: Edge, method: str, path: str, status: int) -> None:
    """With the headers that HTTP asks for."""
    answer = await edge.http.request(method, path)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    assert status != 405 or answer.headers["allow"]
    assert (await edge.http.get(f"{path}/")).status_code == 404


async def test_answers_are_not_to_be_stored(edge: Edge) -> None:
    """Case data stays out of caches."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    view = await edge.http.get(f"/v1/cases/{case_id}", headers=edge.headers())
    cases = await edge.http.get("/v1/cases", headers=edge.headers())
    assert (view.headers["cache-control"], cases.headers["cache-control"]) == ("private, no-cache", "no-store")
    assert cases.headers["x-content-type-options"] == "nosniff"


def test_a_log_line_has_only_known_fields(logged: StringIO) -> None:
    """Unknown extras, arguments, tracebacks and what follows the first line are dropped."""
    stranger = logging.getLogger("somebody.else")
    stranger.warning("hello %s\n%s", CANARY, CANARY, extra={"note": CANARY, "reason": "gap"})
    try:
        raise ValueError(CANARY)
    except ValueError:
        stranger.exception("failed")
    structlog.get_logger("own").warning("bound", note=CANARY, rule="R1")
    first, second, third = lines(logged)
    assert (first["event"], first["reason"], first["level"]) == ("hello %s", "gap", "warning")
    assert (first["agency"], first["logger"]) == ("police", "somebody.else")
    assert (second["event"], second["exception"]) == ("failed", "ValueError")
    assert (third["event"], third["rule"]) == ("bound", "R1")
    assert CANARY not in logged.getvalue()


async def test_a_forgotten_tasks_exception_is_not_written_out(logged: StringIO) -> None:
    """asyncio would print the exception's text and the task's repr."""

    async def fail() -> None:
        raise ValueError(CANARY)

    task = asyncio.create_task(fail(), name=CANARY)
    await asyncio.wait([task])
    del task
    assert lines(logged)[-1]["event"] == "Task exception was never retrieved"
    assert CANARY not in logged.getvalue()


def test_every_field_that_the_bus_logs_is_known() -> None:
    """An extra that is not allowed would be lost without a word."""
    used: set[str] = set()
    root = Path(logs.__file__).parents[1]
    for folder in ("bus", "gateway", "stafett", "services"):
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
                    used |= {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    assert used and used <= logs.FIELDS


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.sampled_from(["VictimDetected", "ConsentGiven", "01", "9999-12-31T23:59:59Z", "9999-12-31", "0001-01-01"])
    | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def nearly_events(draw: st.DrawFn) -> Any:
    """The canonical example of some event with a few fields replaced, left out or added."""
    event = draw(st.sampled_from(sorted(EVENTS)))
    data: dict[str, Any] = dict(EVENTS[event].example)
    for name in draw(st.lists(st.sampled_from(sorted(EVENTS[event].model_fields)), max_size=3)):
        data[name] = draw(json_values)
    if draw(st.booleans()):
        data.pop(draw(st.sampled_from(sorted(data))))
    return draw(st.sampled_from([data, {"type": event, "data": data}]))


bodies = (
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | (json_values | nearly_events()).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
)


async def test_no_body_makes_the_service_fail(edge: Edge) -> None:
    """Whatever is sent is taken, or is the caller's fault."""
    loop = asyncio.get_running_loop()
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    headers = edge.headers("caseworker", "investigation-leader", Content_Type="application/json")

    async def send(path: str, body: bytes) -> httpx.Response:
        return await edge.http.post(path, content=body, headers=headers)

    @given(body=bodies, path=st.sampled_from(["/v1/cases", f"/v1/cases/{case_id}/events"]))
    @examples(400, suppress_health_check=[HealthCheck.too_slow], database=None)
    def check(body: bytes, path: str) -> None:
        answer = asyncio.run_coroutine_threadsafe(send(path, body), loop).result(20)
        assert answer.status_code == 202 or 400 <= answer.status_code < 500, (answer.status_code, answer.text)

    await asyncio.to_thread(check)
