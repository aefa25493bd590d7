"""The OpenAPI document: the routes as they are, with the events that the mandate allows."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts.event import PublishedEvent
from gateway import problem_schemas
from gateway.answers.cases import Kept
from gateway.described import problem
from gateway.service import Service

VERSION: Final = "1.0.0"
CONTACT: Final = {"name": "The agency that runs this service"}
LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}

_OPEN_TAGS: Final = frozenset({"operation", "documents"})

_Json = dict[str, Any]

_DIGEST: Final[_Json] = {
    "type": "string",
    "pattern": "^[0-9a-f]{64}$",
    "description": "SHA-256 of the canonical JSON without the digest. At one version every participant has the same.",
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
    schemas.update(problem_schemas.schemas())
    schemas.update(_kept_schema())
    schemas["CaseView"]["properties"]["digest"] = _DIGEST
    schemas["CaseView"]["required"].append("digest")
    for event in (*service.mandate.roles, *service.mandate.directory_roles):
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
            responses.setdefault(str(status), problem(status))
    responses.setdefault("500", problem(500))


def _roles(service: Service) -> str:
    return (
        f"A JWT signed with Ed25519, with `aud` {service.agency} and a list claim `roles`. "
        f"Reading takes any of: {', '.join(sorted(service.readers))}. GET /v1/events names each event's role."
    )


def _event_schemas(event: type[PublishedEvent]) -> _Json:
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
    schema = Kept.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Kept": schema}
