"""The OpenAPI document: the routes as they are, with the request bodies that the mandate allows.

FastAPI describes what it knows from the routes; here stand the parts that only the mandate knows, and the problems.
"""

from __future__ import annotations

from inspect import getdoc
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from fastapi.openapi.utils import get_openapi

from bus.agency import Agency
from contracts.event import CaseEvent, Chapter
from gateway.problems import MEDIA_TYPE, Kind
from gateway.service import Service

VERSION: Final = "1.0.0"
CONTACT: Final = {"name": "The agency that runs this service"}
LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="Which part of the list, from 1.")]

_OPEN_TAGS: Final = frozenset({"operation", "documents"})

_Json = dict[str, Any]

_DIGEST: Final[_Json] = {
    "type": "string",
    "pattern": "^[0-9a-f]{64}$",
    "description": "SHA-256 of the canonical JSON without the digest. At one version every participant has the same.",
}


def _header(name: str, description: str, **schema: Any) -> _Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string", **schema}}


IF_NONE_MATCH: Final = _header("If-None-Match", "Entity tags that the caller has; 304 when one is current.")
_WRITE_HEADERS: Final = [
    _header(
        "Idempotency-Key",
        "The caller's own name for this request: sent again, it is answered as the first time.",
        minLength=1,
        maxLength=255,
    ),
    _header("If-Match", "The entity tag of the case that the caller decided on; 412 when the case has changed since."),
    _header("traceparent", "W3C Trace Context; carried with the event when well-formed."),
    _header("X-Correlation-ID", "A UUID that groups events; carried with the event.", format="uuid"),
]
_CASE_ID: Final = {"name": "case_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def documented(*statuses: int) -> dict[int | str, _Json]:
    """The responses that are problems with these statuses, for a route's `responses`."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> _Json:
    titles = [kind.title for kind in Kind if kind.status == status]
    schema = "Refusal" if status == 409 else "Invalid" if status == 422 else "Problem"
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": "; or: ".join(titles) + ".", "content": content}


def opening(mandate: Agency) -> list[type[CaseEvent]]:
    """The events of the mandate that open a case."""
    return [event for event in mandate.roles if event.chapter is Chapter.DETECTION]


def submission_operation(mandate: Agency, *, opens: bool) -> dict[str, Any]:
    """What a route that takes submissions has beside its handler."""
    events = opening(mandate) if opens else list(mandate.roles)
    choices = [{"$ref": f"#/components/schemas/Submit{event.__name__}"} for event in events]
    mapping = {event.__name__: f"#/components/schemas/Submit{event.__name__}" for event in events}
    schema: _Json = {"oneOf": choices, "discriminator": {"propertyName": "type", "mapping": mapping}}
    if opens:  # the bare data of a detection has no discriminator
        schema = {"oneOf": [*choices, *({"$ref": f"#/components/schemas/{e.__name__}"} for e in events)]}
    examples = {
        event.__name__: {
            "summary": (getdoc(event) or "").partition("\n")[0],
            "value": {"type": event.__name__, "data": event.example},
        }
        for event in events
    }
    location = {"Location": {"description": "Where the result can be read.", "schema": {"type": "string"}}}
    kept = {"description": "Kept on disk and sent when possible.", "headers": location}
    kept["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Kept"}}}
    responses = documented(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 503)
    if opens:
        del responses[404]
    extra: _Json = {"parameters": [*([] if opens else [_CASE_ID]), *_WRITE_HEADERS]}
    extra["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }
    created: _Json = {"description": "In the log.", "headers": location}
    return {
        "responses": {201: created, 202: kept, **responses},
        "openapi_extra": extra,
        "include_in_schema": bool(events),
    }


def document(app: FastAPI, service: Service) -> _Json:
    """The OpenAPI document of one agency's service."""
    described = get_openapi(
        title=f"Stafett: {service.agency}",
        version=VERSION,
        summary=f"The referral bus, as an agency of kind {service.mandate.kind} meets it.",
        description="Every event is judged by the rules of the referral mechanism. No personal data may be sent.",
        contact=CONTACT,
        license_info=LICENCE,
        routes=app.routes,
    )
    schemas = described["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas.update(_problem_schemas())
    schemas.update(_kept_schema())
    schemas["CaseView"]["properties"]["digest"] = _DIGEST
    schemas["CaseView"]["required"].append("digest")
    for event in service.mandate.roles:
        schemas.update(_event_schemas(event))
    described["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _roles(service)}
    }
    described["security"] = [{"bearer": []}]
    described["servers"] = [{"url": "/"}]
    for path in described["paths"].values():
        for operation in path.values():
            _complete(operation)
    return described


def _complete(operation: _Json) -> None:
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    if _OPEN_TAGS & set(operation["tags"]):
        operation["security"] = []
    else:
        for status in (401, 403):
            responses.setdefault(str(status), _problem(status))
    responses.setdefault("500", _problem(500))


def _roles(service: Service) -> str:
    return (
        f"A JWT signed with Ed25519, with `aud` {service.agency} and a list claim `roles`. "
        f"Reading takes any of: {', '.join(sorted(service.readers))}. GET /v1/events names each event's role."
    )


def _event_schemas(event: type[CaseEvent]) -> _Json:
    """The event's data as it may be sent (the service's clock fills `occurred_at`), and the submission around it."""
    schema = event.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    schema["required"] = [name for name in schema.get("required", ()) if name != "occurred_at"]
    name = event.__name__
    submit = {
        "type": "object",
        "title": f"Submit{name}",
        "properties": {"type": {"const": name}, "data": {"$ref": f"#/components/schemas/{name}"}},
        "required": ["type", "data"],
        "additionalProperties": False,
    }
    return {**definitions, name: schema, f"Submit{name}": submit}


def _kept_schema() -> _Json:
    from gateway.representations import Kept

    schema = Kept.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Kept": schema}


def _problem_schemas() -> _Json:
    text = {"type": "string"}
    wording = {"type": "object", "properties": {"en": text, "sv": text}, "required": ["en", "sv"]}
    basics = {
        "type": {"type": "string", "format": "uri", "enum": [kind.uri for kind in Kind]},
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "instance": {"type": "string", "format": "uri"},
    }
    problem = {"type": "object", "properties": basics, "required": list(basics)}
    refusal = {
        "description": "With a rule's objection: the rule, its source, what is missing and who supplies it.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "type": "object",
        "properties": {
            "rule": text,
            "rule_text": wording,
            "source": text,
            "missing": wording,
            "supplied_by": {"type": "array", "items": text},
        },
    }
    error = {
        "type": "object",
        "properties": {
            "pointer": {"type": "string", "format": "json-pointer", "description": "Where in the body."},
            "parameter": {"type": "string", "description": "Which query parameter."},
            "detail": text,
            "code": text,
        },
        "required": ["detail", "code"],
    }
    invalid = {
        "description": "What does not fit its schema; never the value that was sent.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "type": "object",
        "properties": {"errors": {"type": "array", "items": error}},
    }
    return {"Problem": problem, "Refusal": refusal, "Invalid": invalid}
