"""Kept records over HTTP: who may see them, what the person is told, and that every opening is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.faulty_store import failing
from harness.gateways import Gateway, gateways
from harness.sharing import AGENCIES, accept, consent, now, refer
from harness.waiting import eventually

from contracts.chapters.assistance import NeedsAssessed

from .test_documents import check

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES
OFFICER = "records-officer"


@dataclass
class Erased:
    """A case of the NGO's that is erased; the municipality had assessed what the person needs."""

    bus: Bus
    at: dict[str, Gateway]
    case_id: str
    assessment: str

    async def kept(self, agency: str) -> list[dict[str, Any]]:
        """What an agency keeps, as its records officer is told of it."""
        answer = await self.at[agency].get("/v1/kept-records", OFFICER)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


@pytest.fixture
async def erased(tmp_path: Path) -> AsyncIterator[Erased]:
    """Four agencies, and the case after all have confirmed."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        assessed = await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now()), case_id)
        await bus.level()
        wish = {"scope": "case", "reason": "person-asked"}
        assert (await at[NGO].post(f"/v1/cases/{case_id}/erasures", wish, OFFICER)).status_code == 201

        async def confirmed() -> bool:
            found = [(await at[each].get(f"/v1/cases/{case_id}/erasures")).json() for each in (NGO, MUNICIPALITY)]
            return all([item["outstanding"] for item in one.get("items", ["?"])] == [[]] for one in found)

        await eventually(confirmed, within=30)
        await bus.level()
        yield Erased(bus, at, case_id, assessed.event_id)


async def test_the_authority_reads_its_own_and_the_organisation_nothing(erased: Erased) -> None:
    """The list names the ground and the last day; one record shows what it said; nobody else has it."""
    (listed,) = await erased.kept(MUNICIPALITY)
    ground = {"event": "NeedsAssessed", "ground": "social-services-file"}
    assert listed == {"event_id": erased.assessment, "case_id": erased.case_id, **ground, "until": listed["until"]}
    shown = await erased.at[MUNICIPALITY].get(f"/v1/kept-records/{erased.assessment}", OFFICER)
    assert shown.status_code == 200 and shown.headers["cache-control"] == "no-store"
    assert shown.json()["data"]["needs"] == NeedsAssessed.example["needs"]
    document = (await erased.at[MUNICIPALITY].http.get("/openapi.json")).json()
    check(document, "/v1/kept-records/{event_id}", shown)
    for agency in (NGO, COORDINATOR):
        assert await erased.kept(agency) == []
        other = await erased.at[agency].get(f"/v1/kept-records/{erased.assessment}", OFFICER)
        assert other.status_code == 404


async def test_the_person_and_the_holders_are_told_what_is_kept_and_why(erased: Erased) -> None:
    """At every holder: the objection beside the erasure, and a sentence with the act in the report."""
    for agency in (NGO, MUNICIPALITY, COORDINATOR):
        path = f"/v1/cases/{erased.case_id}"
        (item,) = (await erased.at[agency].get(f"{path}/erasures")).json()["items"]
        (objection,) = item["objections"]
        assert (objection["agency"], objection["ground"]) == (MUNICIPALITY, "social-services-file")
        assert objection["keeps"] == ["NeedsAssessed"]
        report = (await erased.at[agency].get(f"{path}/readings/report")).json()
        (says,) = report["kept"]
        assert "socialtjänstlagen" in says["sv"] and "Social Services Act" in says["en"]
        assert objection["until"] in says["sv"] and "Allt annat är raderat" in says["sv"]
        headers = {"Accept": "text/plain", "Accept_Language": "en"}
        assert says["en"] in (await erased.at[agency].get(f"{path}/readings/report", **headers)).text


async def test_only_who_answers_for_the_records_sees_them(erased: Erased) -> None:
    """403 for a caseworker; an auditor reads and destroys nothing."""
    at = erased.at[MUNICIPALITY]
    one = f"/v1/kept-records/{erased.assessment}"
    for path in ("/v1/kept-records", one):
        assert (await at.get(path)).status_code == 403
        assert (await at.get(path, "auditor")).status_code == 200
    headers = at.authorised(("auditor",))
    refused = await at.http.delete(f"/v1/kept-records/of-case/{erased.case_id}", headers=headers)
    assert (refused.status_code, refused.json()["role"]) == (403, OFFICER)
    assert len(await erased.kept(MUNICIPALITY)) == 1


async def test_whoever_opens_a_kept_record_is_on_record(erased: Erased) -> None:
    """Before it is shown, and 503 while that cannot be written."""
    at, one = erased.at[MUNICIPALITY], f"/v1/kept-records/{erased.assessment}"
    with failing(erased.bus, MUNICIPALITY, "INSERT", "opening_id", "sealed"):
        assert (await at.get(one, OFFICER)).status_code == 503

    async def shown() -> bool:
        return (await at.get(one, OFFICER)).status_code == 200

    await eventually(shown, within=30)
    await at.get(one, OFFICER)
    openings = (await at.get("/v1/openings", "auditor")).json()["items"]
    assert [opening["parts"] for opening in openings] == [[]]


async def test_a_records_officer_lets_go_of_what_is_kept(erased: Erased) -> None:
    """Before its last day; afterwards there is nothing, not even who opened it."""
    at, case = erased.at[MUNICIPALITY], f"/v1/kept-records/of-case/{erased.case_id}"
    await at.get(f"/v1/kept-records/{erased.assessment}", OFFICER)
    headers = at.authorised((OFFICER,))
    assert (await at.http.delete(case, headers=headers)).status_code == 204
    assert await erased.kept(MUNICIPALITY) == []
    assert (await at.get(f"/v1/kept-records/{erased.assessment}", OFFICER)).status_code == 404
    assert (await at.http.delete(case, headers=headers)).status_code == 404
    assert (await at.get("/v1/openings", "auditor")).json()["items"] == []
    keys = await erased.bus.nodes[MUNICIPALITY].store.query(
        "SELECT COUNT(*) AS n FROM content_keys WHERE compartment = 'kept'"
    )
    assert keys[0]["n"] == 0
