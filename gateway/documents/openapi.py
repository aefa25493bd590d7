"""The OpenAPI document: the routes of every agency, with the events that this agency's mandate allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from contracts.event.published_event import PublishedEvent
from contracts.view.case_view import PART_OF
from gateway.auth import scopes
from gateway.auth.keys import ALGORITHMS
from gateway.context import GatewayContext
from gateway.documents.event_bodies import by_people, event_bodies
from gateway.http import problem_schemas
from gateway.http.case_fields import CaseAsRead
from gateway.http.openapi_parts import problem
from gateway.submissions.schemas import DryRun, Kept

VERSION: Final = "1.0.0"
CONTACT: Final = {"name": "The agency that runs this service"}
LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}

_OPEN_TAGS: Final = frozenset({"operation", "documents"})

_Json = dict[str, Any]

_KEPT: Final[dict[tuple[object, ...], bytes]] = {}
"""FastAPI's description by the routes that it describes: as many as there are kinds of mandates, at most."""


def document(app: FastAPI, context: GatewayContext) -> _Json:
    """The OpenAPI document of one agency's service."""
    bodies = event_bodies(context.mandate)
    described = _described(
        [
            route
            for route in iter_route_contexts(app.routes)
            if _body_of(getattr(route, "openapi_extra", None)) in (None, *bodies)
        ]
    )
    described["info"] |= {
        "title": f"Stafett: {context.agency}",
        "summary": f"The referral bus, as an agency of kind {context.mandate.kind} meets it.",
    }
    schemas = described["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas.update(problem_schemas.schemas())
    schemas.update(_submission_schemas())
    added = CaseAsRead.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(added.get("$defs", {}))
    schemas["CaseView"]["properties"] |= added["properties"]
    required = [*schemas["CaseView"].get("required", ()), *added["required"]]
    schemas["CaseView"]["required"] = [name for name in required if name not in PART_OF]
    for event in (*by_people(context.mandate), *context.mandate.directory_roles):
        schemas.update(_event_schemas(event))
    operations = [(method, one) for path in described["paths"].values() for method, one in path.items()]
    needed = {scopes.needed(method, one["tags"]) for method, one in operations if not _OPEN_TAGS & set(one["tags"])}
    schemes = _security_schemes(context, needed)
    described["components"]["securitySchemes"] = schemes
    described["security"] = [{name: []} for name in schemes]
    described["servers"] = [{"url": "/"}]
    for method, operation in operations:
        if (reference := _body_of(operation)) is not None:
            operation["requestBody"] = bodies[reference]
        _complete(method, operation, schemes)
    return described


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


def _security_schemes(context: GatewayContext, needed: set[str]) -> _Json:
    """The ways to authenticate: a bearer token, and the addresses that give one, if the service knows them."""
    keys = context.verifier.keys
    schemes: _Json = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _roles(context)}
    }
    if keys.discovery_url is not None:
        schemes["openIdConnect"] = {
            "type": "openIdConnect",
            "description": "For people: the token lists their roles.",
            "openIdConnectUrl": keys.discovery_url,
        }
    if keys.token_endpoint is not None:
        described = {name: scopes.DESCRIPTIONS.get(name, "Use the resource of this name.") for name in sorted(needed)}
        schemes["oauth2"] = {
            "type": "oauth2",
            "description": "For an agency's own systems: the token reaches no further than its scopes.",
            "flows": {"clientCredentials": {"tokenUrl": keys.token_endpoint, "scopes": described}},
        }
    return schemes


def _complete(method: str, operation: _Json, schemes: _Json) -> None:
    responses = operation["responses"]
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


def _roles(context: GatewayContext) -> str:
    return (
        f"A JWT of the issuer that this agency believes, signed with {', '.join(sorted(ALGORITHMS))}: a person's, with "
        f"roles, or a system's, with scopes; where it has both, it reaches as far as both do. "
        f"Reading takes any of: {', '.join(sorted(context.authorise.readers))}. GET /v1/events names each event's role."
    )


def _event_schemas(event: type[PublishedEvent]) -> _Json:
    """The schemas of an event's data and of its submission. `occurred_at` is optional: the service fills it in."""
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


def _submission_schemas() -> _Json:
    """The schemas of the answers to a submission that no route names as its `response_model`."""
    schemas: _Json = {}
    for model in (Kept, DryRun):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= {**schema.pop("$defs", {}), model.__name__: schema}
    return schemas
