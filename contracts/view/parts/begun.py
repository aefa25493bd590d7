"""The base of every part of a view that an event began. Later events refer to the part by that event's id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import Field

from contracts.event.fact import EventId, Fact


def newer(default: object) -> Any:
    """A field of the view that came later. While it has its default, it is left out of the view's JSON.

    So the digest of a case in which nothing of it happened is the one that it always had.
    """
    return Field(default=default, exclude_if=lambda value: bool(value == default))


class Begun(Fact):
    """A part of a view that an event began. Its id is that event's id; later events refer to the part by it."""

    id: EventId


Begun_ = TypeVar("Begun_", bound=Begun)


def with_id(begun: Iterable[Begun_], id: EventId) -> Begun_ | None:
    """The part that the event with this id began, or None."""
    return next((one for one in begun if one.id == id), None)


def replaced(begun: tuple[Begun_, ...], id: EventId, **changes: object) -> tuple[Begun_, ...]:
    """The same parts in the same order; the part with this id has some fields replaced."""
    return tuple(one.model_copy(update=changes) if one.id == id else one for one in begun)
