"""The parts of an OpenAPI document that routes share: headers, request bodies that a route reads itself, problems."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from gateway.http.problems import MEDIA_TYPE, ProblemKind

_Json = dict[str, Any]


class EventBody(StrEnum):
    """A request body that is one of several events. Which events depends on the mandate of the service."""

    DETECTION = "Detection"
    CASE_EVENT = "CaseEvent"
    DIRECTORY_EVENT = "DirectoryEvent"

    @property
    def reference(self) -> str:
        """The reference that stands for the body in a route. `gateway.documents` replaces it by the events."""
        return f"#/components/requestBodies/{self}"


def _header(name: str, description: str, **schema: Any) -> _Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string", **schema}}


IF_NONE_MATCH: Final = _header("If-None-Match", "Entity tags that the caller has; 304 when one is current.")
TAGGED: Final = {"ETag": {"$ref": "#/components/headers/ETag"}}
SHARED_COMPONENTS: Final = {
    "headers": {"ETag": {"description": "The entity tag of this representation.", "schema": {"type": "string"}}},
    "responses": {"NotModified": {"description": "It is as the caller has it.", "headers": TAGGED}},
}
IDEMPOTENCY_KEY: Final = _header(
    "Idempotency-Key",
    "The caller's own name for this request: sent again, it is answered as the first time. A string in quotes "
    "(RFC 9651) and the same name without quotes are the same key.",
    minLength=1,
    maxLength=255,
)
WRITE_HEADERS: Final = [
    IDEMPOTENCY_KEY,
    _header("If-Match", "The entity tag of the case that the caller decided on; 412 when the case has changed since."),
    _header("traceparent", "W3C Trace Context; carried with the event when well-formed."),
    _header("X-Correlation-ID", "A UUID that groups events; by default the event's own id.", format="uuid"),
    _header("X-Causation-ID", "The id of the event that caused this one; by default its own id.", format="uuid"),
]
FREE_TEXT: Final = _header(
    "Stafett-Free-Text",
    "`checked`: the writer was warned of the free text, and answers that no personal details stand there.",
    enum=["checked"],
)
_LOCATION: Final = {"Location": {"description": "Where the result can be read.", "schema": {"type": "string"}}}
_TAG: Final = {
    "ETag": {
        "description": "The case as the event left it, for the next If-Match; absent when somebody has written since.",
        "schema": {"type": "string"},
    }
}
_CASE_ID: Final = {"name": "case_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def documented(*statuses: int) -> dict[int | str, _Json]:
    """For a route's `responses`: a problem for each of these HTTP statuses."""
    return {status: problem(status) for status in statuses}


def problem(status: int) -> _Json:
    """The OpenAPI response for an HTTP status whose body is a problem."""
    titles = [kind.title.en for kind in ProblemKind if kind.status == status]
    schema = "Refusal" if status == 409 else "Invalid" if status in (400, 422) else "Problem"
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


def kept() -> _Json:
    """The OpenAPI response for an event that waits on this service's disk."""
    return {
        "description": "Kept on disk and sent when possible.",
        "headers": _LOCATION,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Kept"}}},
    }


def submission_operation(body: EventBody) -> dict[str, Any]:
    """The `responses` and `openapi_extra` of a route that takes events."""
    created: _Json = {
        "description": "In the log.",
        "headers": _LOCATION if body is EventBody.DIRECTORY_EVENT else _LOCATION | _TAG,
    }
    tried: _Json = {
        "description": "A dry run: the event would be accepted.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DryRun"}}},
    }
    of_a_case = body is EventBody.CASE_EVENT
    unknown, place = ((404,), [_CASE_ID]) if of_a_case else ((), [])
    problems = documented(400, 401, 403, *unknown, 408, 409, 412, 413, 415, 422, 503)
    return {
        "responses": {200: tried, 201: created, 202: kept(), **problems},
        "openapi_extra": {"parameters": [*place, *WRITE_HEADERS, FREE_TEXT], "requestBody": {"$ref": body.reference}},
    }
