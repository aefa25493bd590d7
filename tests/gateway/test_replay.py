"""Replays over HTTP: an auditor sees a case as any agency could read it; others see their own earlier view."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from harness.bus import an_event

from bus.replay.account import CaseDifference, Replay
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.view.difference import applied

from .conftest import NOW, Edge

MUNICIPALITY = "municipality-0180"


async def shared(edge: Edge) -> str:
    """A case of the police: consent at version 2, an offer to the municipality at version 3; its id."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    later = NOW + timedelta(days=30)
    given = an_event(ConsentGiven, recipients=[MUNICIPALITY], valid_until=later.date().isoformat())
    await edge.past.brings("police", given, case_id)
    until = (NOW + timedelta(days=2)).isoformat()
    offer = an_event(CaseReferred, recipient=MUNICIPALITY, purposes=["support"], respond_by=until)
    await edge.past.brings("police", offer, case_id)
    return case_id


async def got(edge: Edge, path: str, role: str = "auditor", **asked: Any) -> Any:
    """An answer of 200."""
    answer = await edge.http.get(path, params=asked, headers=edge.headers(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_earlier_view_is_that_of_the_version(edge: Edge) -> None:
    """By version and by moment; its entity tag is none that anybody can decide on, and today's view is as before."""
    case_id = await shared(edge)
    path = f"/v1/cases/{case_id}"
    now = await got(edge, path, "caseworker")
    first = await got(edge, path, "caseworker", at="1")
    assert (first["version"], first["consents"], now["version"], len(now["consents"])) == (1, [], 3, 1)
    assert first["digest"] != now["digest"] and first.keys() == now.keys()
    assert await got(edge, path, "caseworker", at="3") == now == await got(edge, path, at=NOW.isoformat())
    answer = await edge.http.get(path, params={"at": "1"}, headers=edge.headers())
    assert first["digest"] not in answer.headers["etag"]


async def test_a_replay_tells_each_step_and_what_it_rests_on(edge: Edge) -> None:
    """In the schema that the document states."""
    case_id = await shared(edge)
    told = await got(edge, f"/v1/cases/{case_id}/replay", ruleset="SE-2016")
    assert Replay.model_validate_json(str_of(told)).digest == (await got(edge, f"/v1/cases/{case_id}"))["digest"]
    assert [step["type"].split(".")[2] for step in told["steps"]] == ["VictimDetected", "ConsentGiven", "CaseReferred"]
    assert told["steps"][0]["title"]["sv"] == "Anmäla ett förmodat offer"
    assert all(step["received_at"] == step["recorded_at"] for step in told["steps"])
    assert told["steps"][2]["otherwise"]["ruleset"] == "SE-2016"
    theirs = await got(edge, f"/v1/cases/{case_id}/replay", **{"as": MUNICIPALITY})
    grounds = [each for part in theirs["reading"]["parts"] if part["part"] == "core" for each in part["grounds"]]
    assert ("takes-part", 3) in {(each["reason"], each["since"]) for each in grounds}
    before = await got(edge, f"/v1/cases/{case_id}/replay", **{"as": MUNICIPALITY, "at": "2"})
    assert before["view"] is None and before["reading"]["takes_part"] is False
    part = await got(edge, f"/v1/cases/{case_id}/replay", limit=1, after=1)
    assert [step["version"] for step in part["steps"]] == [2] and part["next"] == 2


def str_of(told: Any) -> str:
    """JSON again."""
    return json.dumps(told)


async def test_a_difference_is_a_list_of_changes(edge: Edge) -> None:
    """Applied to the first view, it gives the second."""
    case_id = await shared(edge)
    told = await got(edge, f"/v1/cases/{case_id}/replay/difference", **{"from": "1", "to": "3"})
    found = CaseDifference.model_validate_json(str_of(told))
    views = [(await got(edge, f"/v1/cases/{case_id}/replay", at=each))["view"] for each in ("1", "3")]
    assert applied(views[0], found.changes) == views[1]
    assert ("offers", 0) in {change.path for change in found.changes}


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("", {"at": "4"}, "no-such-version"),
        ("", {"at": "0"}, "no-such-version"),
        ("", {"at": "-1"}, "not-a-moment"),
        ("", {"at": "9" * 5000}, "not-a-moment"),
        ("", {"at": "2024-12-02T12:00:00"}, "not-a-moment"),
        ("", {"at": "9999-12-31T23:59:59Z"}, "in-the-future"),
        ("", {"at": "1901-01-01T00:00:00Z"}, "before-the-case"),
        ("/replay", {"at": "soon"}, "not-a-moment"),
        ("/replay", {"ruleset": "SE-1809"}, "no-such-ruleset"),
        ("/replay", {"as": "municipality-9999"}, "no-such-agency"),
        ("/replay", {"as": "../police"}, "no-such-agency"),
        ("/replay/difference", {"from": "3", "to": "1"}, "ends-before-it-begins"),
        ("/replay/difference", {"from": "1", "to": "7"}, "no-such-version"),
    ],
)
async def test_what_the_case_does_not_have_is_refused(edge: Edge, path: str, asked: dict[str, str], code: str) -> None:
    """By a problem that names the parameter, in both languages."""
    case_id = await shared(edge)
    answer = await edge.http.get(f"/v1/cases/{case_id}{path}", params=asked, headers=edge.headers("auditor"))
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    (error,) = problem["errors"]
    assert error["code"] == code and error["parameter"] in asked
    assert error["text"]["en"] != error["text"]["sv"] and problem["text"]["en"] != problem["text"]["sv"]


@pytest.mark.parametrize("asked", [{"at": "1", "version": "1"}, {"at": ["1", "2"]}, {"from": "1"}, {"as": "police"}])
async def test_parameters_that_contradict_each_other_are_refused(edge: Edge, asked: dict[str, Any]) -> None:
    """None is ignored."""
    case_id = await shared(edge)
    answer = await edge.http.get(f"/v1/cases/{case_id}", params=asked, headers=edge.headers("auditor"))
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", ["/replay", "/replay/difference?from=1&to=2"])
async def test_only_an_auditor_replays(edge: Edge, path: str) -> None:
    """Not a caseworker, an investigation leader or a records officer; and of no case but those of the agency."""
    case_id = await shared(edge)
    for role in ("caseworker", "investigation-leader", "records-officer"):
        answer = await edge.http.get(f"/v1/cases/{case_id}{path}", headers=edge.headers(role))
        assert answer.status_code == 403, role
    theirs = (await edge.past.brings(MUNICIPALITY, VictimDetected.canonical())).case_id
    answer = await edge.http.get(f"/v1/cases/{theirs}{path}", headers=edge.headers("auditor"))
    assert answer.status_code == 404


async def test_a_history_tells_when_an_event_came(edge: Edge) -> None:
    """And when it could be opened."""
    case_id = await shared(edge)
    told = await got(edge, f"/v1/cases/{case_id}/events", after=1)
    assert all(each["received_at"] == each["recorded_at"] for each in told["items"])
    one = await got(edge, f"/v1/cases/{case_id}/events/{told['items'][0]['event_id']}")
    assert one == told["items"][0] and one["opened_at"] is None  # the key of these tests came at an unknown time
