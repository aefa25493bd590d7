"""The directory over HTTP: agencies, certificates, free places, and the events that an agency may issue there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bus.directory.directory import DIRECTORY_ID
from bus.operator.provision import Layout
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import (
    AgencySuspended,
    CapacityAnnounced,
    DelegateNamed,
    ProviderCertified,
    TrainingHeld,
)
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.choices import Service
from gateway.auth import DevelopmentIssuer

from .conftest import AGENCIES, NOW, Edge, opened
from .test_documents import check


def changed(event: type[PublishedEvent], **changes: Any) -> PublishedEvent:
    """The canonical example, said now, with some fields changed."""
    return event.canonical().model_copy(update={"occurred_at": NOW, **changes})


async def read(edge: Edge, path: str) -> Any:
    """What a caseworker reads there, which is as documented."""
    answer = await edge.http.get(path, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    check((await edge.http.get("/openapi.json")).json(), path.partition("?")[0], answer)
    return answer.json()


async def certified(edge: Edge, **changes: Any) -> str:
    """The id of a certificate for Fyren, in force all of 2024 and 2025."""
    event = changed(ProviderCertified, valid_from=date(2024, 1, 1), valid_until=date(2025, 12, 31), **changes)
    return (await edge.past.brings("coordinator", event, DIRECTORY_ID)).event_id


async def announced(edge: Edge, agency: str = "ngo-fyren", **changes: Any) -> None:
    """Free places of a provider."""
    await edge.past.brings(agency, changed(CapacityAnnounced, **changes), DIRECTORY_ID)


async def test_every_agency_is_listed(edge: Edge) -> None:
    """With kind, name, place and what its certificates say today; in pages, by kind where asked. No keys."""
    await certified(edge, services=(Service.COUNSELLING,))
    await certified(edge, services=(Service.SAFE_ACCOMMODATION, Service.COUNSELLING))
    found = await read(edge, "/v1/directory?limit=100")
    agencies = {one["agency"]: one for one in found["items"]}
    assert set(agencies) == set(AGENCIES) and found["total"] == len(AGENCIES)
    assert (agencies["municipality-0180"]["name"], agencies["municipality-0180"]["region"]) == ("Stockholm", "01")
    assert agencies["ngo-fyren"]["certified_services"] == ["counselling-and-guidance", "safe-accommodation"]
    assert agencies["police"]["certified_services"] == [] and not agencies["police"]["suspended"]
    assert "key" not in json.dumps(found)
    assert [one["agency"] for one in (await read(edge, "/v1/directory?kind=ngo"))["items"]] == ["ngo-fyren"]
    second = await read(edge, "/v1/directory?limit=1&page=2")
    assert [one["agency"] for one in second["items"]] == [AGENCIES[1]]


async def test_a_certificate_is_in_force_on_its_days(edge: Edge) -> None:
    """R15: on a day, for a service; with the id that an acceptance names."""
    certificate = await certified(edge)
    (one,) = (await read(edge, "/v1/directory/providers"))["items"]
    assert (one["agency"], one["certificate_id"], one["valid_until"]) == ("ngo-fyren", certificate, "2025-12-31")
    for query, count in (
        ("on=2025-12-31", 1),
        ("on=2026-01-01", 0),
        ("on=2023-12-31", 0),
        ("service=safe-accommodation&on=2024-01-01", 1),
        ("service=dental-care", 0),
    ):
        assert len((await read(edge, f"/v1/directory/providers?{query}"))["items"]) == count, query


async def test_free_places_are_found(edge: Edge) -> None:
    """By service, region and whether they take a child; none where none are free; the latest word counts."""
    await announced(edge, places=9)
    await announced(edge, places=2)
    await announced(edge, service=Service.COUNSELLING, places=0)
    await announced(edge, "municipality-0180", places=4, region="01", municipality="0180", takes_children=False)
    everything = (await read(edge, "/v1/directory/capacity"))["items"]
    assert [(one["agency"], one["places"]) for one in everything] == [("municipality-0180", 4), ("ngo-fyren", 2)]
    assert everything[1]["municipality"] is None and everything[1]["announced_at"] == "2024-12-02T12:00:00Z"
    for query, agencies in (
        ("service=safe-accommodation&region=01&for_child=true", ["ngo-fyren"]),
        ("service=dental-care", []),
        ("region=12", []),
        ("for_child=false", ["municipality-0180", "ngo-fyren"]),
    ):
        found = await read(edge, f"/v1/directory/capacity?{query}")
        assert [one["agency"] for one in found["items"]] == agencies, query


async def test_trainings_are_listed_the_latest_first(edge: Edge) -> None:
    """In pages."""
    for day in (date(2024, 2, 8), date(2024, 11, 8), date(2024, 5, 8)):
        await edge.past.brings("coordinator", changed(TrainingHeld, held_on=day), DIRECTORY_ID)
    found = await read(edge, "/v1/directory/trainings?limit=2")
    assert [one["held_on"] for one in found["items"]] == ["2024-11-08", "2024-05-08"] and found["total"] == 3
    assert found["items"][0]["audience"] == ["labour-inspectors", "social-services"]


async def test_a_suspended_agency_is_shown_and_not_turned_to(edge: Edge) -> None:
    """Neither as a certified provider nor for its places."""
    await certified(edge)
    await announced(edge)
    await edge.past.brings("root", changed(AgencySuspended, suspended_from=NOW), DIRECTORY_ID)
    agencies = {one["agency"]: one["suspended"] for one in (await read(edge, "/v1/directory?limit=100"))["items"]}
    assert agencies["ngo-fyren"] and not agencies["police"]
    assert (await read(edge, "/v1/directory/providers"))["items"] == []
    assert (await read(edge, "/v1/directory/capacity"))["items"] == []


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("directory?kind=x", "kind"),
        ("directory/providers?service=x", "service"),
        ("directory/providers?on=2024-02-30", "on"),
        ("directory/capacity?region=1", "region"),
        ("directory/capacity?for_child=maybe", "for_child"),
        ("directory/trainings?limit=0", "limit"),
    ],
)
async def test_filters_have_their_forms(edge: Edge, path: str, parameter: str) -> None:
    """422 names the parameter."""
    answer = await edge.http.get(f"/v1/{path}", headers=edge.headers())
    assert answer.status_code == 422 and answer.json()["errors"][0]["parameter"] == parameter


@pytest.fixture
async def ngo(provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path) -> AsyncIterator[Edge]:
    """An NGO's gateway."""
    async with opened(provisioned, "ngo-fyren", tmp_path) as edge:
        yield edge


async def said(edge: Edge, body: Any, *roles: str, **headers: str) -> Any:
    """The answer to a directory event, which is as documented."""
    answer = await edge.http.post("/v1/directory/events", json=body, headers=edge.headers(*roles, **headers))
    document = (await edge.http.get("/openapi.json")).json()
    if "/v1/directory/events" in document["paths"]:
        check(document, "/v1/directory/events", answer)
    return answer


CAPACITY = {"type": "CapacityAnnounced", "data": CapacityAnnounced.example}


async def test_a_provider_announces_its_places(ngo: Edge) -> None:
    """Kept while the broker is away; said again under the same key, it is the same event."""
    first = await said(ngo, CAPACITY, Idempotency_Key="places of today")
    again = await said(ngo, CAPACITY, Idempotency_Key="places of today")
    assert first.status_code == again.status_code == 202 and first.json() == again.json()
    assert first.json()["case_id"] == DIRECTORY_ID
    state = (await ngo.http.get(first.headers["location"], headers=ngo.headers())).json()
    assert state["status"] == "pending"


async def test_the_directory_keeper_certifies(coordinator: Edge) -> None:
    """In that role alone; when the event says no time, the service's clock does."""
    data = {name: value for name, value in ProviderCertified.example.items() if name != "occurred_at"}
    body = {"type": "ProviderCertified", "data": data}
    assert (await said(coordinator, body)).status_code == 403
    answer = await said(coordinator, body, "directory-keeper")
    assert answer.status_code == 202
    row = await coordinator.node.store.submission(answer.json()["event_id"])
    assert row is not None
    stated = json.loads(json.loads(row.draft)["data"])
    assert datetime.fromisoformat(stated["occurred_at"]) == NOW


async def test_what_the_directory_objects_to_is_refused(coordinator: Edge) -> None:
    """409 with the reason in both languages and who can help."""
    body = {"type": "ProviderCertified", "data": {**ProviderCertified.example, "agency": "ngo-hamnen"}}
    answer = await said(coordinator, body, "directory-keeper")
    assert answer.status_code == 409 and answer.json()["supplied_by"] == ["coordinator"]
    assert answer.json()["missing"]["en"] == "ngo-hamnen is not admitted." != answer.json()["missing"]["sv"]


async def test_an_agency_says_only_what_its_mandate_allows(edge: Edge, ngo: Edge) -> None:
    """The police announce no places, an NGO certifies nobody; an auditor says nothing."""
    assert (await said(edge, CAPACITY)).json()["type"] == "urn:x-stafett:problem:not-issuable"
    certificate = {"type": "ProviderCertified", "data": ProviderCertified.example}
    assert (await said(ngo, certificate)).status_code == 403
    assert (await said(ngo, CAPACITY, "auditor")).status_code == 403
    assert "/v1/directory/events" not in (await edge.http.get("/openapi.json")).json()["paths"]
    assert (await ngo.http.post("/v1/directory/events", json=CAPACITY)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"type": "KANARIEFAGEL", "data": {}},
        {"type": "VictimDetected", "data": {}},
        {"type": "CapacityAnnounced"},
        {"type": "CapacityAnnounced", "data": {"service": "KANARIEFAGEL"}},
        {"type": "CapacityAnnounced", "data": CapacityAnnounced.example, "KANARIEFAGEL X": 1},
        {"type": "CapacityAnnounced", "data": {**CapacityAnnounced.example, "municipality": "1280"}},
    ],
)
async def test_a_body_that_is_no_directory_event(ngo: Edge, logged: StringIO, body: Any) -> None:
    """422, and nothing of it is repeated or logged."""
    answer = await said(ngo, body)
    assert answer.status_code == 422
    assert "KANARIEFAGEL" not in answer.text and "KANARIEFAGEL" not in logged.getvalue()


async def test_the_directory_is_no_case(ngo: Edge) -> None:
    """Its token opens nothing: no case event joins its chain, and nothing is read there."""
    path = f"/v1/cases/{DIRECTORY_ID}"
    consent = {"type": "ConsentWithdrawn", "data": {"consent_id": DIRECTORY_ID}}
    assert (await ngo.http.post(f"{path}/events", json=consent, headers=ngo.headers())).status_code == 404
    for rest in ("", "/events", "/assistance", "/deadlines"):
        assert (await ngo.http.get(f"{path}{rest}", headers=ngo.headers())).status_code == 404


async def test_events_name_those_of_the_directory(ngo: Edge) -> None:
    """With role and schema, in a chapter of their own."""
    events = {e["name"]: e for e in (await ngo.http.get("/v1/events", headers=ngo.headers())).json()["items"]}
    one = events["CapacityAnnounced"]
    assert (one["chapter"], one["role"], one["opens_case"]) == ("directory", "caseworker", False)


async def test_who_receives_for_an_agency_that_is_not_there_is_listed_and_named(edge: Edge) -> None:
    """As long as the delegate can be asked itself; a refusal names it with its number."""
    named = changed(DelegateNamed, agency="coordinator-vast", delegate="coordinator", phone="031-12 34 56")
    await edge.past.brings("coordinator", named, DIRECTORY_ID)
    gone = changed(DelegateNamed, agency="municipality-1281", delegate="ngo-hamnen", phone=None)
    await edge.past.brings("coordinator", gone, DIRECTORY_ID)  # nobody of that name is on the bus
    (listed,) = (await read(edge, "/v1/directory/delegates"))["items"]
    assert (listed["agency"], listed["delegate"], listed["phone"]) == (
        "coordinator-vast",
        "coordinator",
        "031-12 34 56",
    )
    opened_case = {"type": "VictimDetected", "data": VictimDetected.example}
    case = await edge.http.post("/v1/cases", json=opened_case, headers=edge.headers())
    asking = {**ConsultationRequested.example, "coordinator": "coordinator-vast"}
    body = {"type": "ConsultationRequested", "data": asking}
    answer = await edge.http.post(f"/v1/cases/{case.json()['case_id']}/events", json=body, headers=edge.headers())
    assert (answer.status_code, answer.json()["rule"]) == (409, "R24")
    assert answer.json()["supplied_by"] == ["coordinator"]
    assert all("031-12 34 56" in said for said in answer.json()["missing"].values())


async def test_the_directory_keeper_names_a_delegate(coordinator: Edge) -> None:
    """A delegate that is there, for an agency that is not."""
    body = {"type": "DelegateNamed", "data": {**DelegateNamed.example, "delegate": "ngo-fyren"}}
    assert (await said(coordinator, body)).status_code == 403
    assert (await said(coordinator, body, "directory-keeper")).status_code == 202
    nobody = {"type": "DelegateNamed", "data": {**DelegateNamed.example, "delegate": "ngo-hamnen"}}
    assert (await said(coordinator, nobody, "directory-keeper")).status_code == 409
