"""The documents of the service are true, and follow from its mandate."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bus.envelope.envelope import SIGNED_EXTENSIONS
from bus.operator.rights import rights_of
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.published.schema_files import published
from contracts.vocabulary.agencies import NO_PERSON, AgencyKind, Role
from gateway.documents.described import Described
from gateway.documents.event_schemas import ALL
from gateway.documents.typed_events import as_read
from services import mandate_of

from .conftest import DETECTION, Edge

POLICE = {event.__name__ for event in mandate_of("police").roles}
CLEAR_ANSWERS = {"ErasureObjected", "ErasureConfirmed", "ReceiptHandedOver", "ReceiptShown"}
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
    for pointer in found:
        assert resolve(document, pointer) is not None
    assert '"$defs"' not in json.dumps(document["components"]), "tools resolve references from the document's root"


async def test_the_mandate_decides_what_can_be_sent(edge: Edge) -> None:
    """The body of a submission is one of the events that the agency may issue, told apart by their type."""
    document = await read(edge, "/openapi.json")
    body = document["paths"]["/v1/cases/{case_id}/events"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["schema"]["discriminator"]["mapping"]) == set(body["examples"]) == SENT
    assert {choice["$ref"].rpartition("/Submit")[2] for choice in body["schema"]["oneOf"]} == SENT
    by_clock = {name for name, event in EVENTS.items() if event.may_be_issued_by(AgencyKind.POLICE, Role.CLOCK)}
    assert {"ReferralExpired", "DeadlineReminded"} < by_clock
    assert {"PersonalDetailsRecorded", "PersonalDetailsRead", *CLEAR_ANSWERS} | by_clock == BY_ITSELF
    assert not {f"Submit{name}" for name in BY_ITSELF} & document["components"]["schemas"].keys()
    listed = (await edge.http.get("/v1/events", headers=edge.headers())).json()["items"]
    assert {event["name"] for event in listed if not event["by_people"]} == BY_ITSELF
    opening = document["paths"]["/v1/cases"]["post"]["requestBody"]["content"]["application/json"]
    assert set(opening["examples"]) == {"VictimDetected"}


async def test_services_of_one_process_describe_themselves_alone(edge: Edge, coordinator: Edge) -> None:
    """They share what FastAPI says of their routes; neither finds in its document what the other has added."""
    for one, with_statistics in ((edge, False), (coordinator, True)):
        document = await read(one, "/openapi.json")
        issued = {event.__name__ for event in Described.of(one.app.context).by_people}
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
        ("/v1/missing-keys", "/v1/missing-keys"),
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
        ("/schemas", "/schemas"),
        ("/schemas/{name}", "/schemas/VictimDetected.v1"),
        ("/schemas/{name}", "/schemas/VictimDetected.v9"),
        ("/v1/feed", "/v1/feed"),
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
    assert sent == POLICE | {"grantsByUs", "recordsByUs", "questionsByUs", "answersByUs"}
    assert document["channels"]["CaseReferred"]["address"] == "case.{case}.CaseReferred.police"
    assert document["channels"]["CaseReferred"]["x-jetstream"]["stream"] == "CASES"
    received = document["operations"]["followCases"]
    heard = {m["$ref"].rpartition("/")[2] for m in received["messages"]}
    newest = {event.schema_uri().removeprefix("urn:x-stafett:schema:") for event in EVENTS.values()}
    older = {name for name in published() if name.partition(".")[0] in EVENTS} - newest
    assert heard == set(EVENTS) | older and "VictimDetected.v1" in older
    assert received["x-jetstream"]["consumer"] == "replica-police"
    assert received["x-jetstream"]["deliver_subject"] == "deliver.police.{random}"


async def test_the_documented_headers_are_those_of_an_envelope(edge: Edge) -> None:
    """As a real one has them."""
    document = await read(edge, "/asyncapi.json")
    envelope = await edge.past.brings("police", VictimDetected.canonical())
    message = document["components"]["messages"]["VictimDetected"]
    Draft202012Validator(message["headers"]).validate(dict(envelope.headers))
    assert set(envelope.headers) == set(message["headers"]["required"])
    assert {f"ce-{name}" for name in SIGNED_EXTENSIONS} <= set(message["headers"]["required"])
    schema_at(document, resolve(document, message["payload"]["$ref"]) and message["payload"]["$ref"][1:]).validate(
        json.loads(await edge.past.opened(envelope))
    )


async def test_the_interface_is_described_as_the_swedish_profile_asks(edge: Edge) -> None:
    """Name, version, release, documentation and status."""
    info = await read(edge, "/api-info")
    assert info.keys() == {"apiName", "apiVersion", "apiReleased", "apiDocumentation", "apiStatus"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_no_page_fetches_scripts_from_elsewhere(edge: Edge, path: str) -> None:
    """Agencies' networks have no CDN."""
    assert (await edge.http.get(path)).status_code == 404


async def test_operation_ids_make_names_of_methods(coordinator: Edge) -> None:
    """Each is short, starts with a verb and is the only one of its name: generated clients name their methods so."""
    document = await read(coordinator, "/openapi.json")
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids)) > 40
    verbs = (
        "answer|change|check|create|delete|dismiss|finish|hand|issue|list|open|ping|read|record|redeliver|release|replay|request"
        "|rotate|show|skip|stream|take"
    )
    assert [one for one in ids if not re.fullmatch(rf"({verbs})(_[a-z]+){{1,3}}", one)] == []
    assert {"open_case", "issue_event", "list_cases", "read_case", "read_feed", "stream_feed"} <= set(ids)


async def test_what_a_history_says_is_typed(edge: Edge) -> None:
    """Each type of each version has a schema of its own; a field that is missing or of another type is found."""
    document = await read(edge, "/openapi.json")
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    history = schema_at(document, "/components/schemas/HistoricEvent")
    told = (await edge.http.get(f"/v1/cases/{case_id}/events", headers=edge.headers())).json()["items"]
    assert [event["type"] for event in told] == ["se.nrm.VictimDetected.v2", "se.nrm.ConsentGiven.v3"]
    for event in told:
        history.validate(event)
        history.validate({**event, "data": None})
        assert not history.is_valid({**event, "type": "se.nrm.CaseClosed.v2"})
        assert not history.is_valid({**event, "data": {**event["data"], "occurred_at": None}})
        assert not history.is_valid({name: value for name, value in event.items() if name != "hash"})
    first = {name: value for name, value in told[0]["data"].items() if name != "residence"}
    assert not history.is_valid({**told[0], "data": first}), "the core is always there"
    assert history.is_valid({**told[0], "type": "se.nrm.FromALaterRelease.v1", "data": None})
    mapping = document["components"]["schemas"]["HistoricEvent"]["discriminator"]["mapping"]
    assert mapping.keys() == {f"se.nrm.{name}" for name in published() if name.partition(".")[0] in EVENTS}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_reads_as_documented_without_its_details(event: type[CaseEvent]) -> None:
    """The canonical example fits, and so does what is left of it where its part is not read; nothing less does."""
    name = f"{event.__name__}.v{event.version}"
    validator = schema_at({"components": {"schemas": as_read(name)}}, f"/components/schemas/{name}")
    core = {field: value for field, value in event.example.items() if field not in event.details}
    validator.validate(event.example)
    validator.validate(core)
    assert not validator.is_valid({field: value for field, value in core.items() if field != "occurred_at"})


@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json"])
async def test_events_fields_and_codes_have_titles_in_both_languages(coordinator: Edge, path: str) -> None:
    """Of every event that the document has, of each of its fields, and of every code of a closed list."""
    schemas = (await read(coordinator, path))["components"]["schemas"]
    fields = codes = 0
    for name, schema in schemas.items():
        event = ALL.get(name.partition(".")[0])
        if event is not None and name.count(".") < 2:
            assert schema["x-titles"].keys() == {"en", "sv"}, name
            for described in schema["properties"].values():
                fields += 1
                assert described["title"] == described["x-titles"]["en"] and described["x-titles"]["sv"], name
        if "x-enum-titles" in schema:
            codes += 1
            assert list(schema["x-enum-titles"]) == schema["enum"]
    assert fields > 500 and codes > 60
    assert schemas["AgeBand"]["x-enum-titles"]["minor"] == {"en": "child", "sv": "barn"}


async def test_directory_events_keys_and_records_are_described(edge: Edge) -> None:
    """Whoever joins needs the agencies' keys, the grants to it, and to know where personal details lie."""
    document = await read(edge, "/asyncapi.json")
    address = {name: channel["address"] for name, channel in document["channels"].items()}
    assert address["directory"] == "case.00000000-0000-0000-0000-000000000000.{event}.{agency}"
    assert address["grantsToUs"] == "key.{case}.{compartment}.{kid}.police.{granter}.{since}"
    assert document["operations"]["followGrants"]["x-jetstream"]["consumer"] == "keys-police"
    assert {"AgencyAdmitted", "AgencyKeyRotated"} <= document["channels"]["directory"]["messages"].keys()
    assert document["components"]["messages"]["AgencyAdmitted"]["x-signed-by-root"] is True
    assert document["servers"]["broker1"]["host"] == "127.0.0.1:1" and document["servers"]["broker1"]["security"]
    assert all(one["bindings"]["nats"] for one in document["operations"].values())
    schema_at(document, "/components/schemas/AgencyAdmitted.v2").validate(ALL["AgencyAdmitted"].example)


async def test_every_channel_is_one_that_the_agency_may_use(edge: Edge) -> None:
    """It may send on all that is documented as sent, by its rights at the brokers."""
    document = await read(edge, "/asyncapi.json")
    rights = rights_of("police", mandate_of("police"), "police")
    sent = [operation for operation in document["operations"].values() if operation["action"] == "send"]
    assert len(sent) > 10
    for operation in sent:
        address = resolve(document, operation["channel"]["$ref"])["address"]
        assert re.sub(r"\{[a-z_]+\}", "*", address) in rights.publish


async def test_schemas_stand_where_they_are_said_to(edge: Edge) -> None:
    """Each as it was published, byte for byte, for every version; and what may be issued names its address."""
    listed = (await read(edge, "/schemas"))["items"]
    assert {one["name"] for one in listed} == published().keys()
    assert [one["current"] for one in listed if one["event"] == "VictimDetected"] == [False, True]
    for one in (listed[0], listed[-1]):
        answer = await edge.http.get(one["address"])
        assert answer.content == published()[one["name"]] and "immutable" in answer.headers["cache-control"]
        assert answer.json()["$id"] == one["schema_uri"]
    issuable = (await edge.http.get("/v1/events", headers=edge.headers())).json()["items"]
    assert {each["schema_address"] for each in issuable} <= {one["address"] for one in listed}
    assert issuable[0]["label"].keys() == {"en", "sv"}
