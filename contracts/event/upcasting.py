"""Reads events of every version ever published: upcasters turn older data into the current version, step by step.

To publish a new version of an event, keep its class name, raise `version`, and register an upcaster from the previous
version's data. The tests keep samples of every version for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.event.published_event import PublishedEvent

Data = dict[str, JsonValue]

Upcaster = Callable[[Data], Data]
"""Turns the data of version N into the data of version N + 1."""

_OBJECT: Final = TypeAdapter(Data)

_VERSION: Final = re.compile(r"^(?P<event>.+)\.v(?P<number>[1-9][0-9]*)$")

P_ = TypeVar("P_", bound=PublishedEvent)


class Publications(Generic[P_]):
    """Every published version of the given events: the current one as a model, the earlier ones as upcasters.

    It may be made before all `events` are registered, because a chapter declares its upcasters beside its events.
    """

    def __init__(self, events: Mapping[str, type[P_]]) -> None:
        self._events = events
        self._upcasters: dict[str, Upcaster] = {}

    def _current(self, type_name: str) -> type[P_] | None:
        """The event whose current version has this name, if any."""
        event = self._events.get(type_name.removeprefix("se.nrm.").rpartition(".v")[0])
        return event if event is not None and event.type_name() == type_name else None

    def upcasts(self, type_name: str) -> Callable[[Upcaster], Upcaster]:
        """Register a function that turns the data of this version into the data of the next.

        Raises TypeError when the version has an upcaster already, or is the current one.
        """

        def register(upcaster: Upcaster) -> Upcaster:
            if self._upcasters.setdefault(type_name, upcaster) is not upcaster or self._current(type_name):
                raise TypeError(f"{type_name} needs exactly one reader")
            return upcaster

        return register

    @property
    def type_names(self) -> frozenset[str]:
        """Every version that can be read."""
        return frozenset(event.type_name() for event in self._events.values()) | frozenset(self._upcasters)

    def read(self, type_name: str, data: bytes) -> P_:
        """The event that these bytes state. Raises UnknownEventTypeError or InvalidEventError when they state none."""
        event, lifted = self.lifted(type_name, data)
        try:
            return event.model_validate_json(lifted)
        except ValidationError as error:
            raise InvalidEventError.of(type_name, error) from None

    def lifted(self, type_name: str, data: bytes) -> tuple[type[P_], bytes]:
        """The event of this type in its current version, and the data in that version's form, not yet checked.

        Raises UnknownEventTypeError or InvalidEventError.
        """
        try:
            current, lifted = self._lift(type_name, data) if type_name in self._upcasters else (type_name, data)
        except ValidationError as error:
            raise InvalidEventError.of(type_name, error) from None
        event = self._current(current)
        if event is None:
            raise UnknownEventTypeError(type_name)
        return event, lifted

    def _lift(self, name: str, data: bytes) -> tuple[str, bytes]:
        """The type name of the current version, and the data in that version's form."""
        lifted = _OBJECT.validate_json(data, strict=True)
        while (upcaster := self._upcasters.get(name)) is not None:
            name, lifted = _next_version(name), upcaster(lifted)
        return name, _OBJECT.dump_json(lifted)


def _next_version(type_name: str) -> str:
    found = _VERSION.match(type_name)
    if found is None:
        raise TypeError(f"{type_name} has no version")
    return f"{found['event']}.v{int(found['number']) + 1}"


PUBLICATIONS: Final[Publications[CaseEvent]] = Publications(EVENTS)
"""Every published version of every event about a case."""


def read_event(type_name: str, data: bytes) -> CaseEvent:
    """Read an event of any published version as its current version.

    `data` is strict JSON. Raises UnknownEventTypeError or InvalidEventError, see `contracts.errors`.
    """
    return PUBLICATIONS.read(type_name, data)
