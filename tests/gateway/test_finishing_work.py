"""Caseworkers finish tasks, and dismiss events that the rules refused. The service loses nothing by that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bus.operator.provision import Layout
from bus.store import OutboxStatus, Transaction
from gateway.auth import DevelopmentIssuer

from .conftest import DETECTION, Edge, opened
from .test_documents import check

CASE = str(uuid4())


async def documented(edge: Edge) -> Any:
    """What the service says about itself."""
    return (await edge.http.get("/openapi.json")).json()


async def tasks_of(edge: Edge, query: str = "") -> list[str]:
    """The open tasks."""
    answer = await edge.http.get(f"/v1/tasks{query}", headers=edge.headers())
    assert answer.status_code == 200
    return [task["task_id"] for task in answer.json()["items"]]


async def given_tasks(edge: Edge, *cases: str) -> list[str]:
    """A task about each case, the first due first."""
    return [await edge.given_task(case, f"2024-12-0{number}") for number, case in enumerate(cases, 1)]


async def test_a_task_is_done_once_and_for_all(edge: Edge) -> None:
    """The second time says the same."""
    first, second = await given_tasks(edge, CASE, str(uuid4()))
    for _ in range(2):
        answer = await edge.http.post(f"/v1/tasks/{first}/done", headers=edge.headers())
        assert answer.status_code == 200 and answer.json() == {"task_id": first, "case_id": CASE, "done": True}
        check(await documented(edge), "/v1/tasks/{task_id}/done", answer)
    assert await tasks_of(edge) == [second]


async def test_a_task_says_what_does_it_since_when_and_who(edge: Edge) -> None:
    """Only the events that this agency may issue; a task of an earlier release does not know."""
    since = "2024-12-01T09:00:00.000000Z"
    events = ("InvestigationOpened", "CaseReferred", "AdviceGiven")
    await edge.given_task(CASE, "2024-12-01", code="ask-them", about="x", since=since, events=events)
    await edge.given_task(CASE, None)
    answer = await edge.http.get("/v1/tasks", headers=edge.headers())
    check(await documented(edge), "/v1/tasks", answer)
    known, unknown = answer.json()["items"]
    assert (known["code"], known["about"], known["since"]) == ("ask-them", "x", since)
    assert known["events"] == [
        {"name": "InvestigationOpened", "role": "investigation-leader"},
        {"name": "CaseReferred", "role": "caseworker"},
    ]
    assert known["actions"] == f"/v1/cases/{CASE}/actions"
    assert (unknown["code"], unknown["about"], unknown["since"], unknown["events"]) == ("", "", "", [])


async def test_tasks_are_listed_by_case(edge: Edge) -> None:
    """Of a case of which nothing is known there are none, whatever its id looks like."""
    first, second, third = await given_tasks(edge, CASE, str(uuid4()), CASE)
    assert await tasks_of(edge) == [first, second, third]
    assert await tasks_of(edge, f"?case_id={CASE}") == [first, third]
    for unknown in (str(uuid4()), "x", "%00", ""):
        assert await tasks_of(edge, f"?case_id={unknown}") == []
    too_long = await edge.http.get(f"/v1/tasks?case_id={CASE}{CASE}", headers=edge.headers())
    assert too_long.status_code == 422 and CASE not in too_long.text


@pytest.mark.parametrize("task_id", ["6277108f-022a-485b-b068-f79939c87872", "x", "%00"])
async def test_an_unknown_task_cannot_be_done(edge: Edge, task_id: str) -> None:
    """404, whatever the id looks like."""
    assert (await edge.http.post(f"/v1/tasks/{task_id}/done", headers=edge.headers())).status_code == 404


async def refused(edge: Edge) -> str:
    """The id of an event that the rules refused by the time it could be sent."""
    event_id = str((await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())).json()["event_id"])
    row = await edge.node.store.submission(event_id)
    assert row is not None
    await edge.node.outbox.park(row, "R1")
    return event_id


async def dismissed(edge: Edge, event_id: str, body: Any, *roles: str) -> Any:
    """The answer to giving the event up."""
    answer = await edge.http.post(f"/v1/needs-attention/{event_id}/dismissed", json=body, headers=edge.headers(*roles))
    check(await documented(edge), "/v1/needs-attention/{event_id}/dismissed", answer)
    return answer


async def waiting(edge: Edge) -> list[str]:
    """What needs attention."""
    answer = await edge.http.get("/v1/needs-attention", headers=edge.headers())
    return [event["event_id"] for event in answer.json()["items"]]


async def test_what_is_dismissed_stays_recorded(edge: Edge) -> None:
    """Off the list of what needs attention, on the list of what was dismissed; done again, the first reason stands."""
    event_id, other = await refused(edge), await refused(edge)
    first = await dismissed(edge, event_id, {"reason": "issued-anew"})
    again = await dismissed(edge, event_id, {"reason": "other"})
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert (first.json()["reason"], first.json()["dismissed_at"]) == ("issued-anew", "2024-12-02T12:00:00Z")
    assert await waiting(edge) == [other]
    state = (await edge.http.get(f"/v1/submissions/{event_id}", headers=edge.headers())).json()
    assert (state["status"], state["reason"]) == ("dismissed", "R1")
    listed = (await edge.http.get("/v1/dismissals", headers=edge.headers("auditor"))).json()
    assert listed["items"] == [first.json()] and listed["total"] == 1


async def test_what_is_dismissed_stays_so_after_a_restart(
    provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path
) -> None:
    """A service that starts on the same store takes up the other event alone."""
    async with opened(provisioned, "police", tmp_path) as edge:
        event_id, other = await refused(edge), await refused(edge)
        await dismissed(edge, event_id, {"reason": "no-longer-needed"})
    async with opened(provisioned, "police", tmp_path) as again:
        assert await waiting(again) == [other]
        assert (await again.http.get("/v1/dismissals", headers=again.headers())).json()["total"] == 1


async def test_only_what_needs_attention_is_dismissed(edge: Edge) -> None:
    """What is still to be sent, what was sent, and what nobody knows: 404, and nothing happens to it."""
    pending = (await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())).json()["event_id"]
    for event_id in (pending, str(uuid4()), "x", "%00"):
        assert (await dismissed(edge, event_id, {"reason": "other"})).status_code == 404
    row = await edge.node.store.submission(pending)
    assert row is not None and row.status is OutboxStatus.PENDING
    delivered = Transaction()
    delivered.settle(replace(row, status=OutboxStatus.DELIVERED, version=1, sequence=1))
    await edge.node.store.write(delivered)
    edge.node.outbox._done(row.case_id, pending)
    assert (await dismissed(edge, pending, {"reason": "other"})).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/reason"), ({"reason": "KANARIEFAGEL"}, "/reason"), ({"reason": "other", "note": "x"}, "/note"), ([], "")],
)
async def test_a_dismissal_has_a_reason_from_the_list(edge: Edge, body: Any, pointer: str) -> None:
    """No free text; what was sent is not repeated."""
    answer = await dismissed(edge, await refused(edge), body)
    assert answer.status_code == 422 and "KANARIEFAGEL" not in answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert len(await waiting(edge)) == 1


async def test_an_auditor_changes_nothing(edge: Edge) -> None:
    """403: it reads and verifies."""
    (task,) = await given_tasks(edge, CASE)
    event_id = await refused(edge)
    assert (await edge.http.post(f"/v1/tasks/{task}/done", headers=edge.headers("auditor"))).status_code == 403
    assert (await dismissed(edge, event_id, {"reason": "other"}, "auditor")).status_code == 403
    assert (await edge.http.post(f"/v1/tasks/{task}/done")).status_code == 401
    assert await tasks_of(edge) == [task] and await waiting(edge) == [event_id]
