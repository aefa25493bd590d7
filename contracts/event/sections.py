"""The two sections of an event: its core, which every participant reads, and its details, which lie in one part.

All replicas judge and fold the core from the core alone, so they agree, whoever can open the details.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from contracts.errors import InvalidEventError
from contracts.event.case_event import CaseEvent
from contracts.event.fact import Fact
from contracts.event.upcasting import PUBLICATIONS, Data

E_ = TypeVar("E_", bound=CaseEvent)

_OBJECT: Final = TypeAdapter(Data)


class Sections(NamedTuple):
    """An event as JSON, divided. `details`: None when it says nothing beyond its core."""

    core: bytes
    details: bytes | None


def has_details(event: CaseEvent) -> bool:
    """True if the event says something beyond its core."""
    said = vars(event)
    return event.always_detailed or any(
        name in said and said[name] != default for name, default in _unsaid(type(event)).items()
    )


def sections_of(event: CaseEvent, *, detailed: bool = False) -> Sections:
    """Divide an event into its two sections. `detailed`: True if it has a second one even when that says nothing."""
    if not event.details:
        return Sections(event.model_dump_json().encode(), None)
    core = event.model_dump_json(exclude=set(event.details)).encode()
    if not (detailed or has_details(event)):
        return Sections(core, None)
    return Sections(core, event.model_dump_json(include=set(event.details)).encode())


def core_of(event: E_) -> E_:
    """The event with the fields of its core only. Whoever asks it for a detail gets an AttributeError.

    A field that the event lacks, because it is still being written, its core lacks too.
    """
    return _bare(type(event), vars(event)) if event.details else event


def read_core(type_name: str, core: bytes) -> CaseEvent:
    """Read the core of an event of any published version; see `core_of`.

    Raises UnknownEventTypeError; InvalidEventError when these bytes are no such core, or hold a detail.
    """
    kind, lifted = PUBLICATIONS.lifted(type_name, core)
    try:
        read: BaseModel = _core_model(kind).model_validate_json(lifted)
    except ValidationError as error:
        raise InvalidEventError.of(type_name, error) from None
    if not kind.details and isinstance(read, kind):
        return read
    if not read.model_fields_set.isdisjoint(kind.details):
        raise _misplaced(type_name, "a detail stands in the core")
    return _bare(kind, vars(read))


def read_whole(type_name: str, core: bytes, details: bytes | None) -> CaseEvent:
    """Read an event from both sections. `details`: None when there are none.

    Raises UnknownEventTypeError; InvalidEventError when they are no such event together, or both have a field.
    """
    if details is None:
        return PUBLICATIONS.read(type_name, core)
    try:
        said, more = _OBJECT.validate_json(core, strict=True), _OBJECT.validate_json(details, strict=True)
    except ValidationError as error:
        raise InvalidEventError.of(type_name, error) from None
    if not said.keys().isdisjoint(more):
        raise _misplaced(type_name, "a field stands in both sections")
    return PUBLICATIONS.read(type_name, _OBJECT.dump_json({**said, **more}))


def merged(core: bytes, details: bytes) -> bytes:
    """Both sections as one JSON object, where they are objects without a common field; else the core."""
    try:
        said, more = _OBJECT.validate_json(core, strict=True), _OBJECT.validate_json(details, strict=True)
    except ValidationError:
        return core
    return core if not said.keys().isdisjoint(more) else _OBJECT.dump_json({**said, **more})


def without_details(kind: type[CaseEvent], content: bytes) -> bytes:
    """The content of an event from before it had sections, without its details."""
    try:
        said = _OBJECT.validate_json(content, strict=True)
    except ValidationError:
        return content
    return _OBJECT.dump_json({name: value for name, value in said.items() if name not in kind.details})


def _misplaced(type_name: str, why: str) -> InvalidEventError:
    return InvalidEventError(type_name, [{"type": "misplaced", "loc": (), "msg": why}])


def _bare(kind: type[E_], fields: Mapping[str, Any]) -> E_:
    """The event with these fields but its details. Every judging makes one, so it fills in no defaults first."""
    details = kind.details
    bare = kind.__new__(kind)
    bare.__setstate__(
        {
            "__dict__": {name: value for name, value in fields.items() if name not in details},
            "__pydantic_fields_set__": set(),
            "__pydantic_extra__": None,
            "__pydantic_private__": None,
        }
    )
    return bare


@cache
def _unsaid(kind: type[CaseEvent]) -> Mapping[str, Any]:
    """For each detail, the value that says nothing."""
    return {name: kind.model_fields[name].get_default() for name in kind.details}


@cache
def _core_model(kind: type[CaseEvent]) -> type[BaseModel]:
    """The model that reads the core: the event itself where each of its details may be left out."""
    if not kind.always_detailed:
        return kind
    fields: dict[str, Any] = {
        name: (kind.model_fields[name].annotation, kind.model_fields[name]) for name in kind.core_fields()
    }
    return create_model(f"{kind.__name__}Core", __base__=Fact, **fields)
