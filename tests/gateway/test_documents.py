"""The documents of the service are true, and follow from its mandate."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bus.envelope.envelope import SIGNED_EXTENSIONS
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.event.case_event import EVENTS
from contracts.vocabulary.agencies import NO_PERSON, AgencyKind, Role
from gateway.documents.event_bodies import by_people
from services import mandate_of

from .conftest import DETECTION, Edge

POLICE = {event.__name__ for event in mandate_of("police").roles}
BY_ITSELF = {event.__name__ for event, role in mandate_of("police").roles.items() if role in NO_PERSON}
"""What the service says by itself, and takes from nobody."""

SENT = POLICE - BY_ITSELF


async def read(edge: Edge, path: str) -> Any:
    """A document, which is open to all."""
    answer = await edge.http.get(path)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    return answer.json()


def references(content: Any) -> set[str]:
    """Every `$ref` in a document."""
    if isinstance(content, dict):
        own = {content["$ref"]} if isinstance(content.get("$ref"), str) else set()
        return own.union(*map(references, content.values()))
    return set().union(*map(references, content)) if isinstance(content, list) else set()


def resolve(document: Any, pointer: str) -> Any:
    """What a local reference points at; KeyError when nothing."""
    for part in pointer.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json"])
async def test_every_reference_leads_somewhere(edge: Edge, path: str) -> None:
    """Within the document."""
    document = await read(edge, path)
    found = references(document)
    assert found and all(pointer.startswith("#/") for pointer in found)
    schemas = document["components"]["schemas"]
    for pointer in found:
        if not pointer.startswith("#/$defs/"):  # those stand within their own schema, which is closed
            assert resolve(document, pointer) is not None
    if path == "/asyncapi.json":
        assert all(resolve(schema, p) for schema in schemas.values() for p in references(schema))


async def test_the_mandate_decides_what_can_be_sent(edge: Edge) -> None:
    """The body of a submission is one of the events that the agency may issue, told apart by their type."""
    document = await read(edge, "/openapi.json")
    body = document["paths"]["/v1/cases/{case_id}/events"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["schema"]["discriminator"]["mapping"]) == set(body["examples"]) == SENT
    assert {choice["$ref"].rpartition("/Submit")[2] for choice in body["schema"]["oneOf"]} == SENT
    by_clock = {name for name, event in EVENTS.items() if event.may_be_issued_by(AgencyKind.POLICE, Role.CLOCK)}
    assert {"ReferralExpired", "DeadlineReminded"} < by_clock
    assert {"PersonalDetailsRecorded", "PersonalDetailsRead", "ErasureConfirmed"} | by_clock == BY_ITSELF
    assert not {f"Submit{name}" for name in BY_ITSELF} & document["components"]["schemas"].keys()
    listed = (await edge.http.get("/v1/events", headers=edge.headers())).json()["items"]
    assert {event["name"] for event in listed if not event["by_people"]} == BY_ITSELF
    opening = document["paths"]["/v1/cases"]["post"]["requestBody"]["content"]["application/json"]
    assert set(opening["examples"]) == {"VictimDetected"}


async def test_services_of_one_process_describe_themselves_alone(edge: Edge, coordinator: Edge) -> None:
    """They share what FastAPI says of their routes; neither finds in its document what the other has added."""
    for one, with_statistics in ((edge, False), (coordinator, True)):
        document = await read(one, "/openapi.json")
        issued = {event.__name__ for event in by_people(mandate_of(one.agency))}
        submitted = {name.removeprefix("Submit") for name in document["components"]["schemas"] if name[:6] == "Submit"}
        assert submitted & set(EVENTS) == issued
        assert document["info"]["title"] == f"Stafett: {one.agency}"
        assert ("/v1/statistics" in document["paths"]) == with_statistics


async def test_the_canonical_examples_fit_the_documented_body(edge: Edge) -> None:
    """Each fits exactly one choice; and `occurred_at` may be left out."""
    document = await read(edge, "/openapi.json")
    path = "/v1/cases/{case_id}/events"
    validator = schema_at(document, f"/paths/{escape(path)}/post/requestBody/content/application~1json/schema")
    for name in SENT:
        example = EVENTS[name].example
        validator.validate({"type": name, "data": example})
        validator.validate({"type": name, "data": {k: v for k, v in example.items() if k != "occurred_at"}})
        assert not validator.is_valid({"type": name, "data": {**example, "surname": "x"}})
    bare = schema_at(document, "/paths/~1v1~1cases/post/requestBody/content/application~1json/schema")
    bare.validate(DETECTION)
    bare.validate({"type": "VictimDetected", "data": DETECTION})


def escape(path: str) -> str:
    """A path as a part of a JSON Pointer."""
    return path.replace("~", "~0").replace("/", "~1")


def schema_at(document: Any, pointer: str) -> Draft202012Validator:
    """The validator of a schema within the document."""
    registry: Registry[Any] = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": f"urn:document#{pointer}"}, registry=registry)


def check(document: Any, template: str, answer: httpx.Response) -> None:
    """The answer is among those documented for its operation, and fits the schema."""
    method, status = answer.request.method.lower(), str(answer.status_code)
    media = answer.headers["content-type"].partition(";")[0]
    pointer = f"/paths/{escape(template)}/{method}/responses/{status}/content/{escape(media)}/schema"
    resolve(document, pointer.removeprefix("/"))
    schema_at(document, pointer).validate(answer.json())


async def test_every_answer_is_as_documented(edge: Edge) -> None:
    """Good answers and problems of every operation that can be had while the broker is away."""
    document = await read(edge, "/openapi.json")
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    offer_id = (await edge.past.brings("police", CaseReferred.canonical(), case_id)).event_id
    kept = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
    check(document, "/v1/cases", kept)
    event = "/v1/cases/{case_id}/events"
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    referral = {"type": "CaseReferred", "data": EVENTS["CaseReferred"].example}
    for body, status in ((referral, 409), (consent, 202), ({"type": "x"}, 422)):
        tried = await edge.http.post(f"/v1/cases/{case_id}/events?dry_run=1", json=body, headers=edge.headers())
        answer = await edge.http.post(f"/v1/cases/{case_id}/events", json=body, headers=edge.headers())
        assert (answer.status_code, tried.status_code) == (status, 200 if status == 202 else status)
        check(document, event, answer)
        check(document, event, tried)
    history = f"/v1/cases/{case_id}/events"
    event_id = (await edge.http.get(history, headers=edge.headers())).json()["items"][0]["event_id"]
    for template, path in (
        ("/v1/cases", "/v1/cases"),
        ("/v1/cases", "/v1/cases?limit=0"),
        ("/v1/cases/{case_id}", f"/v1/cases/{case_id}"),
        ("/v1/cases/{case_id}", "/v1/cases/x"),
        (event, history),
        ("/v1/cases/{case_id}/events/{event_id}", f"{history}/{event_id}"),
        ("/v1/submissions/{event_id}", kept.headers["location"]),
        ("/v1/submissions/{event_id}", "/v1/submissions/x"),
        ("/v1/needs-attention", "/v1/needs-attention"),
        ("/v1/quarantine", "/v1/quarantine"),
        ("/v1/tasks", "/v1/tasks"),
        ("/v1/tasks", f"/v1/tasks?case_id={case_id}{case_id}"),
        ("/v1/deadlines", "/v1/deadlines"),
        ("/v1/deadlines", "/v1/deadlines?until=x"),
        ("/v1/dismissals", "/v1/dismissals"),
        ("/v1/offers", "/v1/offers"),
        ("/v1/offers", "/v1/offers?state=x"),
        ("/v1/cases/{case_id}/actions", f"/v1/cases/{case_id}/actions"),
        ("/v1/cases/{case_id}/actions", "/v1/cases/x/actions"),
        ("/v1/cases/{case_id}/assistance", f"/v1/cases/{case_id}/assistance"),
        ("/v1/cases/{case_id}/assistance", f"/v1/cases/{case_id}/assistance?on=x"),
        ("/v1/cases/{case_id}/assistance", "/v1/cases/x/assistance"),
        ("/v1/cases/{case_id}/deadlines", f"/v1/cases/{case_id}/deadlines"),
        ("/v1/cases/{case_id}/offers/{offer_id}/preview", f"/v1/cases/{case_id}/offers/{offer_id}/preview"),
        (
            "/v1/cases/{case_id}/offers/{offer_id}/next-recipients",
            f"/v1/cases/{case_id}/offers/{offer_id}/next-recipients",
        ),
        ("/v1/cases/{case_id}/offers/{offer_id}/preview", f"/v1/cases/{case_id}/offers/x/preview"),
        ("/v1/cases/{case_id}/personal-details", f"/v1/cases/{case_id}/personal-details"),
        ("/v1/cases/{case_id}/personal-details", "/v1/cases/x/personal-details"),
        ("/v1/cases/{case_id}/readings", f"/v1/cases/{case_id}/readings"),
        ("/v1/cases/{case_id}/readings", f"/v1/cases/{case_id}/readings?page=0"),
        ("/v1/cases/{case_id}/readings/report", f"/v1/cases/{case_id}/readings/report"),
        ("/v1/cases/{case_id}/erasures", f"/v1/cases/{case_id}/erasures"),
        ("/v1/hotline", "/v1/hotline"),
        ("/v1/contacts", "/v1/contacts"),
        ("/v1/coordinators", "/v1/coordinators"),
        ("/v1/municipalities", "/v1/municipalities?search=a"),
        ("/v1/municipalities/{code}", "/v1/municipalities/0180"),
        ("/v1/municipalities/{code}", "/v1/municipalities/x"),
        ("/v1/rules", "/v1/rules"),
        ("/v1/events", "/v1/events"),
        ("/health/live", "/health/live"),
        ("/health/ready", "/health/ready"),
        ("/api-info", "/api-info"),
    ):
        check(document, template, await edge.http.get(path, headers=edge.headers()))
    for template, path in (("/v1/tasks", "/v1/tasks"), (event, history)):
        check(document, template, await edge.http.get(path))
        check(document, template, await edge.http.get(path, headers=edge.headers("gardener")))


async def test_every_operation_says_what_can_go_wrong(edge: Edge) -> None:
    """Each has a summary and the problems that any can have; the open ones need no token."""
    document = await read(edge, "/openapi.json")
    assert document["openapi"].startswith("3.1") and document["info"]["contact"] and document["info"]["license"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["summary"] and operation["description"]
            is_open = operation.get("security") == []
            assert is_open is not path.startswith("/v1")
            assert {"500"} | (set() if is_open else {"401", "403"}) <= operation["responses"].keys()
    assert "HTTPValidationError" not in json.dumps(document)


async def test_the_bus_side_follows_from_the_mandate(edge: Edge) -> None:
    """One subject for each event that may be issued; every event can be heard; the envelope's headers are all there."""
    document = await read(edge, "/asyncapi.json")
    assert document["asyncapi"] == "3.0.0"
    sent = {o["channel"]["$ref"].rpartition("/")[2] for o in document["operations"].values() if o["action"] == "send"}
    assert sent == POLICE
    assert document["channels"]["CaseReferred"]["address"] == "case.{case}.CaseReferred.police"
    assert document["channels"]["CaseReferred"]["x-jetstream"]["stream"] == "CASES"
    received = document["operations"]["followCases"]
    assert {m["$ref"].rpartition("/")[2] for m in received["messages"]} == set(EVENTS)
    assert received["x-jetstream"]["consumer"] == "replica-police"


async def test_the_documented_headers_are_those_of_an_envelope(edge: Edge) -> None:
    """As a real one has them."""
    document = await read(edge, "/asyncapi.json")
    envelope = await edge.past.brings("police", VictimDetected.canonical())
    message = document["components"]["messages"]["VictimDetected"]
    Draft202012Validator(message["headers"]).validate(dict(envelope.headers))
    assert set(envelope.headers) == set(message["headers"]["required"])
    assert {f"ce-{name}" for name in SIGNED_EXTENSIONS} <= set(message["headers"]["required"])
    payload = document["components"]["schemas"]["VictimDetected"]
    Draft202012Validator(payload).validate(json.loads(await edge.past.opened(envelope)))


async def test_the_interface_is_described_as_the_swedish_profile_asks(edge: Edge) -> None:
    """Name, version, release, documentation and status."""
    info = await read(edge, "/api-info")
    assert info.keys() == {"apiName", "apiVersion", "apiReleased", "apiDocumentation", "apiStatus"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_no_page_fetches_scripts_from_elsewhere(edge: Edge, path: str) -> None:
    """Agencies' networks have no CDN."""
    assert (await edge.http.get(path)).status_code == 404
