"""Erasures over HTTP: the lead's records officer requests one, each holder confirms it, and callers see who has not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.gateways import Gateway, gateways
from harness.sharing import AGENCIES, IDENTITY, accept, consent, now, refer
from harness.waiting import eventually

from contracts.chapters.consent import ConsentWithdrawn
from gateway.live.listener import Listener

from .test_documents import check

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES
OFFICER = "records-officer"
WHOLE = {"scope": "case", "reason": "person-asked"}
DETAILS = {"scope": "personal-details", "reason": "consent-withdrawn"}


class Erasable:
    """A case of the NGO's with a record; the municipality took part and has left, the police take part."""

    def __init__(self, bus: Bus, at: dict[str, Gateway], case_id: str) -> None:
        self.bus = bus
        self.at = at
        self.path = f"/v1/cases/{case_id}"
        self.case_id = case_id

    async def erasure(self, agency: str) -> dict[str, Any]:
        """The only erasure, as an agency is told of it."""
        (item,) = (await self.at[agency].get(f"{self.path}/erasures")).json()["items"]
        return dict(item)

    async def confirmed_by_all(self, agency: str) -> dict[str, Any]:
        """The erasure once nothing is outstanding."""

        async def confirmed() -> bool:
            answer = await self.at[agency].get(f"{self.path}/erasures")
            return answer.status_code == 200 and [i["outstanding"] for i in answer.json()["items"]] == [[]]

        await eventually(confirmed, within=30)
        return await self.erasure(agency)


@pytest.fixture
async def erasable(tmp_path: Path) -> AsyncIterator[Erasable]:
    """Four agencies, and the case."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        consent_id = await consent(bus, case_id, MUNICIPALITY, POLICE, NGO)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await accept(bus, case_id, POLICE, await refer(bus, case_id, POLICE))
        await bus.nodes[NGO].personal.record(case_id, IDENTITY)
        gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[MUNICIPALITY])
        await bus.submit(NGO, gone, case_id)
        await bus.level()
        yield Erasable(bus, at, case_id)


async def test_an_erased_case_stays_listed_and_shows_nothing_else(erasable: Erasable) -> None:
    """The service names the holders, also who has left; each sees the same erased case, and who has not confirmed."""
    at, path = erasable.at, erasable.path
    assert (await at[MUNICIPALITY].get(path)).status_code == 404, "it has left"
    listener = Listener(MUNICIPALITY, at[MUNICIPALITY].node.replica)
    end = at[MUNICIPALITY].node.replica.listen(listener.take)
    before = (await at[NGO].get(f"{path}/events")).json()["items"]
    asked = await at[NGO].post(f"{path}/erasures", WHOLE, OFFICER, Idempotency_Key="k")
    assert asked.status_code == 201 and asked.headers["location"] == f"{path}/erasures"
    document = (await at[NGO].http.get("/openapi.json")).json()
    check(document, "/v1/cases/{case_id}/erasures", asked)
    check(document, "/v1/cases/{case_id}/erasures", await at[NGO].get(f"{path}/erasures"))
    assert asked.json().keys() == {"event_id", "case_id", "version", "sequence"}
    for agency in (NGO, MUNICIPALITY, POLICE, COORDINATOR):
        erasure = await erasable.confirmed_by_all(agency)
        assert erasure["erasure_id"] == asked.json()["event_id"]
        assert (erasure["scope"], erasure["requested_by"]) == ("case", NGO)
        assert set(erasure["confirmed"]) == set(erasure["holders"]) == set(AGENCIES)
    await erasable.bus.level()
    end()
    assert not listener._events.empty(), "also who had left hears that there is something to see"
    tags = set()
    for agency in AGENCIES:
        listed = (await at[agency].get("/v1/cases")).json()["items"]
        assert [(case["case_id"], case["status"]) for case in listed] == [(erasable.case_id, "erased")]
        shown = await at[agency].get(path)
        tags.add(shown.headers["etag"])
        assert (shown.json()["status"], shown.json()["exploitation_forms"]) == ("erased", [])
        assert (await at[agency].get(f"{path}/personal-details")).json()["items"] == []
        assert (await at[agency].get(f"{path}/readings/report")).json() == {
            "rows": [],
            "held_back": 0,
            "proceedings": [],
            "openings": [],
            "openings_held_back": 0,
            "kept": [],
        }
        history = (await at[agency].get(f"{path}/events")).json()["items"]
        assert [event["event_id"] for event in history][: len(before)] == [event["event_id"] for event in before]
        assert {event["type"] for event in history if event["data"]} <= {
            "se.nrm.ErasureRequested.v1",
            "se.nrm.ErasureConfirmed.v1",
        }
    assert len(tags) == 1
    again = await at[NGO].post(f"{path}/erasures", WHOLE, OFFICER, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, asked.json())
    anew = await at[NGO].post(f"{path}/erasures", WHOLE, OFFICER)
    assert (anew.status_code, anew.json()["rule"]) == (409, "R22")


async def test_who_has_left_must_confirm_too_and_is_seen_until_it_does(erasable: Erasable) -> None:
    """Personal details are erased while the municipality's service stands still; the case goes on."""
    at, path = erasable.at, erasable.path
    await erasable.bus.stop_node(MUNICIPALITY)
    asked = await at[NGO].post(f"{path}/erasures", DETAILS, OFFICER)
    assert asked.status_code == 201, asked.text

    async def only_one_is_left() -> bool:
        return bool((await erasable.erasure(NGO))["outstanding"] == [MUNICIPALITY])

    await eventually(only_one_is_left, within=30)
    assert MUNICIPALITY in (await erasable.erasure(POLICE))["holders"]
    await erasable.bus.start_node(MUNICIPALITY)
    await erasable.confirmed_by_all(NGO)
    await erasable.bus.stop_node(MUNICIPALITY)
    assert (await at[NGO].get(f"{path}/personal-details")).json()["items"] == []
    assert (await at[NGO].get(path)).json()["status"] == "open"


async def test_only_the_leads_records_officer_erases(erasable: Erasable) -> None:
    """403 without the role, 409 by R22 at another agency, 422 without a reason that there is."""
    at, path = erasable.at, erasable.path
    refused = await at[NGO].post(f"{path}/erasures", WHOLE)
    assert (refused.status_code, refused.json()["role"]) == (403, OFFICER)
    elsewhere = await at[POLICE].post(f"{path}/erasures", WHOLE, OFFICER)
    assert (elsewhere.status_code, elsewhere.json()["rule"]) == (409, "R22")
    bodies: list[Any] = [{"scope": "case"}, {**WHOLE, "reason": "because"}, {**WHOLE, "holders": [NGO]}, []]
    for body in bodies:
        assert (await at[NGO].post(f"{path}/erasures", body, OFFICER)).status_code == 422
    assert (await at[NGO].get(f"{path}/erasures")).json()["items"] == []
