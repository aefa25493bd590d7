"""Events that are sent to the gateway: those it accepts, its answers, and the way in which it refuses others."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bus.envelope.envelope import MAX_BYTES
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import NO_PERSON, AgencyKind
from gateway.submissions.requests import _SURELY_FITS
from services import mandate_of

from .conftest import DETECTION, NOW, Edge

PROBLEM = "urn:x-stafett:problem:"


def kind(answer: httpx.Response) -> str:
    """The problem's kind; every problem has its media type and its own instance."""
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert content["status"] == answer.status_code
    assert content["instance"].startswith("urn:uuid:")
    return str(content["type"].removeprefix(PROBLEM))


def pointers(answer: httpx.Response) -> set[str]:
    """Where the body does not fit."""
    assert kind(answer) == "invalid-request"
    return {error["pointer"] for error in answer.json()["errors"]}


async def post(
    edge: Edge, body: Any, path: str = "/v1/cases", roles: tuple[str, ...] = (), **headers: str
) -> httpx.Response:
    """A JSON body, or raw bytes, sent by a caseworker unless told otherwise."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | dict(edge.headers(*roles, **headers))
    return await edge.http.post(path, content=content, headers=sent)


async def opened(edge: Edge, agency: str = "police") -> str:
    """A case that the agency opened before the broker went away."""
    return (await edge.past.brings(agency, VictimDetected.canonical())).case_id


async def test_a_detection_is_kept_while_the_broker_is_away(edge: Edge) -> None:
    """The answer says pending, and where to look what became of it."""
    answer = await post(edge, {"type": "VictimDetected", "data": DETECTION})
    assert answer.status_code == 202
    content = answer.json()
    assert content["status"] == "pending"
    assert answer.headers["location"] == f"/v1/submissions/{content['event_id']}"
    state = (await edge.http.get(answer.headers["location"], headers=edge.headers())).json()
    assert state["status"] == "pending" and state["case_id"] == content["case_id"]


async def test_a_body_without_a_type_is_a_detection(edge: Edge) -> None:
    """The data alone is enough to open a case."""
    assert (await post(edge, DETECTION)).status_code == 202


async def test_the_clock_fills_in_when_a_fact_occurred(edge: Edge) -> None:
    """A fact without a time occurred now; a given time stays."""
    given = {**DETECTION, "occurred_at": "2024-02-01T10:00:00+01:00"}
    for data, expected in ((DETECTION, NOW.isoformat()), (given, "2024-02-01T09:00:00+00:00")):
        event_id = (await post(edge, data)).json()["event_id"]
        row = await edge.node.store.submission(event_id)
        assert row is not None
        _, content = await edge.node.outbox.opened(row)
        occurred = json.loads(content or b"")["occurred_at"]
        assert occurred.replace("Z", "+00:00") == expected


async def test_an_event_is_added_to_a_case(edge: Edge) -> None:
    """By somebody in the role that the mandate asks for."""
    case_id = await opened(edge)
    body = {"type": "InvestigationOpened", "data": EVENTS["InvestigationOpened"].example}
    answer = await post(edge, body, f"/v1/cases/{case_id}/events", ("investigation-leader",))
    assert answer.status_code == 202, answer.text


async def test_a_role_that_the_event_needs_is_named(edge: Edge) -> None:
    """403 tells the role and the event."""
    case_id = await opened(edge)
    body = {"type": "InvestigationOpened", "data": EVENTS["InvestigationOpened"].example}
    answer = await post(edge, body, f"/v1/cases/{case_id}/events")
    assert answer.status_code == 403 and kind(answer) == "missing-role"
    assert (answer.json()["role"], answer.json()["event"]) == ("investigation-leader", "InvestigationOpened")
    assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_an_event_for_others_to_issue_names_them(edge: Edge) -> None:
    """403 tells which kinds of agency may issue it."""
    granted = EVENTS["ReflectionPeriodGranted"]
    answer = await post(edge, {"type": granted.__name__, "data": granted.example}, f"/v1/cases/{uuid4()}/events")
    assert answer.status_code == 403 and kind(answer) == "not-issuable"
    assert answer.json()["issuers"] == [AgencyKind.MIGRATION]


async def test_a_refusal_says_what_is_missing(edge: Edge) -> None:
    """409 carries the rule, in both languages, its source and who supplies what is missing."""
    case_id = await opened(edge)
    referral = {"type": "CaseReferred", "data": EVENTS["CaseReferred"].example}
    answer = await post(edge, referral, f"/v1/cases/{case_id}/events")
    assert answer.status_code == 409 and kind(answer) == "rule-refused"
    content = answer.json()
    assert content["rule"] == "R3"
    assert content["rule_text"].keys() == content["missing"].keys() == {"en", "sv"}
    assert content["source"] and content["supplied_by"]


@pytest.mark.parametrize("agency", ["municipality-9999", "municipality-1280"])
async def test_an_event_that_asks_nobody_is_refused(edge: Edge, agency: str) -> None:
    """409 R24: there is no such municipality, or it is not on the bus; who can be reached is named."""
    child = (await post(edge, {"type": "VictimDetected", "data": {**DETECTION, "age_band": "minor"}})).json()
    case_id = child["case_id"]
    report = {
        "type": "ChildConcernReported",
        "data": {**EVENTS["ChildConcernReported"].example, "municipality": agency},
    }
    answer = await post(edge, report, f"/v1/cases/{case_id}/events")
    assert answer.status_code == 409 and answer.json()["rule"] == "R24"
    assert answer.json()["supplied_by"] == ["coordinator"]
    assert all("+46 20 390 000" in said and agency in said for said in answer.json()["missing"].values())


async def test_an_event_to_an_unknown_case_is_not_found(edge: Edge) -> None:
    """As to somebody else's."""
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    answer = await post(edge, consent, f"/v1/cases/{uuid4()}/events")
    assert answer.status_code == 404 and kind(answer) == "not-found"


@pytest.mark.parametrize(
    "case_id", ["not-a-uuid", "6277108F-022A-485B-B068-F79939C87872", "%00", "a%2Fb", "{case}", "x" * 5000]
)
async def test_a_store_is_never_asked_for_what_cannot_be_a_case(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, case_id: str
) -> None:
    """Whatever stands in the path, it is 404."""

    async def unexpected(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(edge.node.store, "head", unexpected)
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    assert (await post(edge, consent, f"/v1/cases/{case_id}/events")).status_code == 404
    for rest in ("", "/events", f"/events/{uuid4()}"):
        assert (await edge.http.get(f"/v1/cases/{case_id}{rest}", headers=edge.headers())).status_code == 404


async def test_another_agencys_case_is_not_found(edge: Edge) -> None:
    """It answers as for a case that does not exist."""
    case_id = await opened(edge, "municipality-0180")
    body = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    theirs = await post(edge, body, f"/v1/cases/{case_id}/events")
    unknown = await post(edge, body, f"/v1/cases/{uuid4()}/events")
    assert theirs.status_code == 404
    assert {**theirs.json(), "instance": ""} == {**unknown.json(), "instance": ""}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"type": "Nothing", "data": {}}, "/type"),
        ({"type": None, "data": {}}, "/type"),
        ({"type": ["VictimDetected"], "data": {}}, "/type"),
        ({"type": "ConsentGiven", "data": {}}, "/type"),
        ({"type": "VictimDetected"}, "/data"),
        ({"type": "VictimDetected", "data": []}, "/data"),
        ({"type": "VictimDetected", "data": DETECTION, "more": 1}, "/more"),
        ({"type": "VictimDetected", "data": {**DETECTION, "surname": "x"}}, "/data/surname"),
        ({"type": "VictimDetected", "data": {**DETECTION, "Anna Andersson": "x"}}, "/data"),
        ({"type": "VictimDetected", "data": {**DETECTION, "interpreter_needed": "yes"}}, "/data/interpreter_needed"),
        ({"type": "VictimDetected", "data": {**DETECTION, "indicators": ["x"]}}, "/data/indicators/0"),
        ({"type": "VictimDetected", "data": {**DETECTION, "municipality": "1480"}}, "/data"),
        ({"type": "VictimDetected", "data": {**DETECTION, "occurred_at": "2024-03-04T09:30:00"}}, "/data/occurred_at"),
        ({"type": "VictimDetected", "data": {**DETECTION, "occurred_at": None}}, "/data/occurred_at"),
        ({**DETECTION, "language": 10**15}, "/language"),
        ({**DETECTION, "occurred_at": 18446744073709551615}, "/occurred_at"),
    ],
)
async def test_what_does_not_fit_is_pointed_at(edge: Edge, body: object, pointer: str) -> None:
    """422 with a JSON Pointer into the body."""
    answer = await post(edge, body)
    assert answer.status_code == 422
    assert pointer in pointers(answer)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
async def test_a_moment_beyond_the_calendar_is_pointed_at(edge: Edge, moment: str) -> None:
    """A time without a Swedish day cannot be judged."""
    answer = await post(edge, {"type": "VictimDetected", "data": {**DETECTION, "occurred_at": moment}})
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"type":"VictimDetected","type":"VictimDetected","data":{}}',
        b'{"type":"VictimDetected","data":{"region":"01","region":"02"}}',
        b'{"data":NaN}',
        b'{"data":-Infinity}',
        b'{"data":1e999}',
        b'{"note":"\\ud800"}',
        b'{"region":' + b"9" * 100 + b"}",
        b'{"region":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"note":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"note":' + b'{"a":' * 60_00 + b"1" + b"}" * 60_00 + b"}",
    ],
    ids=lambda raw: repr(raw[:24]),
)
async def test_json_that_systems_read_differently_is_malformed(edge: Edge, raw: bytes) -> None:
    """400, and never a guess at what was meant."""
    answer = await post(edge, raw)
    assert answer.status_code == 400
    assert kind(answer) == "malformed-body"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_taken(edge: Edge, headers: dict[str, str]) -> None:
    """415 for any other type, charset or encoding."""
    answer = await edge.http.post("/v1/cases", content=b"{}", headers={**edge.headers(), **headers})
    assert answer.status_code == 415 and kind(answer) == "unsupported-media-type"


async def test_json_may_name_its_charset(edge: Edge) -> None:
    """UTF-8, in any case and quoted."""
    headers = {**edge.headers(), "Content-Type": 'Application/JSON; charset="UTF-8"'}
    assert (await edge.http.post("/v1/cases", json=DETECTION, headers=headers)).status_code == 202


async def test_a_large_body_is_refused_before_it_is_read(edge: Edge) -> None:
    """By its announced length, or, when sent in chunks, as soon as it is too long."""
    announced = await post(edge, b" " * (MAX_BYTES + 1))
    assert announced.status_code == 413 and kind(announced) == "too-large"
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 100 * MAX_BYTES:
            sent += 65_536
            yield b" " * 65_536

    headers = {**edge.headers(), "Content-Type": "application/json"}
    length = {"Content-Length": str(MAX_BYTES + 1)}
    unread = await edge.http.post("/v1/cases", content=endless(), headers={**headers, **length})
    assert unread.status_code == 413 and sent == 0
    chunked = await edge.http.post("/v1/cases", content=endless(), headers=headers)
    assert chunked.status_code == 413
    assert sent <= MAX_BYTES + 2 * 65_536


async def test_the_same_key_gives_the_same_answer(edge: Edge) -> None:
    """A retry does not issue the event again."""
    first = await post(edge, DETECTION, Idempotency_Key="k-1")
    again = await post(edge, DETECTION, Idempotency_Key="k-1")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    other = await post(edge, {**DETECTION, "region": "12"}, Idempotency_Key="k-1")
    assert other.status_code == 422 and kind(other) == "idempotency-key-reused"


async def test_a_key_belongs_to_its_caller_and_route(edge: Edge) -> None:
    """Somebody else's key, or the same one elsewhere, is another."""
    first = (await post(edge, DETECTION, Idempotency_Key="k-1")).json()
    theirs = {**edge.headers(Idempotency_Key="k-1"), "Content-Type": "application/json"}
    theirs["Authorization"] = f"Bearer {edge.token('caseworker', subject='other')}"
    second = (await edge.http.post("/v1/cases", json=DETECTION, headers=theirs)).json()
    assert first["event_id"] != second["event_id"]
    case_id = await opened(edge)
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    added = await post(edge, consent, f"/v1/cases/{case_id}/events", Idempotency_Key="k-1")
    assert added.status_code == 202, added.text


@pytest.mark.parametrize("key", ["", "x" * 256, "räv", '"', '""', '"a', '"a"b', '"\\a"', f'"{"x" * 256}"'])
async def test_a_key_has_its_form(edge: Edge, key: str) -> None:
    """1 to 255 printable ASCII characters."""
    sent = {**edge.headers(), "Content-Type": "application/json", "Idempotency-Key": key}
    headers = {name.encode(): value.encode("latin-1") for name, value in sent.items()}
    answer = await edge.http.post("/v1/cases", json=DETECTION, headers=headers)
    assert answer.status_code == 400 and kind(answer) == "invalid-header"


@pytest.mark.parametrize(
    ("bare", "quoted"), [("k-1", '"k-1"'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ("k 1", '"k 1"')]
)
async def test_a_key_in_quotes_is_the_same_key(edge: Edge, bare: str, quoted: str) -> None:
    """As the HTTP working group writes it, and as nearly everybody else does: one case is opened, not two."""
    first = await post(edge, DETECTION, Idempotency_Key=bare)
    assert first.status_code == 202, first.text
    assert (await post(edge, DETECTION, Idempotency_Key=quoted)).json() == first.json()


async def test_a_case_that_changed_is_not_written_blindly(edge: Edge) -> None:
    """If-Match names the digest that the caller decided on."""
    case_id = await opened(edge)
    path = f"/v1/cases/{case_id}"
    tag = (await edge.http.get(path, headers=edge.headers())).headers["etag"]
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    stale = await post(edge, consent, f"{path}/events", If_Match='"0000"')
    assert stale.status_code == 412 and kind(stale) == "case-changed"
    assert (await post(edge, consent, f"{path}/events", If_Match=tag)).status_code == 202
    assert (await post(edge, consent, f"{path}/events", If_Match="*")).status_code == 202
    assert (await post(edge, consent, f"{path}/events", If_Match=f"W/{tag}")).status_code == 400


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", True),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", False),
        ("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", False),
        ("canary", False),
    ],
)
async def test_trace_context_is_carried_when_well_formed(edge: Edge, sent: str, kept: bool) -> None:
    """Anything else is dropped, since headers reach every agency."""
    event_id = (await post(edge, DETECTION, traceparent=sent)).json()["event_id"]
    row = await edge.node.store.submission(event_id)
    assert row is not None
    assert json.loads(row.draft)["traceparent"] == (sent if kept else None)


async def test_a_correlation_id_is_carried(edge: Edge) -> None:
    """Without one, an event is related to itself alone."""
    group = str(uuid4())
    for sent in (group, None):
        headers: dict[str, Any] = {} if sent is None else {"X_Correlation_ID": sent}
        event_id = (await post(edge, DETECTION, **headers)).json()["event_id"]
        row = await edge.node.store.submission(event_id)
        assert row is not None
        assert json.loads(row.draft)["correlation_id"] == (sent or event_id)


@pytest.mark.parametrize("event", list(mandate_of("police").roles), ids=lambda event: event.__name__)
async def test_every_canonical_example_fits(edge: Edge, event: type[CaseEvent]) -> None:
    """The documented example is accepted as well-formed; only rules may object. What nobody signs in to say is not."""
    case_id = await opened(edge)
    role = mandate_of("police").roles[event]
    roles = ("caseworker", role)
    answer = await post(edge, {"type": event.__name__, "data": event.example}, f"/v1/cases/{case_id}/events", roles)
    assert answer.status_code in ((403,) if role in NO_PERSON else (202, 409)), answer.text
    if role in NO_PERSON:
        assert (kind(answer), answer.json()["event"]) == ("not-issuable", event.__name__)


async def test_an_event_that_grows_too_large_with_its_defaults_is_refused(edge: Edge) -> None:
    """What the bus carries is the event as stated in full, not the body as it was sent."""
    case_id = await opened(edge)
    referral = {k: v for k, v in EVENTS["CaseReferred"].example.items() if k not in ("occurred_at", "note")}
    body = {"type": "CaseReferred", "data": {**referral, "services": []}}
    room = MAX_BYTES - len(json.dumps(body, separators=(",", ":")))
    body["data"] = {**referral, "services": ["dental-care"] * (room // 14)}
    raw = json.dumps(body, separators=(",", ":")).encode()
    assert len(raw) <= MAX_BYTES
    answer = await post(edge, raw, f"/v1/cases/{case_id}/events")
    assert answer.status_code == 413 and kind(answer) == "too-large"


@pytest.mark.parametrize("event", [*EVENTS.values(), *DIRECTORY_EVENTS.values()], ids=lambda event: event.__name__)
def test_a_short_body_needs_no_measuring(event: type[PublishedEvent]) -> None:
    """With all its defaults an event is never so much longer than its body."""
    body = len(event.canonical().model_dump_json(exclude_defaults=True))
    assert len(event.canonical().model_dump_json()) <= 8 * body + 4096
    assert 8 * _SURELY_FITS + 4096 < MAX_BYTES


async def test_a_request_under_a_key_that_is_being_answered_waits(edge: Edge) -> None:
    """409 for the second of two at once; afterwards the key tells what became of the first."""
    answers = await asyncio.gather(*(post(edge, DETECTION, Idempotency_Key="k-1") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    second = next(answer for answer in answers if answer.status_code == 409)
    assert kind(second) == "idempotency-key-in-flight" and second.headers["retry-after"]
    assert (await post(edge, DETECTION, Idempotency_Key="k-1")).status_code == 202


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match"])
async def test_two_of_a_header_are_not_one(edge: Edge, name: str) -> None:
    """It is not for the service to choose between them."""
    sent = {**edge.headers(), "Content-Type": "application/json"}
    headers = [*sent.items(), (name, '"a"'), (name, '"b"')]
    answer = await edge.http.post("/v1/cases", json=DETECTION, headers=headers)
    assert answer.status_code == 400 and kind(answer) == "invalid-header"
