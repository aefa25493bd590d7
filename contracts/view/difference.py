"""The difference between two views of a case: the fields that changed, with both values. Pure.

Values are JSON values. `applied` to the first view, a difference gives the second one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from contracts.event.fact import Fact
from contracts.view.case_view import CaseView
from contracts.vocabulary.parts import Part

Path = tuple[str | int, ...]


class FieldChange(Fact):
    """A field that changed.

    `path`: the names and the places in lists that lead to it. `before`, `after`: its values; null is also the value of
    a field that was not there. `added`, `removed`: true if the field or the entry is only in the second, or only in the
    first.
    """

    path: tuple[str | int, ...]
    before: JsonValue = None
    after: JsonValue = None
    added: bool = False
    removed: bool = False


def as_json(case: CaseView, *parts: Part) -> dict[str, Any]:
    """The core of a view and these parts as JSON values."""
    values: dict[str, Any] = json.loads(case.canonical_json(Part.CORE, *parts))
    return values


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The changes from one view to another; see `as_json`. The version is among them."""
    return tuple(_changes((), before, after))


def _changes(path: Path, before: Any, after: Any) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _fields(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        for place, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from _changes((*path, place), one, other)
        for place in reversed(range(len(after), len(before))):
            yield FieldChange(path=(*path, place), before=before[place], removed=True)
        for place in range(len(before), len(after)):
            yield FieldChange(path=(*path, place), after=after[place], added=True)
    elif before != after or type(before) is not type(after):
        yield FieldChange(path=path, before=before, after=after)


def _fields(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield FieldChange(path=(*path, name), before=before[name], removed=True)
        elif name not in before:
            yield FieldChange(path=(*path, name), after=after[name], added=True)
        else:
            yield from _changes((*path, name), before[name], after[name])


def applied(before: Mapping[str, Any], changes: Iterable[FieldChange]) -> dict[str, Any]:
    """The second view, from the first one and the changes between them."""
    whole: dict[str, Any] = _copied(dict(before))
    for change in changes:
        holder: Any = whole
        for step in change.path[:-1]:
            holder = holder[step]
        last = change.path[-1]
        if change.removed:
            del holder[last]
        elif change.added and isinstance(holder, list):
            holder.append(_copied(change.after))
        else:
            holder[last] = _copied(change.after)
    return whole


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
