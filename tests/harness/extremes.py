"""Extreme values, which no honest agency writes, for every field of a published form; found by its JSON Schema.

for place, data in extremes_of(schema(event), event.example):
    read_event(event.type_name(), data)     # InvalidEventError, or an event that harms nobody
"""

from __future__ import annotations

import json
import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from itertools import combinations, pairwise, product
from types import FrameType
from typing import Any, Final

from pydantic import BaseModel

Place = tuple[str | int, ...]
Schema = dict[str, Any]

DAYS: Final = (
    *("0001-01-01", "1899-12-31", "1900-01-01", "1900-01-31", "2000-02-29", "2023-02-29", "2024-02-29", "2024-08-31"),
    *("2199-12-31", "2200-02-28", "2200-07-02", "2200-12-31", "2201-01-01", "9999-07-02", "9999-12-31", "10000-01-01"),
)
MOMENTS: Final = (
    *("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00-23:59", "1899-12-31T23:59:59.999999Z"),
    *("1900-01-01T00:00:00+00:01", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00-23:59", "1900-01-02T23:00:00+23:59"),
    *("2022-07-31T22:00:00Z", "2024-03-31T02:30:00+01:00", "2024-06-30T23:59:60Z", "2024-03-04T09:30:00"),
    *("2200-12-31T23:59:59.999999Z", "2200-12-31T23:59:59.999999+23:59", "2200-12-31T23:59:59-00:01"),
    *("2200-12-31T22:59:59.999999Z", "2201-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-23:59"),
)
NUMBERS: Final = (-(10**30), -(2**63), -1, 0, 1, 0.5, 99_999_999, 100_000_000, 100_000_001, 2**31, 2**63, 10**30, 1e308)
CHARACTERS: Final = tuple({unicodedata.category(chr(code)): chr(code) for code in range(0xE000, -1, -1)}.values())
"""The first character of each of Unicode's categories; that of private use begins last, at U+E000."""

OF_ANY_KIND: Final[tuple[Any, ...]] = (None, True, "", "0", " ", [], [[[]]], {}, {"": {}}, "x" * 9999, ["x"] * 999)
BEYOND_JSON: Final = (
    *(b"9" * 5000, b"-" + b"9" * 5000, b"1e999", b"-1e999", b"NaN", b"Infinity", b'"\xff"', b'"\\ud800"'),
    *(b"[" * 999, b"[" * 150 + b"]" * 150, b'{"a":' * 150 + b"1" + b"}" * 150),
)


def extremes_of(schema: Schema, example: dict[str, Any]) -> Iterator[tuple[Place, bytes]]:
    """The example as JSON with one field changed to an extreme, for every field, however deep, and many extremes; and
    with any two of its days changed together.
    """
    defs = schema.get("$defs", {})
    for place, leaf in fields_of(schema, defs):
        for value in (*_values(leaf, defs), *OF_ANY_KIND):
            yield place, json.dumps(put(example, place, value)).encode()
        marked = json.dumps(put(example, place, "\x01marked")).encode()
        for raw in BEYOND_JSON:
            yield place, marked.replace(b'"\\u0001marked"', raw)
    yield (), json.dumps({**example, "unknown": 1}).encode()
    days = [place for place, leaf in fields_of(schema, defs) if leaf.get("format") == "date"]
    for (one, other), (first, last) in product(combinations(days, 2), product(DAYS, repeat=2)):
        yield one, json.dumps(put(put(example, one, first), other, last)).encode()


def fields_of(schema: Schema, defs: Schema, place: Place = ()) -> Iterator[tuple[Place, Schema]]:
    """Every field, the fields of its values and its first item, with what the schema says of each."""
    schema = resolved(schema, defs)
    if place:
        yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from fields_of(inner, defs, (*place, name))
    if "items" in schema:
        yield from fields_of(schema["items"], defs, (*place, 0))


def timed_places(form: type[BaseModel]) -> dict[Place, str]:
    """Where the form has a day (`date`) or a moment (`date-time`)."""
    rendered = form.model_json_schema()
    fields = fields_of(rendered, rendered.get("$defs", {}))
    return {place: leaf["format"] for place, leaf in fields if leaf.get("format") in ("date", "date-time")}


def resolved(schema: Schema, defs: Schema) -> Schema:
    """What a reference refers to; of alternatives the first."""
    while "$ref" in schema or "anyOf" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema["anyOf"][0]
    return schema


def put(example: dict[str, Any], place: Place, value: object) -> dict[str, Any]:
    """The example with a value at a place; whatever must be there beside it is."""
    changed = deepcopy(example)
    node: Any = changed
    for step, following in pairwise(place):
        held = node[step] if isinstance(step, int) else node.get(step)
        if not held:
            held = {} if isinstance(following, str) else [None]
        node[step] = held
        node = held
    if isinstance(place[-1], int) and not node:
        node.append(None)
    node[place[-1]] = value
    return changed


def _values(leaf: Schema, defs: Schema) -> Iterator[object]:
    """Extremes of the field's own kind, lawful ones among them."""
    match leaf:
        case {"enum": names}:
            yield from names
        case {"const": name}:
            yield name
        case {"format": "date"}:
            yield from (*DAYS, 0, 1e300)
        case {"format": "date-time"}:
            yield from (*MOMENTS, 0, 1e300)
        case {"type": "string", "pattern": _}:
            yield from ("police", "a" * 63, "a" * 64, "police\n", "police\x00", "０１", "AA", "99", "f" * 64)
        case {"type": "string"}:
            most = leaf.get("maxLength", 100)
            yield from (char * length for char in CHARACTERS for length in (1, most))
            yield from (
                "x" * (most + 1),
                "\u3316" * most,
                "\ufdfa" * most,
                "a@" * (most // 2),
                "\u0301\u0327" * (most // 2),
            )
        case {"type": "integer"}:
            yield from NUMBERS
        case {"type": "boolean"}:
            yield from (True, False)
        case {"type": "array", "items": inner}:
            one = next((v for v in _values(resolved(inner, defs), defs) if v != ""), None)
            for length in (1, 2, leaf.get("maxItems", 900), leaf.get("maxItems", 900) + 1):
                yield [one] * length


class OutOfBudget(BaseException):  # no Exception: nothing on the way may take it for bad data
    """Something took so much of the processor that it may never end."""


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Fail when the block takes this much processor time, be it in an endless loop: a bound, no claim of speed."""

    def out(signum: int, frame: FrameType | None) -> None:
        raise OutOfBudget(f"not done after {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, out)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
