"""Answers that hold an event of any type, as one schema for each published version: `oneOf`, told apart by `type`."""

from __future__ import annotations

from typing import Any, Final

from contracts.event.case_event import EVENTS
from contracts.published.schema_files import published
from gateway.documents.event_schemas import COMPONENT, published_version

_Json = dict[str, Any]

HOLDERS: Final = ("HistoricEvent", "ToldEvent", "NeedsAttention")
"""The models with the members `type` and `data`."""


def type_events(schemas: dict[str, _Json]) -> None:
    """Replace each model that holds any event by one schema for each version of each event, in these schemas."""
    versions = {name for name in published() if name.partition(".")[0] in EVENTS}
    for name in sorted(versions):
        schemas.update(as_read(name))
    for holder in HOLDERS:
        schemas.update(_told_apart(holder, schemas[holder], sorted(versions)))


def as_read(name: str) -> dict[str, _Json]:
    """The schema of a version as agencies read it: details are absent where their part is not read."""
    found = published_version(name)
    event = EVENTS[name.partition(".")[0]]
    if event.details:
        of_all = [field for field in found[name].get("required", ()) if field not in event.details]
        found[name] = found[name] | {"required": of_all}
    return found


def _told_apart(holder: str, model: _Json, versions: list[str]) -> dict[str, _Json]:
    common = {
        **model,
        "title": f"{holder}Common",
        "properties": {name: one for name, one in model["properties"].items() if name not in ("type", "data")},
        "required": [name for name in model["required"] if name not in ("type", "data")],
    }
    types = {name: f"se.nrm.{name}" for name in versions}
    each = {f"{holder}.{name}": _one(holder, {"const": types[name]}, _ref(name)) for name in versions}
    unknown = {"type": "string", "not": {"enum": list(types.values())}, "description": "A type of a later release."}
    each[f"{holder}.Unknown"] = _one(holder, unknown, None)
    return {
        **each,
        f"{holder}Common": common,
        holder: {
            "title": holder,
            "description": model.get("description", ""),
            "oneOf": [_ref(name) for name in each],
            "discriminator": {
                "propertyName": "type",
                "mapping": {kind: _ref(f"{holder}.{name}")["$ref"] for name, kind in types.items()},
            },
        },
    }


def _one(holder: str, kind: _Json, data: _Json | None) -> _Json:
    """A holder with an event of one type; `data`: null where it cannot be read."""
    nothing = {"type": "null"}
    own = {
        "type": "object",
        "properties": {"type": kind, "data": nothing if data is None else {"oneOf": [data, nothing]}},
        "required": ["type", "data"],
    }
    return {"allOf": [_ref(f"{holder}Common"), own]}


def _ref(name: str) -> _Json:
    return {"$ref": COMPONENT.format(model=name)}
