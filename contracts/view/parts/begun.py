"""The base of every part that an event began and to which later events refer by that event's id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from contracts.event.fact import EventId, Fact


class Begun(Fact):
    """Something that an event began; its id is that event's id, by which later events refer to it."""

    id: EventId


Begun_ = TypeVar("Begun_", bound=Begun)


def with_id(begun: Iterable[Begun_], id: EventId) -> Begun_ | None:
    """The one that this event began, if any."""
    return next((one for one in begun if one.id == id), None)


def replaced(begun: tuple[Begun_, ...], id: EventId, **changes: object) -> tuple[Begun_, ...]:
    """The same in the same order, with some fields of one of them replaced."""
    return tuple(one.model_copy(update=changes) if one.id == id else one for one in begun)
