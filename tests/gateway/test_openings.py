"""Openings: whoever opens a case is on record before the case is shown, once a day, and nowhere else than here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from harness.bus import Bus
from harness.faulty_store import failing
from harness.gateways import Gateway, gateways, of_a_system
from harness.sharing import AGENCIES, accept, consent, refer
from harness.waiting import eventually

from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.sweden.chapters.identification import InvestigationOpened
from gateway.auth import Caller

from .conftest import NOW, Edge, provisioned  # noqa: F401 - a fixture
from .conftest import opened as edge_of

OVERSEERS = ("auditor", "records-officer")
NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES


async def openings(edge: Edge, role: str = "auditor", **asked: str) -> list[dict[str, Any]]:
    """The openings at an agency, as somebody who oversees its people is told of them."""
    answer = await edge.http.get("/v1/openings", params=asked, headers=edge.headers(role))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] == len(body["items"])
    return list(body["items"])


async def detected(edge: Edge) -> str:
    """A case of the agency's own; its id."""
    return (await edge.past.brings(edge.agency, VictimDetected.canonical())).case_id


def reads_of_a_case(edge: Edge) -> list[str]:
    """The path of every route that shows something of one case."""
    routes = [each.route for each in iter_route_contexts(edge.app.routes) if isinstance(each.route, APIRoute)]
    return [one.path for one in routes if "{case_id}" in one.path and "GET" in (one.methods or ())]


async def test_every_route_that_shows_a_case_leaves_an_opening(edge: Edge) -> None:
    """A new route under a case cannot be forgotten: each is called, by somebody of its own."""
    offered = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    offer = await edge.past.brings("police", CaseReferred.canonical(), offered)
    paths = [one for one in reads_of_a_case(edge) if not one.startswith("/v1/directory")]
    assert len(paths) > 10
    for number, path in enumerate(paths):
        filled = path.format(case_id=offered, event_id=offer.event_id, offer_id=offer.event_id)
        token = edge.token("caseworker", "auditor", subject=f"reader {number}")
        moments = {"from": "1", "to": "1"} if path.endswith("/difference") else None
        answer = await edge.http.get(filled, params=moments, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (200, 404), (path, answer.text)
        assert len(await openings(edge)) == number + 1, path
    assert {one["case_id"] for one in await openings(edge)} == {offered}


async def test_the_tasks_of_one_case_leave_an_opening(edge: Edge) -> None:
    """A list over all cases leaves none, nor do the tasks of a case that has none."""
    case_id, other = await detected(edge), await detected(edge)
    await edge.given_task(case_id, None)
    for path in ("/v1/tasks", f"/v1/tasks?case_id={other}", "/v1/cases", "/v1/offers", "/v1/deadlines"):
        assert (await edge.http.get(path, headers=edge.headers())).status_code == 200
    assert await openings(edge) == []
    assert (await edge.http.get(f"/v1/tasks?case_id={case_id}", headers=edge.headers())).json()["total"] == 1
    assert [one["case_id"] for one in await openings(edge)] == [case_id]


async def test_the_same_person_is_recorded_once_a_day(edge: Edge) -> None:
    """A second reading adds nothing; another person and another case each add one; the case stays at its version."""
    case_id, other = await detected(edge), await detected(edge)
    before = (await edge.http.get(f"/v1/cases/{case_id}", headers=edge.headers())).json()
    for _ in range(3):
        await edge.http.get(f"/v1/cases/{case_id}/events", headers=edge.headers())
    (one,) = await openings(edge)
    expected = {"case_id": case_id, "system": False, "on": NOW.date().isoformat(), "parts": before["parts"]}
    assert {**one, "parts": sorted(one["parts"])} == {**expected, "person": one["person"]}
    somebody = Caller("somebody", frozenset(), 0.0, issuer="urn:x-stafett:test-issuer")
    assert one["person"] == edge.app.context.pseudonyms.of(somebody)
    headers = {"Authorization": f"Bearer {edge.token('caseworker', subject='somebody else')}"}
    after = (await edge.http.get(f"/v1/cases/{case_id}", headers=headers)).json()
    await edge.http.get(f"/v1/cases/{other}", headers=edge.headers())
    assert [each["case_id"] for each in await openings(edge)] == [other, case_id, case_id]
    assert len({each["person"] for each in await openings(edge, case_id=case_id)}) == 2
    assert (after["version"], after["digest"]) == (before["version"], before["digest"])


async def test_a_restart_repeats_no_opening(
    provisioned: Any,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    """A service that begins anew has nothing in memory, and the store has the row already."""
    async with edge_of(provisioned, "police", tmp_path) as edge:
        case_id = await detected(edge)
        await edge.http.get(f"/v1/cases/{case_id}", headers=edge.headers())
        edge.node.openings._known.clear()
        await edge.http.get(f"/v1/cases/{case_id}", headers=edge.headers())
        assert len(await openings(edge)) == 1


async def test_the_next_day_is_another_opening(edge: Edge) -> None:
    """The Swedish day counts, not the day in Greenwich."""
    case = await edge.node.replica.case(await detected(edge))
    for day in (NOW.date(), NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=1)):
        await edge.node.openings.record("3f9c2a7be01d4c55", [case], day, system=False)
    assert [one["on"] for one in await openings(edge)] == ["2024-12-03", "2024-12-02"]


async def test_others_of_the_agency_do_not_see_who_opened_a_case(edge: Edge) -> None:
    """403 for a caseworker; an auditor and a records officer see the same."""
    await edge.http.get(f"/v1/cases/{await detected(edge)}", headers=edge.headers())
    refused = await edge.http.get("/v1/openings", headers=edge.headers("caseworker"))
    assert (refused.status_code, refused.json()["roles"]) == (403, [*OVERSEERS])
    assert await openings(edge, "auditor") == await openings(edge, "records-officer") != []


async def test_a_case_of_others_leaves_no_opening(edge: Edge) -> None:
    """Nothing is shown, so nothing is recorded, and the account does not tell which cases exist."""
    theirs = (await edge.past.brings("municipality-0180", VictimDetected.canonical())).case_id
    assert (await edge.http.get(f"/v1/cases/{theirs}", headers=edge.headers())).status_code == 404
    assert await openings(edge) == [] == await openings(edge, case_id=theirs)


async def test_her_report_tells_on_which_days_how_many_people_opened_the_case(edge: Edge) -> None:
    """People are counted and not named; while this agency leads an open investigation, the days are held back."""
    case_id = await detected(edge)
    for subject in ("one", "another"):
        headers = {"Authorization": f"Bearer {edge.token('caseworker', subject=subject)}"}
        await edge.http.get(f"/v1/cases/{case_id}", headers=headers)
    report = f"/v1/cases/{case_id}/readings/report"
    headers = {"Authorization": f"Bearer {edge.token('caseworker', subject='one')}"}
    told = (await edge.http.get(report, headers=headers)).json()
    ((day),) = told["openings"]
    assert (day["on"], day["people"], day["systems"], told["openings_held_back"]) == ("2024-12-02", 2, 0, 0)
    assert "2 personer hos police" in day["says"]["sv"] and "2 people at police" in day["says"]["en"]
    plain = await edge.http.get(report, headers={**headers, "Accept": "text/plain", "Accept-Language": "sv"})
    assert day["says"]["sv"] in plain.text
    await edge.past.brings("police", InvestigationOpened.canonical(), case_id)
    secret = (await edge.http.get(report, headers=headers)).json()
    assert (secret["openings"], secret["openings_held_back"]) == ([], 2)


@asynccontextmanager
async def shared(folder: Path) -> AsyncIterator[tuple[Bus, dict[str, Gateway], str]]:
    """Four agencies on a real bus, and a case that the NGO shares with the municipality."""
    async with Bus(folder, *AGENCIES, start=False) as bus, gateways(bus, folder) as at:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        yield bus, at, case_id


async def test_nothing_is_shown_that_cannot_be_recorded(tmp_path: Path) -> None:
    """503 while the store does not take the row, for whom it has not taken it yet; afterwards all is as before."""
    async with shared(tmp_path) as (bus, at, case_id):
        path = f"/v1/cases/{case_id}"
        assert (await at[NGO].get(path)).status_code == 200
        with failing(bus, NGO, "INSERT", "opening_id", "sealed"):
            known = await at[NGO].get(path)
            headers = at[NGO].authorised((), "somebody else")
            for rest in ("", "/events", "/actions", "/readings/report"):
                refused = await at[NGO].http.get(path + rest, headers=headers)
                assert refused.status_code == 503, refused.text
                assert refused.headers["content-type"] == "application/problem+json"
            assert (await at[NGO].http.get("/v1/feed", headers=headers)).status_code == 503
        assert known.status_code == 200, "this reading is on record already"

        async def shown() -> bool:
            return (await at[NGO].http.get(path, headers=headers)).status_code == 200

        await eventually(shown, within=30)
        people = {one["person"] for one in (await at[NGO].get("/v1/openings", "auditor")).json()["items"]}
        assert len(people) == 2


async def test_a_system_that_reads_the_feed_opens_each_case_that_it_is_told_of(tmp_path: Path) -> None:
    """One record for each system, case and day, however many events it reads."""
    async with shared(tmp_path) as (_, at, case_id):
        token = of_a_system(at[NGO].issuer, NGO, datetime.now().astimezone(), "cases:read", "openings:read")
        headers = {"Authorization": f"Bearer {token}"}
        for _ in range(2):
            told = (await at[NGO].http.get("/v1/feed", headers=headers)).json()["items"]
            assert len(told) > 2
        (one,) = (await at[NGO].http.get("/v1/openings", headers=headers)).json()["items"]
        assert (one["case_id"], one["system"]) == (case_id, True)
        report = (await at[NGO].get(f"/v1/cases/{case_id}/readings/report")).json()
        assert [(day["people"], day["systems"]) for day in report["openings"]] == [(1, 1)]


async def test_openings_stay_at_the_agency_and_go_with_the_case(tmp_path: Path) -> None:
    """Each agency has its own account, in no event; after an erasure nothing of it is left."""
    async with shared(tmp_path) as (bus, at, case_id):
        version = (await at[NGO].get(f"/v1/cases/{case_id}")).json()["version"]
        await at[MUNICIPALITY].get(f"/v1/cases/{case_id}")
        for agency in (NGO, MUNICIPALITY):
            (one,) = (await at[agency].get("/v1/openings", "auditor")).json()["items"]
            assert set(one["parts"]) == set((await at[agency].get(f"/v1/cases/{case_id}")).json()["parts"])
        assert (await at[POLICE].get("/v1/openings", "auditor")).json()["items"] == []
        assert (await at[NGO].get(f"/v1/cases/{case_id}")).json()["version"] == version
        wish = {"scope": "case", "reason": "person-asked"}
        assert (await at[NGO].post(f"/v1/cases/{case_id}/erasures", wish, "records-officer")).status_code == 201

        async def gone() -> bool:
            found = [
                (await at[agency].get("/v1/openings", "auditor")).json()["total"] for agency in (NGO, MUNICIPALITY)
            ]
            return found == [0, 0]

        await eventually(gone, within=30)
        await at[NGO].get(f"/v1/cases/{case_id}")
        assert (await at[NGO].get("/v1/openings", "auditor")).json()["total"] == 0, "an erased case shows nothing"
        rows = await bus.nodes[NGO].store.query("SELECT COUNT(*) AS n FROM openings")
        assert rows[0]["n"] == 0


@pytest.mark.parametrize("page", ["limit=0", "page=0", "limit=501", "case=1"])
async def test_the_account_has_bounds(edge: Edge, page: str) -> None:
    """For a page that is none, and for a parameter that nobody knows."""
    answer = await edge.http.get(f"/v1/openings?{page}", headers=edge.headers("auditor"))
    assert answer.status_code == (400 if page == "case=1" else 422)
