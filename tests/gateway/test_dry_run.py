"""A dry run of an event: judged as the event itself would be, and nothing is stored or sent."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS

from .conftest import DETECTION, Edge
from .test_submitting_events import kind, post

CASES = "/v1/cases"
EVENT = "/v1/cases/{case_id}/events"
DIRECTORY = "/v1/directory/events"
CASEWORKER = ("caseworker",)
LEADER = ("investigation-leader",)
KEEPER = ("directory-keeper",)


def example(name: str, **changes: Any) -> dict[str, Any]:
    """An event as it is sent."""
    return {"type": name, "data": {**EVENTS[name].example, **changes}}


def kept(folder: Path, agency: str = "police") -> list[str]:
    """All that a submission could leave in an agency's store; what is owed for earlier events goes on by itself."""
    with sqlite3.connect(folder / f"{agency}.db") as connection:
        submitted = [
            row for name in ("outbox", "content_keys", "heads") for row in connection.execute(f"SELECT * FROM {name}")
        ]
        return [*map(str, submitted), *map(str, connection.execute("SELECT * FROM work WHERE kind = 'deliver'"))]


async def opened(edge: Edge) -> str:
    """A case of the police, with consent to refer it."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    return case_id


TAKEN = [
    (CASES, CASEWORKER, DETECTION),
    (CASES, CASEWORKER, {"type": "VictimDetected", "data": DETECTION}),
    (EVENT, CASEWORKER, example("ConsultationRequested")),
    (EVENT, CASEWORKER, example("CaseReferred")),
    (EVENT, LEADER, example("InvestigationOpened")),
]


@pytest.mark.parametrize(("path", "roles", "body"), TAKEN, ids=[f"{n} {one[0]}" for n, one in enumerate(TAKEN)])
async def test_what_would_be_accepted_is_said_and_not_kept(
    edge: Edge, tmp_path: Path, path: str, roles: tuple[str, ...], body: Any
) -> None:
    """200 says so, as often as it is asked; the event itself is then accepted."""
    path = path.replace("{case_id}", await opened(edge))
    before = kept(tmp_path)
    for _ in range(2):
        answer = await post(edge, body, f"{path}?dry_run=true", roles)
        assert (answer.status_code, answer.json()) == (200, {"would": "be-accepted"})
        assert "location" not in answer.headers
    assert kept(tmp_path) == before
    assert (await post(edge, body, f"{path}?dry_run=false", roles)).status_code == 202
    assert kept(tmp_path) != before


REFUSED: list[tuple[str, tuple[str, ...], dict[str, str], Any, int]] = [
    (CASES, CASEWORKER, {}, {**DETECTION, "region": "99x"}, 422),
    (CASES, CASEWORKER, {}, example("ConsentGiven"), 422),
    (CASES, CASEWORKER, {"Content-Type": "text/plain"}, DETECTION, 415),
    (CASES, CASEWORKER, {"Authorization": "Bearer x"}, DETECTION, 401),
    (CASES, ("auditor",), {}, DETECTION, 403),
    (EVENT, CASEWORKER, {}, example("InvestigationOpened"), 403),
    (EVENT, CASEWORKER, {}, example("AdviceGiven"), 403),
    (EVENT, CASEWORKER, {}, example("PersonalDetailsRead"), 403),
    (EVENT, CASEWORKER, {}, example("CaseReferred", note="anna@example.org"), 422),
    (EVENT, CASEWORKER, {}, example("CaseReferred", purposes=["safe-return"]), 409),
    (EVENT, CASEWORKER, {}, example("ReturnRequested"), 409),
    (EVENT, CASEWORKER, {}, example("ConsultationRequested", coordinator="coordinator-syd"), 409),
    (EVENT, CASEWORKER, {"If-Match": '"0000"'}, example("ConsultationRequested"), 412),
    (EVENT, CASEWORKER, {"If-Match": "x"}, example("ConsultationRequested"), 400),
    (f"{CASES}/x/events", CASEWORKER, {}, example("ConsultationRequested"), 404),
    (f"{CASES}/6277108f-022a-485b-b068-f79939c87872/events", CASEWORKER, {}, example("ConsultationRequested"), 404),
    (f"{CASES}/00000000-0000-0000-0000-000000000000/events", CASEWORKER, {}, example("ConsultationRequested"), 404),
    (EVENT, CASEWORKER, {"Idempotency-Key": "é"}, example("ConsultationRequested"), 400),
]


@pytest.mark.parametrize(
    ("path", "roles", "headers", "body", "status"),
    REFUSED,
    ids=[f"{n} {one[0]} {one[4]}" for n, one in enumerate(REFUSED)],
)
async def test_a_refusal_is_that_of_the_event_itself(
    edge: Edge, tmp_path: Path, path: str, roles: tuple[str, ...], headers: dict[str, str], body: Any, status: int
) -> None:
    """Schema, mandate, role, rules, directory, If-Match: the same problem to the last word but its instance."""
    path = path.replace("{case_id}", await opened(edge))
    before = kept(tmp_path)
    sent = {name.encode(): value.encode("latin-1") for name, value in {**edge.headers(*roles), **headers}.items()}
    tried = await edge.http.post(f"{path}?dry_run=true", json=body, headers=sent)
    real = await edge.http.post(path, json=body, headers=sent)
    assert tried.status_code == real.status_code == status, tried.text
    assert kept(tmp_path) == before

    def told(answer: httpx.Response) -> dict[str, Any]:
        return {name: value for name, value in answer.json().items() if name != "instance"}

    assert told(tried) == told(real)
    assert tried.headers.get("www-authenticate") == real.headers.get("www-authenticate")


async def test_an_idempotency_key_has_no_place_in_a_dry_run(edge: Edge) -> None:
    """It would be taken for a promise; the key stays free for the event itself."""
    tried = await post(edge, DETECTION, f"{CASES}?dry_run=true", Idempotency_Key="k")
    assert tried.status_code == 400 and kind(tried) == "invalid-header"
    assert "Idempotency-Key" in tried.json()["detail"] and "dry run" in tried.json()["detail"]
    assert (await post(edge, DETECTION, CASES, Idempotency_Key="k")).status_code == 202


async def test_a_dry_run_counts_what_waits(edge: Edge) -> None:
    """What is on disk and not sent yet is judged as if it were in the log."""
    path = EVENT.replace("{case_id}", await opened(edge))
    assert (await post(edge, example("CaseReferred"), path)).status_code == 202
    again = await post(edge, example("CaseReferred"), f"{path}?dry_run=true")
    assert again.status_code == 409 and again.json()["rule"] == "R19"


async def test_the_entity_tag_that_was_read_is_current(edge: Edge) -> None:
    """A dry run with the tag of the case as it is now is accepted."""
    case_id = await opened(edge)
    tag = (await edge.http.get(f"{CASES}/{case_id}", headers=edge.headers())).headers["etag"]
    path = f"{CASES}/{case_id}/events?dry_run=true"
    assert (await post(edge, example("ConsultationRequested"), path, If_Match=tag)).status_code == 200


async def test_an_event_of_the_directory_is_tried_the_same_way(coordinator: Edge, tmp_path: Path) -> None:
    """With the roles and the rules of the directory."""
    before = kept(tmp_path, "coordinator")
    training = {"type": "TrainingHeld", "data": DIRECTORY_EVENTS["TrainingHeld"].example}
    answer = await post(coordinator, training, f"{DIRECTORY}?dry_run=true", KEEPER)
    assert (answer.status_code, answer.json()) == (200, {"would": "be-accepted"}), answer.text
    data = {**DIRECTORY_EVENTS["ProviderCertified"].example, "agency": "iom"}
    certificate = {"type": "ProviderCertified", "data": data}
    tried, real = [
        await post(coordinator, certificate, f"{DIRECTORY}{query}", KEEPER) for query in ("?dry_run=true", "")
    ]
    assert tried.status_code == real.status_code == 409
    assert tried.json()["missing"] == real.json()["missing"]
    assert kept(tmp_path, "coordinator") == before


@pytest.mark.parametrize("query", ["dry_run=maybe", "dry_run=", "dry_run=true&dry_run=true", "dryrun=true"])
async def test_a_slip_never_sends_the_event(edge: Edge, tmp_path: Path, query: str) -> None:
    """A parameter that is not understood is refused before the event is judged."""
    before = kept(tmp_path)
    for path, body in ((CASES, DETECTION), (EVENT.replace("{case_id}", "x"), example("ConsultationRequested"))):
        answer = await post(edge, body, f"{path}?{query}")
        assert (answer.status_code, kind(answer)) in ((422, "invalid-request"), (400, "invalid-query"))
    assert kept(tmp_path) == before
