"""The callers that may record and read personal details, and the forms, checked before any broker is asked."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from harness.gateways import of_a_system

from bus.envelope.envelope import MAX_BYTES
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.privacy.record_forms import MAX_RECORD_BYTES
from gateway.http.negotiation import preferred

from .conftest import NOW, Edge

CANARY = "KANARIEFAGEL19800101"
RECORD = {"data_class": "identity", "record": {"given_names": "Ioana"}}
READING = {"data_classes": ["identity"], "purpose": "support"}


@pytest.fixture
async def path(edge: Edge) -> str:
    """A case of the police's, with a consent that covers identity."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    return f"/v1/cases/{case_id}"


async def record(edge: Edge, path: str, body: Any, **headers: str) -> httpx.Response:
    """The answer to a record by a caseworker."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {**edge.headers(), "Content-Type": "application/json", **headers}
    return await edge.http.post(f"{path}/personal-details", content=content, headers=sent)


def kind(answer: httpx.Response) -> str:
    """The end of a problem's type."""
    return str(answer.json()["type"]).rpartition(":")[2]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"data_class": CANARY, "record": {}}, "/data_class"),
        ({"data_class": "identity"}, "/record"),
        ({**RECORD, "record": CANARY}, "/record"),
        ({**RECORD, CANARY: CANARY}, ""),
        ({**RECORD, "replaces": CANARY}, "/replaces"),
        ({**RECORD, "record": {"given_names": 19800101}}, "/record/given_names"),
        ({**RECORD, "record": {"given_names": "x", CANARY: CANARY}}, "/record"),
        ({**RECORD, "record": {"given_names": "x", "identity_number": CANARY}}, "/record/identity_number"),
        ({**RECORD, "record": {"given_names": "x", "identity_number": "19800101-0000"}}, "/record/identity_number"),
        ({**RECORD, "record": {"given_names": "x", "date_of_birth": CANARY}}, "/record/date_of_birth"),
        (
            {**RECORD, "record": {"given_names": "x", "document": {"kind": CANARY, "number": "1", "country": "RO"}}},
            "/record/document/kind",
        ),
        (
            {"data_class": "contact", "record": {"phone": CANARY, "safe_to_call": True, "safe_to_write": True}},
            "/record/phone",
        ),
        ({"data_class": "family", "record": {"relatives": [{"relation": "child", CANARY: 1}]}}, "/record/relatives/0"),
    ],
)
async def test_what_does_not_fit_is_named_and_never_repeated(
    edge: Edge, path: str, body: dict[str, Any], pointer: str
) -> None:
    """Not even as the name of a field that there is not."""
    answer = await record(edge, path, body)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert CANARY not in answer.text and "19800101" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"data_classes": [], "purpose": "support"},
        {"data_classes": ["religion"], "purpose": "support"},
        {"data_classes": ["identity"]},
        {"data_classes": ["identity"], "purpose": "curiosity"},
        {**READING, "role": "queen"},
        {**READING, CANARY: 1},
        [],
    ],
)
async def test_a_reading_says_what_and_what_for(edge: Edge, path: str, body: Any) -> None:
    """422 for anything else."""
    answer = await edge.http.post(f"{path}/personal-details/readings", json=body, headers=edge.headers())
    assert answer.status_code == 422 and CANARY not in answer.text


async def test_a_record_has_its_size(edge: Edge, path: str) -> None:
    """413 both for a form filled to the brim, and for a body that is longer than any."""
    family = {"relation": "child", "name": "å" * 100, "country": "RO"}
    health = {"conditions": ["ö" * 500] * 20, "medication": ["ö" * 500] * 20, "allergies": ["ö" * 500] * 20}
    few = {"data_class": "family", "record": {"relatives": [family] * 30}}
    assert (await record(edge, path, few)).status_code == 503, "it fits; only the broker is away"
    assert len(json.dumps(health, ensure_ascii=False).encode()) < MAX_RECORD_BYTES
    health = {name: [word.replace("ö", "😀") for word in words] for name, words in health.items()}
    many = await record(edge, path, {"data_class": "health", "record": health})
    assert (many.status_code, many.json().get("limit")) == (413, MAX_RECORD_BYTES)
    assert (await record(edge, path, b" " * (MAX_BYTES + 1))).status_code == 413


async def test_without_the_broker_nothing_is_recorded_or_shown(edge: Edge, path: str) -> None:
    """It cannot be seen whether consent is in force: 503, and nothing waits in the outbox."""
    recorded = await record(edge, path, RECORD)
    read = await edge.http.post(f"{path}/personal-details/readings", json=READING, headers=edge.headers())
    for answer in (recorded, read):
        assert (answer.status_code, kind(answer)) == (503, "broker-away")
        assert answer.headers["retry-after"]
    assert await edge.node.store.outbox() == []


async def test_another_agencys_case_is_not_there(edge: Edge) -> None:
    """404 on every route, as for one that does not exist."""
    case_id = (await edge.past.brings("municipality-0180", VictimDetected.canonical())).case_id
    headers = edge.headers("caseworker", "records-officer")
    for case in (case_id, "x", "00000000-0000-0000-0000-000000000000"):
        for end, body in (
            ("personal-details", RECORD),
            ("personal-details/readings", READING),
            ("erasures", {"scope": "case", "reason": "other"}),
        ):
            assert (await edge.http.post(f"/v1/cases/{case}/{end}", json=body, headers=headers)).status_code == 404
        for end in ("personal-details", "readings", "readings/report", "erasures"):
            assert (await edge.http.get(f"/v1/cases/{case}/{end}", headers=headers)).status_code == 404


async def test_an_auditor_sees_the_account_and_nothing_else(edge: Edge, path: str) -> None:
    """Recording, reading and erasing are 403; so they are to roles that nobody has, and to the directory's keeper."""
    headers = edge.headers("auditor")
    for end in ("personal-details", "readings", "readings/report", "erasures"):
        assert (await edge.http.get(f"{path}/{end}", headers=headers)).status_code == 200
    for end, body in (("personal-details", RECORD), ("personal-details/readings", READING), ("erasures", {})):
        for role in ("auditor", "directory-keeper", "clock", "service"):
            answer = await edge.http.post(f"{path}/{end}", json=body, headers=edge.headers(role))
            assert (answer.status_code, kind(answer)) == (403, "missing-role")


async def test_nobody_reads_in_a_role_that_is_not_theirs(edge: Edge, path: str) -> None:
    """403 names it; a system has none of its people's."""
    url, system = (
        f"{path}/personal-details/readings",
        {"Authorization": f"Bearer {token(edge, 'personal-details:read')}"},
    )
    for headers, role, status in (
        (edge.headers(), "investigation-leader", 403),
        (edge.headers("caseworker", "investigation-leader"), "investigation-leader", 503),
        (edge.headers(), "service", 403),
        (edge.headers("service", "caseworker"), "service", 403),
        (system, "caseworker", 403),
        (system, "service", 503),
    ):
        answer = await edge.http.post(url, json={**READING, "role": role}, headers=headers)
        assert answer.status_code == status, answer.text
        assert status == 503 or answer.json()["role"] == role


def token(edge: Edge, *scopes: str, **more: Any) -> str:
    """A token of the police's own system."""
    return of_a_system(edge.issuer, edge.agency, NOW, *scopes, **more)


@pytest.mark.parametrize(
    ("method", "end", "body", "reaching"),
    [
        ("POST", "personal-details", RECORD, "personal-details:write"),
        ("POST", "personal-details/readings", READING, "personal-details:read"),
        ("POST", "erasures", {"scope": "case", "reason": "other"}, "events:write:ErasureRequested"),
        ("GET", "personal-details", None, "cases:read"),
        ("GET", "readings", None, "cases:read"),
        ("GET", "readings/report", None, "cases:read"),
        ("GET", "erasures", None, "cases:read"),
    ],
)
async def test_a_system_takes_the_scope_of_what_it_does(
    edge: Edge, path: str, method: str, end: str, body: Any, reaching: str
) -> None:
    """No other does: reading what is recorded is not reading it, and neither is writing."""
    every = {"cases:read", "events:write", "events:write:ErasureRequested", "work:write"}
    every |= {"personal-details:read", "personal-details:write", "events:write:PersonalDetailsRead"}
    for scopes, status in (({reaching}, (200, 202, 503)), (every - {reaching}, (403,))):
        headers = {"Authorization": f"Bearer {token(edge, *scopes)}"}
        answer = await edge.http.request(method, f"{path}/{end}", json=body, headers=headers)
        assert answer.status_code in status, answer.text
    limited = {"Authorization": f"Bearer {token(edge, 'work:read', roles=['caseworker', 'records-officer'])}"}
    assert (await edge.http.request(method, f"{path}/{end}", json=body, headers=limited)).status_code == 403


@pytest.mark.parametrize(
    ("header", "liked"),
    [
        ("", "sv"),
        ("en", "en"),
        ("en-GB,en;q=0.9,sv;q=0.8", "en"),
        ("ro, en;q=0.5", "en"),
        ("*;q=0.1, sv;q=0", "en"),
        ("*", "sv"),
        ("sv-FI, en;q=0.9", "sv"),
        ("en;q=x, sv;q=0.1", "sv"),
        ("EN", "en"),
        ("ro", "sv"),
    ],
)
def test_the_language_is_the_one_liked_best(header: str, liked: str) -> None:
    """Of the two that there are; Swedish where it is all the same."""
    assert preferred(header, ("sv", "en")) == liked


@pytest.mark.parametrize(
    ("header", "liked"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/plain", "text/plain"),
        ("text/*, */*;q=0.1", "text/plain"),
        ("text/plain;q=0.5, application/json", "application/json"),
        ("text/html, application/xhtml+xml", "application/json"),
    ],
)
def test_so_is_the_kind_of_answer(header: str, liked: str) -> None:
    """JSON where nothing else is liked better."""
    assert preferred(header, ("application/json", "text/plain")) == liked
