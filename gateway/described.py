"""What the routes say about themselves: parameters, the bodies that the mandate allows, and the problems to expect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from inspect import getdoc
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, BeforeValidator

from bus.agency import Agency
from contracts.event.case_event import CaseEvent, Chapter
from contracts.event.published_event import PublishedEvent
from contracts.privacy.record_forms import RECORDS
from contracts.vocabulary.agencies import NO_PERSON
from gateway.problems import MEDIA_TYPE, Kind

_Json = dict[str, Any]
_MONTH: Final = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
_DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}|2200-[0-9]{2}-[0-9]{2}")

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
LongLimit = Annotated[int, Query(ge=1, le=500, description="How many items at most.")]
AfterVersion = Annotated[int, Query(ge=0, le=2**53, description="Only what follows this version of the case.")]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="Which part of the list, from 1.")]


def iso_day(text: object) -> object:
    """Only `2024-03-31`: a number of seconds, which pydantic would take too, is nothing that anybody means."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("write a day as 2024-03-31, from 1900 to 2200")
    return text


Day = Annotated[date, BeforeValidator(iso_day), Query(description="A Swedish day, as 2024-03-31.")]


def _month(text: object) -> date:
    """The first day of a month, from `2024-03`."""
    if not isinstance(text, str) or not _MONTH.fullmatch(text):
        raise ValueError("write a month as 2024-03, from 1900 to 2199")
    return date.fromisoformat(f"{text}-01")


Month = Annotated[
    date,
    BeforeValidator(_month, json_schema_input_type=str),
    Query(json_schema_extra={"format": "month", "pattern": "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"}),
]


def _header(name: str, description: str, **schema: Any) -> _Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string", **schema}}


IF_NONE_MATCH: Final = _header("If-None-Match", "Entity tags that the caller has; 304 when one is current.")
IDEMPOTENCY_KEY: Final = _header(
    "Idempotency-Key",
    "The caller's own name for this request: sent again, it is answered as the first time.",
    minLength=1,
    maxLength=255,
)
WRITE_HEADERS: Final = [
    IDEMPOTENCY_KEY,
    _header("If-Match", "The entity tag of the case that the caller decided on; 412 when the case has changed since."),
    _header("traceparent", "W3C Trace Context; carried with the event when well-formed."),
    _header("X-Correlation-ID", "A UUID that groups events; carried with the event.", format="uuid"),
]
_LOCATION: Final = {"Location": {"description": "Where the result can be read.", "schema": {"type": "string"}}}
_CASE_ID: Final = {"name": "case_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def documented(*statuses: int) -> dict[int | str, _Json]:
    """The responses that are problems with these statuses, for a route's `responses`."""
    return {status: problem(status) for status in statuses}


def problem(status: int) -> _Json:
    """The response of a status whose body is a problem."""
    titles = [kind.title for kind in Kind if kind.status == status]
    schema = "Refusal" if status == 409 else "Invalid" if status == 422 else "Problem"
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": "; or: ".join(titles) + ".", "content": content}


def body_operation(model: type[BaseModel]) -> _Json:
    """The `openapi_extra` of a route that reads a body of this schema itself."""
    schema = model.model_json_schema()
    for name, definition in schema.pop("$defs", {}).items():
        schema = _inlined(schema, name, definition)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(schema: Any, name: str, definition: _Json) -> Any:
    if isinstance(schema, dict):
        if schema.get("$ref") == f"#/$defs/{name}":
            return definition
        return {key: _inlined(value, name, definition) for key, value in schema.items()}
    return [_inlined(one, name, definition) for one in schema] if isinstance(schema, list) else schema


def by_people(mandate: Agency) -> list[type[CaseEvent]]:
    """The events of the mandate that people issue; the others the service issues by itself."""
    return [event for event, role in mandate.roles.items() if role not in NO_PERSON]


def recording_operation() -> dict[str, Any]:
    """What the route that records personal details has beside its handler: a form for each class."""
    forms = [
        {
            "type": "object",
            "title": f"Record{form.__name__}",
            "description": getdoc(form),
            "properties": {
                "data_class": {"const": data_class},
                "record": {"$ref": f"#/components/schemas/{form.__name__}"},
                "replaces": {"type": "string", "format": "uuid"},
            },
            "required": ["data_class", "record"],
            "additionalProperties": False,
        }
        for data_class, form in RECORDS.items()
    ]
    example = {
        "data_class": "contact",
        "record": {"phone": "+46700000000", "safe_to_call": False, "safe_to_write": True},
    }
    body = {"schema": {"oneOf": forms}, "example": example}
    return {
        "responses": {202: kept(), **documented(400, 404, 408, 409, 413, 415, 422, 503)},
        "openapi_extra": {
            "parameters": [IDEMPOTENCY_KEY],
            "requestBody": {"required": True, "content": {"application/json": body}},
        },
    }


def kept() -> _Json:
    """The response of an event that waits on this service's disk."""
    return {
        "description": "Kept on disk and sent when possible.",
        "headers": _LOCATION,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Kept"}}},
    }


def opening(mandate: Agency) -> list[type[CaseEvent]]:
    """The events of the mandate that open a case."""
    return [event for event in mandate.roles if event.chapter is Chapter.DETECTION]


def submission_operation(mandate: Agency, *, opens: bool) -> dict[str, Any]:
    """What a route that takes submissions has beside its handler."""
    events = opening(mandate) if opens else by_people(mandate)
    operation = _submission_operation(events, opens=opens)
    if opens:
        del operation["responses"][404]
    else:
        operation["openapi_extra"]["parameters"].insert(0, _CASE_ID)
    return operation


def directory_operation(mandate: Agency) -> dict[str, Any]:
    """What the route that takes directory events has beside its handler."""
    operation = _submission_operation(list(mandate.directory_roles), opens=False)
    del operation["responses"][404]
    return operation


def _submission_operation(events: Sequence[type[PublishedEvent]], *, opens: bool) -> dict[str, Any]:
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
    responses = documented(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 503)
    extra: _Json = {"parameters": [*WRITE_HEADERS]}
    extra["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }
    created: _Json = {"description": "In the log.", "headers": _LOCATION}
    return {
        "responses": {201: created, 202: kept(), **responses},
        "openapi_extra": extra,
        "include_in_schema": bool(events),
    }
