"""Finds out how a new OpenAPI or AsyncAPI document breaks those who rely on the one before, by `docs/releasing.md`.

It knows which way a schema is sent. Of a caller, a service may come to ask less and never more; in answers, it may come
to tell more and never less. The file has over 250 lines because it is the one list of what breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

_Json = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_AT_LEAST: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems")
_AT_MOST: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_FORMS: Final = ("pattern", "format", "const")
_CHOICES: Final = ("oneOf", "anyOf")
_PROBLEMS: Final = ("Problem", "Refusal", "Invalid")
_ANNOTATIONS: Final = frozenset({"title", "description", "examples", "example", "deprecated", "default"})


class Way(Enum):
    """The way in which a schema is sent."""

    ASKED = auto()
    TOLD = auto()


def breaks_of_openapi(before: _Json, after: _Json) -> list[str]:
    """Each way in which the new OpenAPI document breaks callers of the old one; none when they go on as they are."""
    return sorted(set(_Documents(before, after).operations()))


def breaks_of_asyncapi(before: _Json, after: _Json) -> list[str]:
    """Each way in which the new AsyncAPI document breaks programs that rely on the old one."""
    return sorted(set(_streams(before, after)))


@dataclass(frozen=True)
class _Documents:
    before: _Json
    after: _Json

    def operations(self) -> Iterator[str]:
        for path, item in self.before["paths"].items():
            for method in _METHODS:
                if method in item:
                    place, new = f"{method.upper()} {path}", self.after["paths"].get(path, {}).get(method)
                    yield from [f"{place} is gone"] if new is None else self._operation(place, item[method], new)
        yield from self._schemes()
        for name in _PROBLEMS:
            problem = {"$ref": f"#/components/schemas/{name}"}
            yield from self._schema(name, problem, problem, Way.TOLD, frozenset())

    def _schemes(self) -> Iterator[str]:
        for name in self.before["components"].get("securitySchemes", {}):
            if name not in self.after["components"].get("securitySchemes", {}):
                yield f"the security scheme {name} is gone"

    def _operation(self, place: str, old: _Json, new: _Json) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{place}: its operation id was {old.get('operationId')} and is {new.get('operationId')}"
        if _scopes(old) != _scopes(new):
            yield f"{place}: it needed the scopes {_scopes(old)} and needs {_scopes(new)}"
        yield from self._parameters(place, old, new)
        yield from self._body(place, old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in new["responses"]:
                yield f"{place}: it no longer answers {status}"
            else:
                yield from self._answer(f"{place}: {status}", answer, new["responses"][status])

    def _parameters(self, place: str, old: _Json, new: _Json) -> Iterator[str]:
        known = {(one["in"], one["name"]): one for one in map(self._old, old.get("parameters", ()))}
        found = {(one["in"], one["name"]): one for one in map(self._new, new.get("parameters", ()))}
        for key, parameter in known.items():
            where = f"{place}: the {key[0]} parameter {key[1]}"
            if key not in found:
                yield f"{where} is gone"
            else:
                yield from self._schema(where, parameter["schema"], found[key]["schema"], Way.ASKED, frozenset())
        for key, parameter in found.items():
            if parameter.get("required") and not known.get(key, {}).get("required"):
                yield f"{place}: the {key[0]} parameter {key[1]} must be given now"

    def _body(self, place: str, old: _Json | None, new: _Json | None) -> Iterator[str]:
        if old is None:
            if new is not None and new.get("required"):
                yield f"{place}: it takes a body now"
            return
        for media, content in old["content"].items():
            if new is None or media not in new["content"]:
                yield f"{place}: it no longer takes {media}"
            else:
                schema = new["content"][media]["schema"]
                yield from self._schema(f"{place}: the body", content["schema"], schema, Way.ASKED, frozenset())

    def _answer(self, place: str, old: _Json, new: _Json) -> Iterator[str]:
        for name in old.get("headers", {}):
            if name not in new.get("headers", {}):
                yield f"{place}: the header {name} is gone"
        for media, content in old.get("content", {}).items():
            if media not in new.get("content", {}):
                yield f"{place}: it is no longer told as {media}"
            elif "schema" in content:
                schema = new["content"][media].get("schema", {})
                yield from self._schema(f"{place}: the answer", content["schema"], schema, Way.TOLD, frozenset())

    def _old(self, part: _Json) -> _Json:
        return _resolved(self.before, part)

    def _new(self, part: _Json) -> _Json:
        return _resolved(self.after, part)

    def _schema(self, place: str, old: _Json, new: _Json, way: Way, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        refs = old.get("$ref", ""), new.get("$ref", "")
        if any(refs):
            if refs in seen:
                return
            seen = seen | {refs}
            place = refs[0].rpartition("/")[2] or place  # a schema of its own is named once, wherever it is used
        old, new = self._old(old), self._new(new)
        yield from _types(place, old, new, way)
        yield from _codes(place, old, new)
        if way is Way.ASKED:
            yield from _bounds(place, old, new)
        yield from self._members(place, old, new, way, seen)
        yield from self._parts(place, old, new, way, seen)

    def _members(self, place: str, old: _Json, new: _Json, way: Way, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        known, found = old.get("properties", {}), new.get("properties", {})
        for name, schema in known.items():
            if name not in found:
                yield f"{place}.{name} is gone"
            else:
                yield from self._schema(f"{place}.{name}", schema, found[name], way, seen)
        was, now = set(old.get("required", ())), set(new.get("required", ()))
        if way is Way.ASKED:
            yield from (f"{place}.{name} must be given now" for name in sorted(now - was))
        else:
            yield from (f"{place}.{name} may be missing now" for name in sorted((was - now) & found.keys()))
        if (
            way is Way.ASKED
            and new.get("additionalProperties") is False
            and old.get("additionalProperties") is not False
        ):
            yield f"{place} takes no other members now"

    def _parts(self, place: str, old: _Json, new: _Json, way: Way, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        for keyword in ("items", "additionalProperties"):
            if isinstance(old.get(keyword), Mapping) and isinstance(new.get(keyword), Mapping):
                yield from self._schema(f"{place}[]", old[keyword], new[keyword], way, seen)
        for one, other in zip(old.get("allOf", ()), new.get("allOf", ()), strict=False):
            yield from self._schema(place, one, other, way, seen)
        known, found = (_choices(schema) for schema in (old, new))
        for name, schema in known.items():
            if name in found:
                yield from self._schema(place, schema, found[name], way, seen)
            elif found or not _is_plain(name, new):
                yield f"{place} is no longer {name}"


def _scopes(operation: _Json) -> list[str]:
    return sorted({scope for scheme in operation.get("security", ()) for needed in scheme.values() for scope in needed})


def _resolved(document: _Json, part: _Json) -> _Json:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = {**found, **{name: value for name, value in part.items() if name != "$ref"}}
    return part


def _type_names(schema: _Json) -> set[str]:
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _types(place: str, old: _Json, new: _Json, way: Way) -> Iterator[str]:
    was, now = _type_names(old), _type_names(new)
    if not was or not now:
        return
    if "number" in now and way is Way.ASKED:
        now.add("integer")
    if (was - now) if way is Way.ASKED else (now - was):
        yield f"{place} was {' or '.join(sorted(was))} and is {' or '.join(sorted(now))}"


def _codes(place: str, old: _Json, new: _Json) -> Iterator[str]:
    if "enum" in new:
        gone = [str(code) for code in old.get("enum", ()) if code not in new["enum"]]
        yield from (f"{place}: the code {code} is gone" for code in gone)


def _bounds(place: str, old: _Json, new: _Json) -> Iterator[str]:
    for name in _AT_LEAST:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{place}: {name} was {old.get(name, 'open')} and is {new[name]}"
    for name in _AT_MOST:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{place}: {name} was {old.get(name, 'open')} and is {new[name]}"
    for name in _FORMS:
        if name in new and new[name] != old.get(name):
            yield f"{place}: {name} was {old.get(name, 'open')} and is {new[name]}"
    if "enum" in new and "enum" not in old:
        yield f"{place} takes only some codes now"


def _choices(schema: _Json) -> dict[str, _Json]:
    return {_name(one): one for keyword in _CHOICES for one in schema.get(keyword, ())}


def _name(choice: _Json) -> str:
    """A choice by what tells it apart: the schema that it refers to, or its type."""
    target = choice.get("$ref")
    return target.rpartition("/")[2] if isinstance(target, str) else "/".join(sorted(_type_names(choice))) or "anything"


def _is_plain(name: str, schema: _Json) -> bool:
    """True if a schema without choices is of this type."""
    return name in _type_names(schema)


def _streams(before: _Json, after: _Json) -> Iterator[str]:
    for name, channel in before["channels"].items():
        new = after["channels"].get(name)
        if new is None:
            yield f"the channel {name} is gone"
            continue
        if channel["address"] != new["address"]:
            yield f"the channel {name} was at {channel['address']} and is at {new['address']}"
        if channel.get("x-jetstream", {}).get("stream") != new.get("x-jetstream", {}).get("stream"):
            yield f"the channel {name} is on another stream"
        yield from (
            f"{message} is gone from the channel {name}" for message in channel["messages"].keys() - new["messages"]
        )
    for name, operation in before["operations"].items():
        if after["operations"].get(name, {}).get("action") != operation["action"]:
            yield f"the operation {name} is gone, or goes the other way"
    yield from _messages(before["components"], after["components"])


def _messages(before: _Json, after: _Json) -> Iterator[str]:
    for name, message in before["messages"].items():
        new = after["messages"].get(name)
        if new is None:
            yield f"the message {name} is gone"
        elif message.get("contentType") != new.get("contentType"):
            yield f"the message {name} was {message.get('contentType')} and is {new.get('contentType')}"
        elif message["name"] == new["name"] and _bare(message.get("headers")) != _bare(new.get("headers")):
            yield f"the headers of {message['name']} have changed"
    for name, schema in before["schemas"].items():
        if name not in after["schemas"]:
            yield f"the schema {name} is gone"
        elif _is_version(name) and _bare(schema) != _bare(after["schemas"][name]):
            yield f"the schema {name} has changed: publish a new version of the event"


def _is_version(name: str) -> bool:
    return name.rpartition(".v")[2].isdigit()


def _bare(schema: Any) -> Any:
    """A schema without what only explains it."""
    if isinstance(schema, Mapping):
        found = {n: _bare(v) for n, v in schema.items() if n not in _ANNOTATIONS and not n.startswith("x-")}
        members = schema.get("properties")  # a member may have any name, such as `title`
        return found if members is None else found | {"properties": {n: _bare(v) for n, v in members.items()}}
    return [_bare(one) for one in schema] if isinstance(schema, list) else schema
