"""The JSON Schemas of events as parts of one document: every reference leads into `components.schemas`.

Titles are in English and in Swedish: `x-titles` of an event and of each field, and `x-enum-titles` of the codes of a
closed list. An English title is also the `title` of a field, as JSON Schema has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final, get_args

import orjson

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.event.fact import Fact
from contracts.event.published_event import PublishedEvent
from contracts.published.schema_files import published
from contracts.sweden.labels.swedish import LABELS
from contracts.vocabulary.wording import Wording

_Json = dict[str, Any]

COMPONENT: Final = "#/components/schemas/{model}"
ALL: Final[Mapping[str, type[PublishedEvent]]] = {**EVENTS, **DIRECTORY_EVENTS}
"""Every event in its current version, by name."""


def current(event: type[PublishedEvent]) -> dict[str, _Json]:
    """The schema of an event's current version, under its name, and the schemas that it refers to."""
    schema = event.model_json_schema(ref_template=COMPONENT)
    definitions: dict[str, _Json] = schema.pop("$defs", {})
    return {**definitions, event.__name__: schema}


def published_version(name: str) -> dict[str, _Json]:
    """The schema of one published version, such as `VictimDetected.v1`, under that name, and those that it refers to.

    A definition that has changed since stands under the version's name.
    """
    schema: _Json = orjson.loads(published()[name])
    event = ALL[name.partition(".")[0]]
    own: dict[str, _Json] = schema.pop("$defs", {})
    newest = {} if _is_current(name) else event.model_json_schema().get("$defs", {})
    renamed = {each: each if _is_current(name) or newest.get(each) == own[each] else f"{name}.{each}" for each in own}
    for member in ("$schema", "$id"):
        schema.pop(member)
    return {renamed[each]: _pointed(one, renamed) for each, one in own.items()} | {name: _pointed(schema, renamed)}


def titled(schemas: dict[str, _Json]) -> dict[str, _Json]:
    """The schemas with the titles of the events, fields and codes among them."""
    for name, schema in schemas.items():
        fact, codes = _facts().get(name.partition(".")[0]), _lists().get(name.rpartition(".")[2])
        if "enum" in schema and codes is not None:
            schema["x-enum-titles"] = {value: _both(LABELS.value(codes(value))) for value in schema["enum"]}
        if fact is not None and "properties" in schema:
            _title(schema, fact)
    return schemas


def titles_of(event: type[PublishedEvent]) -> _Json:
    """What a person does who issues the event, in both languages."""
    return _both(LABELS.event(event).label)


def _title(schema: _Json, fact: type[Fact]) -> None:
    if issubclass(fact, PublishedEvent):
        schema["x-titles"] = titles_of(fact)
    for field, described in schema["properties"].items():
        if field in fact.model_fields:
            words = LABELS.field(fact, field)
            described |= {"title": words.en, "x-titles": _both(words)}


def _both(words: Wording) -> _Json:
    return {"en": words.en, "sv": words.sv}


def _is_current(name: str) -> bool:
    event, _, number = name.partition(".v")
    return ALL[event].version == int(number)


def _pointed(schema: Any, renamed: Mapping[str, str]) -> Any:
    """The schema with each reference into its own definitions as one into the document's components."""
    if isinstance(schema, dict):
        found = {key: value if key == "examples" else _pointed(value, renamed) for key, value in schema.items()}
        if isinstance(target := schema.get("$ref"), str):
            found["$ref"] = COMPONENT.format(model=renamed[target.rpartition("/")[2]])
        return found
    return [_pointed(one, renamed) for one in schema] if isinstance(schema, list) else schema


@cache
def _facts() -> Mapping[str, type[Fact]]:
    """Every event, and every fact that an event holds, by name."""
    return {one.__name__: one for event in ALL.values() for one in _held(event) if issubclass(one, Fact)}


@cache
def _lists() -> Mapping[str, type[StrEnum]]:
    """Every closed list that has labels, by name."""
    return {each.__name__: each for each in LABELS.values}


def _held(annotation: Any) -> Iterable[type]:
    if isinstance(annotation, type) and issubclass(annotation, Fact):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _held(field.annotation)
    for one in get_args(annotation):
        yield from _held(one)
