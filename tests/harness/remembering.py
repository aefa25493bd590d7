"""Finds the cases about which a node still has something in its memory, and where."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter, deque
from collections.abc import Collection, Iterator
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import Any

_NOT_THE_NODES = (type, ModuleType, CodeType, FrameType, BuiltinFunctionType, asyncio.AbstractEventLoop, asyncio.Task)


def remembered(node: object, case_ids: Collection[str]) -> Counter[str]:
    """How many of these cases each kind of place that the node reaches knows, by its path of attributes and types.

    A case is known where its id is, or a text that holds it. Followed are the objects of the node, not its tasks.
    """
    wanted = set(case_ids)
    seen: set[int] = {id(wanted), id(case_ids)}
    waiting: deque[tuple[Any, str]] = deque([(node, type(node).__name__)])
    places: dict[str, set[str]] = {}
    while waiting:
        owner, path = waiting.popleft()
        if id(owner) in seen or isinstance(owner, _NOT_THE_NODES):
            continue
        seen.add(id(owner))
        for step, value in _held_by(owner):
            if isinstance(value, str):
                case = next((part for part in (value, *value.split("/")) if part in wanted), None)
                if case is not None:
                    places.setdefault(path, set()).add(case)
            elif not isinstance(value, (bytes, int, float)):
                waiting.append((value, path if path.endswith(step) else path + step))
    return Counter({path: len(cases) for path, cases in places.items()})


def _held_by(owner: Any) -> Iterator[tuple[str, Any]]:
    """What an object holds, each with its name."""
    if isinstance(owner, dict):  # the collector does not go through a dictionary's keys where all are texts
        yield from (("", key) for key in owner)
        yield from ((f"/{type(value).__name__}", value) for value in owner.values())
        return
    named = _attributes(owner)
    yield from ((f".{name}", value) for name, value in named.items())
    own, known = getattr(owner, "__dict__", None), {id(value) for value in named.values()}
    for value in gc.get_referents(owner):
        if value is not own and id(value) not in known:
            yield f"/{type(value).__name__}", value


def _attributes(owner: Any) -> dict[str, Any]:
    own = getattr(owner, "__dict__", None)
    slots = [name for kind in type(owner).__mro__ for name in _slots(kind) if hasattr(owner, name)]
    return (dict(own) if isinstance(own, dict) else {}) | {name: getattr(owner, name) for name in slots}


def _slots(kind: type) -> list[str]:
    names = kind.__dict__.get("__slots__", ())
    found = [names] if isinstance(names, str) else list(names)
    return [name for name in found if not name.startswith("__")]
