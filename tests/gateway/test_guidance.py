"""Guidance in a case as it is now: the agencies that can assist on a day and why, the deadlines, whom to ask."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.identification import InvestigationOpened

from .conftest import NOW, Edge


def changed(event: type[CaseEvent], **changes: Any) -> CaseEvent:
    """The canonical example with some fields changed."""
    return event.canonical().model_copy(update=changes)


async def detected(edge: Edge, **changes: Any) -> str:
    """The path of a case that the police opened."""
    return f"/v1/cases/{(await edge.past.brings('police', changed(VictimDetected, **changes))).case_id}"


async def read(edge: Edge, path: str) -> Any:
    """What a caseworker reads there."""
    answer = await edge.http.get(path, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_who_can_assist_is_said_with_why(edge: Edge) -> None:
    """An irregular adult without an investigation: NGOs for certain; and whose move would open more doors."""
    found = await read(edge, f"{await detected(edge)}/assistance")
    prospects = {one["kind"]: one["prospect"] for one in found["can_assist"]}
    assert prospects == {"municipality": "unlikely", "region": "limited", "migration": "no", "ngo": "entitled"}
    assert all(one["why"]["en"] != one["why"]["sv"] for one in found["can_assist"])
    assert "safe-accommodation" in found["can_assist"][3]["services"]
    assert found["statuses"] == ["presumed", "irregular"]
    advice, investigation = found["would_open_doors"][:2]
    assert (advice["event"], advice["opens"]) == ("ConsultationRequested", ["coordinator"])
    assert (investigation["event"], investigation["by"]) == ("InvestigationOpened", ["police", "prosecutor"])
    assert investigation["opens"] == ["municipality", "region"]
    assert found["on"] == "2024-12-02"


async def test_the_day_decides(edge: Edge) -> None:
    """Before August 2022 no social welfare board could apply."""
    path = f"{await detected(edge)}/assistance"
    openings = [one["by"] for one in (await read(edge, f"{path}?on=2022-07-31"))["would_open_doors"]]
    assert ["municipality"] not in openings
    assert ["municipality"] in [one["by"] for one in (await read(edge, f"{path}?on=2022-08-01"))["would_open_doors"]]


async def test_today_is_a_swedish_day(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past eleven in the evening in UTC is tomorrow in Sweden."""
    path = f"{await detected(edge)}/assistance"
    late = datetime(2024, 12, 2, 23, 30, tzinfo=UTC)
    service: Any = edge.app
    object.__setattr__(service.context, "clock", lambda: late)
    assert (await read(edge, path))["on"] == "2024-12-03"


@pytest.mark.parametrize(
    ("place", "coordinator"),
    [
        ({"municipality": "1280", "region": "12"}, "coordinator-syd"),
        ({"municipality": None, "region": "12"}, "coordinator-syd"),
        ({"municipality": "1299", "region": "12"}, "coordinator-syd"),
        ({"municipality": None, "region": "99"}, None),
    ],
)
async def test_the_regional_coordinator_is_named(edge: Edge, place: dict[str, Any], coordinator: str | None) -> None:
    """R16: by municipality, or by region where the municipality is not said; nobody for a place that does not exist."""
    ask = (await read(edge, f"{await detected(edge, **place)}/assistance"))["ask"]
    assert (ask and ask["id"]) == coordinator
    assert ask is None or ask["phones"]


async def test_an_investigation_changes_who_can_assist(edge: Edge) -> None:
    """R4, R8: a suspicion is enough for formal identification."""
    path = await detected(edge)
    await edge.past.brings("police", InvestigationOpened.canonical(), path.rpartition("/")[2])
    found = await read(edge, f"{path}/assistance")
    assert found["statuses"][0] == "formally-identified"
    assert found["can_assist"][0]["prospect"] == "entitled"


@pytest.mark.parametrize("day", ["", "x", "0", "1700000000", "2024-3-1", "2024-02-30", "0001-01-01", "2201-01-01"])
async def test_a_day_has_one_form(edge: Edge, day: str) -> None:
    """422 names the parameter; what was sent is not repeated."""
    answer = await edge.http.get(f"{await detected(edge)}/assistance?on={day}", headers=edge.headers())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "on"
    assert not day or f'"{day}"' not in answer.text


async def test_what_runs_out_is_said_in_utc_and_as_a_swedish_day(edge: Edge) -> None:
    """The first to run out first; an offer to the second, a consent after its last Swedish day, across summer time."""
    path = await detected(edge, occurred_at=NOW)
    case_id = path.rpartition("/")[2]
    consent = changed(ConsentGiven, occurred_at=NOW, valid_until=datetime(2025, 6, 30, tzinfo=UTC).date())
    consented = await edge.past.brings("police", consent, case_id)
    respond_by = datetime(2024, 12, 4, 22, 59, 59, tzinfo=UTC)
    offer = changed(CaseReferred, occurred_at=NOW, respond_by=respond_by)
    offered = await edge.past.brings("police", offer, case_id)
    first, second = (await read(edge, f"{path}/deadlines"))["items"]
    assert (first["kind"], first["subject"], first["due_at"]) == ("offer", offered.event_id, "2024-12-04T23:00:00Z")
    assert (first["last_day"], first["concerns"]) == ("2024-12-04", ["municipality-0180", "police"])
    assert (second["kind"], second["subject"]) == ("consent", consented.event_id)
    assert (second["due_at"], second["last_day"]) == ("2025-06-30T22:00:00Z", "2025-06-30")
    assert second["remind_at"] == "2025-06-16T07:00:00Z"
    assert (first["overdue"], second["overdue"]) == (False, False)


async def test_what_nobody_has_ended_yet_is_overdue(edge: Edge) -> None:
    """The canonical consent ended in September; the coordinator's clock has not said so here."""
    path = await detected(edge)
    await edge.past.brings("police", ConsentGiven.canonical(), path.rpartition("/")[2])
    assert [one["overdue"] for one in (await read(edge, f"{path}/deadlines"))["items"]] == [True]


@pytest.mark.parametrize("rest", ["assistance", "deadlines"])
async def test_nothing_is_said_of_others_cases(edge: Edge, rest: str) -> None:
    """404, as for a case that does not exist."""
    theirs = (await edge.past.brings("municipality-0180", VictimDetected.canonical())).case_id
    for case_id in (theirs, str(uuid4()), "x"):
        assert (await edge.http.get(f"/v1/cases/{case_id}/{rest}", headers=edge.headers())).status_code == 404
    assert (await edge.http.get(f"/v1/cases/{theirs}/{rest}")).status_code == 401
    assert (await edge.http.get(f"/v1/cases/{theirs}/{rest}", headers=edge.headers("gardener"))).status_code == 403
