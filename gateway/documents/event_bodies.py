"""The request bodies that depend on the mandate: the events that the agency may send to each route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import getdoc
from typing import Any

from fastapi.encoders import jsonable_encoder

from contracts.event.case_event import Chapter
from contracts.event.published_event import PublishedEvent
from gateway.documents.described import Described
from gateway.http.openapi_parts import EventBody

_Json = dict[str, Any]


def event_bodies(service: Described) -> dict[str, _Json]:
    """Each request body by its reference. A body for which the mandate has no event is left out."""
    opening = [event for event in service.roles if event.chapter is Chapter.DETECTION]
    events: Mapping[EventBody, Sequence[type[PublishedEvent]]] = {
        EventBody.DETECTION: opening,
        EventBody.CASE_EVENT: service.by_people,
        EventBody.DIRECTORY_EVENT: list(service.directory_roles),
    }
    return {body.reference: _request_body(body, listed) for body, listed in events.items() if listed}


def _request_body(body: EventBody, events: Sequence[type[PublishedEvent]]) -> _Json:
    choices = [{"$ref": f"#/components/schemas/Submit{event.__name__}"} for event in events]
    mapping = {event.__name__: f"#/components/schemas/Submit{event.__name__}" for event in events}
    schema: _Json = {"oneOf": choices, "discriminator": {"propertyName": "type", "mapping": mapping}}
    if body is EventBody.DETECTION:  # it may be the bare data of a detection, which has no discriminator
        schema = {"oneOf": [*choices, *({"$ref": f"#/components/schemas/{e.__name__}"} for e in events)]}
    examples = {
        event.__name__: {
            "summary": (getdoc(event) or "").partition("\n")[0],
            "value": {"type": event.__name__, "data": event.example},
        }
        for event in events
    }
    content = {"application/json": {"schema": schema, "examples": examples}}
    body_of_events: _Json = jsonable_encoder({"required": True, "content": content}, exclude_none=True)
    return body_of_events  # without nulls, as FastAPI writes the other bodies
