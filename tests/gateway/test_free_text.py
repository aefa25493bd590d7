"""A writer is warned of names and addresses in a free text, and can answer that no personal details stand there."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from bus.operator.provision import Layout
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import TrainingHeld
from contracts.event.case_event import EVENTS
from gateway.auth import DevelopmentIssuer

from .conftest import DETECTION, Edge, opened
from .test_documents import check

NOTE = "Kvinnan sover hos Kanariella Fågelqvist på Kanariegatan 3."
SPANS = [("person", 18, 39), ("address", 43, 57)]
WARNED = {**DETECTION, "note": NOTE}
CHECKED = {"Stafett-Free-Text": "checked"}


async def sent(edge: Edge, body: Any, path: str = "/v1/cases", *roles: str, **headers: str) -> httpx.Response:
    """The answer to the request of a caseworker, or of somebody in other roles."""
    return await edge.http.post(path, json=body, headers=edge.headers(*roles, **headers))


def warned_of(answer: httpx.Response) -> list[tuple[str, str, int, int]]:
    """What a warning suspects: pointer, kind, first character and the one after the last."""
    content = answer.json()
    assert (answer.status_code, content["type"]) == (422, "urn:x-stafett:problem:free-text-suspected")
    assert content["what_to_do"].keys() == {"en", "sv"}
    assert all("Stafett-Free-Text: checked" in said for said in (*content["what_to_do"].values(), content["detail"]))
    return [(one["pointer"], one["kind"], one["start"], one["end"]) for one in content["suspicions"]]


async def test_a_writer_is_warned_and_answers(edge: Edge) -> None:
    """The warning says where and what; the same request with the answer is taken, and its note is as it was sent."""
    answer = await sent(edge, WARNED)
    assert warned_of(answer) == [("/note", *span) for span in SPANS]
    check((await edge.http.get("/openapi.json")).json(), "/v1/cases", answer)
    assert await edge.node.store.outbox() == []
    taken = await sent(edge, WARNED, Stafett_Free_Text="checked")
    assert taken.status_code == 202
    row = await edge.node.store.submission(taken.json()["event_id"])
    assert row is not None
    _, content = await edge.node.outbox.opened(row)
    assert VictimDetected.model_validate_json(content or b"").note == NOTE
    assert b"checked" not in (content or b"") and b"checked" not in row.draft


async def test_the_warning_counts_characters_as_unicode_does(edge: Edge) -> None:
    """One outside of the first plane is one."""
    answer = await sent(edge, {"type": "VictimDetected", "data": {**DETECTION, "note": f"👩‍👧 {NOTE}"}})
    assert warned_of(answer) == [("/data/note", kind, start + 4, end + 4) for kind, start, end in SPANS]


async def test_a_warned_request_uses_up_no_key(edge: Edge) -> None:
    """Under its key comes the answer, or another text; from then on the key names that event."""
    for changed, headers in ((WARNED, CHECKED), ({**DETECTION, "note": "Sover hos en bekant."}, {})):
        key = {"Idempotency-Key": f"key-{len(headers)}"}
        warned_of(await sent(edge, WARNED, **key))
        first = await sent(edge, changed, **key, **headers)
        again = await sent(edge, changed, **key, **headers)
        assert first.status_code == again.status_code == 202 and first.json() == again.json()
        assert warned_of(await sent(edge, WARNED, **key))
    reused = await sent(edge, WARNED, **CHECKED, **{"Idempotency-Key": "key-0"})
    assert reused.json()["type"] == "urn:x-stafett:problem:idempotency-key-reused"


async def test_a_text_within_a_list_is_looked_at(provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path) -> None:
    """The pointer leads to it."""
    plan = EVENTS["SupportPlanDrafted"]
    goal = {"service": "legal-support", "responsible": "ngo-fyren", "aim": "A call with Amina Warsame"}
    body = {"type": "SupportPlanDrafted", "data": {**plan.example, "goals": [goal | {"aim": "Counsel"}, goal]}}
    async with opened(provisioned, "ngo-fyren", tmp_path) as ngo:
        case_id = (await ngo.past.brings("ngo-fyren", VictimDetected.canonical())).case_id
        answer = await sent(ngo, body, f"/v1/cases/{case_id}/events")
    assert warned_of(answer) == [("/data/goals/1/aim", "person", 12, 25)]


async def test_a_text_for_the_directory_is_looked_at(coordinator: Edge) -> None:
    """Everybody on the bus reads it."""
    held = {"type": "TrainingHeld", "data": {**TrainingHeld.example, "topic": "Led by Amina Warsame"}}
    path, role = "/v1/directory/events", "directory-keeper"
    answers = [await sent(coordinator, held, path, role, **more) for more in ({}, CHECKED)]
    assert warned_of(answers[0]) == [("/data/topic", "person", 7, 20)]
    assert answers[1].status_code == 202


async def test_a_warning_is_no_longer_than_anybody_reads(edge: Edge) -> None:
    """It names the first fifty."""
    assert len(warned_of(await sent(edge, {**DETECTION, "note": "Anna, " * 300}))) == 50


async def test_who_answers_is_not_excused_from_the_rules(edge: Edge) -> None:
    """A number is refused whatever the answer."""
    numbered = {**DETECTION, "note": "Anna Lindström, 811228-9874"}
    answer = await sent(edge, numbered, **CHECKED)
    assert answer.json()["errors"][0]["code"] == "personal_details" and "suspicions" not in answer.json()


@pytest.mark.parametrize("answers", [["yes"], ["checked", "checked"], [""], ["Checked"]])
async def test_an_answer_has_its_form(edge: Edge, answers: list[str]) -> None:
    """Once, and that word; also when there is nothing to answer."""
    headers = [*edge.headers().items(), *(("Stafett-Free-Text", one) for one in answers)]
    for body in (DETECTION, WARNED):
        answer = await edge.http.post("/v1/cases", json=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:x-stafett:problem:invalid-header")
    assert (await sent(edge, DETECTION, **CHECKED)).status_code == 202


async def test_the_answer_is_documented_where_it_is_taken(coordinator: Edge) -> None:
    """On the routes that take events, and on no other."""
    paths = (await coordinator.http.get("/openapi.json")).json()["paths"]
    takes = {
        path
        for path, operations in paths.items()
        for operation in operations.values()
        if any(one["name"] == "Stafett-Free-Text" for one in operation.get("parameters", ()))
    }
    assert takes == {"/v1/cases", "/v1/cases/{case_id}/events", "/v1/directory/events"}


async def test_nothing_of_the_text_is_repeated(edge: Edge, logged: StringIO) -> None:
    """Neither to the caller, nor in the log or the metrics."""
    answers = [await sent(edge, WARNED), await sent(edge, WARNED, **CHECKED)]
    answers.append(await edge.http.get("/metrics"))
    assert [answer.status_code for answer in answers] == [422, 202, 200]
    for told in (*(answer.text + str(answer.headers) for answer in answers), logged.getvalue()):
        assert "anarie" not in told and "gelqvist" not in told and "sover" not in told
