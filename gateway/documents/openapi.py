"""The OpenAPI document: the routes of every agency, with the events that this agency's mandate allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from contracts.event.published_event import PublishedEvent
from contracts.view.case_view import PART_OF
from gateway.auth import scopes
from gateway.auth.keys import ALGORITHMS
from gateway.documents.described import Described
from gateway.documents.event_bodies import event_bodies
from gateway.documents.event_schemas import COMPONENT, current, titled, titles_of
from gateway.documents.typed_events import type_events
from gateway.http import problem_schemas
from gateway.http.case_fields import CaseAsRead
from gateway.http.openapi_parts import IF_NONE_MATCH, SHARED_COMPONENTS, TAGGED, problem
from gateway.submissions.schemas import DryRun, Kept

VERSION: Final = "1.0.0"
CONTACT: Final = {"name": "The agency that runs this service"}
LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}

_TAGS: Final = {
    "answers": "What agencies outside the bus answer.",
    "cases": "The cases that the agency takes part in, and their events.",
    "contacts": "Whom to call, and which agency is responsible where.",
    "directory": "The agencies on the bus, and facts about them.",
    "documents": "What describes the service to machines.",
    "erasures": "What must be erased, and who has confirmed it.",
    "feed": "Everything that becomes readable, from a position.",
    "kept-records": "What the agency keeps by law of erased cases.",
    "live": "Which case has changed, at once.",
    "mandate": "What the agency may issue, and by which rules.",
    "offers": "Referrals that the agency made or received.",
    "openings": "Who opened which case.",
    "operation": "Health and metrics.",
    "personal-details": "Recording personal details.",
    "readings": "Reading personal details.",
    "receipts": "What the victim takes with her, and what she asks for with it.",
    "replay": "A case as it was at a moment, as an agency could read it.",
    "statistics": "Numbers for the national coordinator.",
    "subscribers": "The agency's own functions that the service tells its feed.",
    "webhooks": "Addresses to which the service sends its feed.",
    "work": "What waits for somebody.",
}

_PLACES: Final = {
    "case_id": "The case.",
    "code": "The municipality's code of Statistics Sweden, four digits.",
    "event_id": "The event.",
    "name": "The event and its version, such as VictimDetected.v1.",
    "offer_id": "The offer: the id of the event that made it.",
    "task_id": "The task.",
    "number": "The number of the entry in the feed.",
    "subscriber": "The subscriber, by name.",
    "webhook_id": "The webhook.",
    "token": "The end of the link that an agency outside the bus was sent.",
}
"""The descriptions of what stands in paths."""

_OPEN_TAGS: Final = frozenset({"operation", "documents", "answers"})

_Json = dict[str, Any]

_KEPT: Final[dict[tuple[object, ...], bytes]] = {}
"""FastAPI's description by the routes that it describes: as many as there are kinds of mandates, at most."""


def document(routes: Sequence[BaseRoute], service: Described) -> _Json:
    """The OpenAPI document of a service with these routes."""
    bodies = event_bodies(service)
    described = _described(
        [
            route
            for route in iter_route_contexts(routes)
            if _body_of(getattr(route, "openapi_extra", None)) in (None, *bodies)
        ]
    )
    described["info"] |= {
        "title": f"Stafett: {service.agency}",
        "summary": f"The referral bus, as an agency of kind {service.kind} meets it.",
    }
    described["components"]["schemas"] = _schemas(described["components"]["schemas"], service)
    operations = [(method, one) for path in described["paths"].values() for method, one in path.items()]
    needed = {scopes.needed(method, one["tags"]) for method, one in operations if not _OPEN_TAGS & set(one["tags"])}
    schemes = _security_schemes(service, needed)
    described["components"] |= {"securitySchemes": schemes} | SHARED_COMPONENTS
    described["security"] = [{name: []} for name in schemes]
    described["servers"] = [{"url": "/", "description": "This service."}]
    described["tags"] = [{"name": name, "description": text} for name, text in sorted(_TAGS.items())]
    for method, operation in operations:
        if (reference := _body_of(operation)) is not None:
            operation["requestBody"] = bodies[reference]
        _complete(method, operation, schemes)
    schemas = described["components"]["schemas"]
    needed_schemas = _reached(schemas, described["paths"])
    described["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in needed_schemas}
    return described


def _reached(schemas: _Json, content: Any) -> set[str]:
    """The names of the schemas that something refers to, at any depth."""
    reached: set[str] = set()
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in reached:
                reached.add(name)
                waiting.append(schemas[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return reached


def _schemas(schemas: _Json, service: Described) -> _Json:
    """FastAPI's schemas, and those that no route names as its `response_model`; events are typed and have titles."""
    schemas.update(problem_schemas.schemas())
    schemas.update(_submission_schemas())
    added = CaseAsRead.model_json_schema(ref_template=COMPONENT, mode="serialization")
    schemas.update(added.get("$defs", {}))
    schemas["CaseView"]["properties"] |= added["properties"]
    required = [*schemas["CaseView"].get("required", ()), *added["required"]]
    schemas["CaseView"]["required"] = [name for name in required if name not in PART_OF]
    for event in (*service.by_people, *service.directory_roles):
        schemas.update(_event_schemas(event))
    type_events(schemas)
    return titled(schemas)


def _described(routes: Sequence[RouteContext]) -> _Json:
    """FastAPI's description of some routes, which holds for every agency that has them.

    FastAPI takes a quarter of a second, in which the service answers nobody. So the description is kept, as JSON: each
    document completes its own copy.
    """
    key = tuple((route.path, *sorted(route.methods or ()), route.endpoint) for route in routes)
    if key not in _KEPT:
        described = get_openapi(
            title="Stafett",
            version=VERSION,
            summary="The referral bus.",
            description="Every event is judged by the rules of the referral mechanism. Personal data may be sent as "
            "personal details, and nowhere else.",
            contact=CONTACT,
            license_info=LICENCE,
            routes=routes,
        )
        _KEPT[key] = orjson.dumps(described)
    copied: _Json = orjson.loads(_KEPT[key])
    return copied


def _body_of(operation: _Json | None) -> str | None:
    """The reference that stands for a body which depends on the mandate; None for every other operation."""
    reference: str | None = (operation or {}).get("requestBody", {}).get("$ref")
    return reference


def _security_schemes(service: Described, needed: set[str]) -> _Json:
    """The ways to authenticate: a bearer token, and the addresses that give one, if the service knows them."""
    schemes: _Json = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _roles(service)}
    }
    if service.discovery_url is not None:
        schemes["openIdConnect"] = {
            "type": "openIdConnect",
            "description": "For people: the token lists their roles.",
            "openIdConnectUrl": service.discovery_url,
        }
    if service.token_endpoint is not None:
        described = {name: scopes.DESCRIPTIONS.get(name, "Use the resource of this name.") for name in sorted(needed)}
        schemes["oauth2"] = {
            "type": "oauth2",
            "description": "For an agency's own systems: the token reaches no further than its scopes.",
            "flows": {"clientCredentials": {"tokenUrl": service.token_endpoint, "scopes": described}},
        }
    return schemes


def _complete(method: str, operation: _Json, schemes: _Json) -> None:
    responses = operation["responses"]
    for parameter in operation.get("parameters", ()):
        if parameter.get("in") == "path":
            parameter["description"] = _PLACES[parameter["name"]]
            parameter["schema"].pop("title", None)
            if parameter["name"].endswith("_id"):
                parameter["schema"]["format"] = "uuid"
    if method == "get" and any("json" in media for media in responses["200"].get("content", ())):
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)
        responses["200"].setdefault("headers", {}).update(TAGGED)
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    if _OPEN_TAGS & set(operation["tags"]):
        operation["security"] = []
    else:
        operation["security"] = [{name: [scopes.needed(method, operation["tags"])]} for name in schemes]
        for status in (401, 403, 503):
            responses.setdefault(str(status), problem(status))
    for status in (400, 429, 500):
        responses.setdefault(str(status), problem(status))


def _roles(service: Described) -> str:
    return (
        f"A JWT of the issuer that this agency believes, signed with {', '.join(sorted(ALGORITHMS))}: a person's, with "
        f"roles, or a system's, with scopes; where it has both, it reaches as far as both do. "
        f"Reading takes any of: {', '.join(sorted(service.readers))}. GET /v1/events names each event's role."
    )


def _event_schemas(event: type[PublishedEvent]) -> _Json:
    """The schemas of an event's data and of its submission. `occurred_at` is optional: the service fills it in."""
    schemas, name = current(event), event.__name__
    schemas[name]["required"] = [field for field in schemas[name].get("required", ()) if field != "occurred_at"]
    submit = {
        "type": "object",
        "title": f"Submit{name}",
        "x-titles": titles_of(event),
        "x-issuers": sorted(event.issuers),
        "properties": {"type": {"const": name}, "data": {"$ref": f"#/components/schemas/{name}"}},
        "required": ["type", "data"],
        "additionalProperties": False,
    }
    return {**schemas, f"Submit{name}": submit}


def _submission_schemas() -> _Json:
    """The schemas of the answers to a submission that no route names as its `response_model`."""
    schemas: _Json = {}
    for model in (Kept, DryRun):
        schema = model.model_json_schema(ref_template=COMPONENT)
        schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
    return schemas
