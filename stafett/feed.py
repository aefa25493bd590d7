"""The entries of an agency's feed, typed: as a program of the agency reads them from the private subjects or over HTTP.

    >>> from stafett import events, feed
    >>> entry = feed.entry_in(feed.EXAMPLE)
    >>> match entry:
    ...     case feed.EventTold(case_id=case_id, event=events.NeedsAssessed(risk=risk)):
    ...         print(case_id, risk.value)
    3f28f180-37e7-4e41-ac89-6599db0e041a high

An entry may come again: keep events by case and version, and replace what you have. An entry of a kind that a later
release adds is read as `OtherTold`; pass over it.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, TypeAdapter

from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.published_event import PublishedEvent
from contracts.event.upcasting import PUBLICATIONS
from stafett import events as _events

__all__ = [
    "EXAMPLE",
    "AttentionTold",
    "DirectoryTold",
    "Entry",
    "EventTold",
    "Forgotten",
    "OtherTold",
    "QuarantineTold",
    "Stated",
    "TaskTold",
    "entry_in",
    "entry_of",
]

_KNOWN: Final = _events.__all__  # the events are registered when they are imported


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Stated(BaseModel):
    """What a service says of an event, as the agency reads it.

    `withheld`: the part of the case in which it has details that the agency does not read. `set_aside`: why it had no
    effect, or None. `data`: as the agency reads it.
    """

    model_config = _Entry.model_config

    type: str
    data: dict[str, Any] | None
    withheld: str | None
    set_aside: dict[str, str] | None

    @cached_property
    def event(self) -> PublishedEvent | None:
        """The event in its current version; None when it had no effect, or when some of it is withheld."""
        if self.data is None or self.withheld is not None or self.set_aside is not None:
            return None
        try:
            return PUBLICATIONS.read(self.type, json.dumps(self.data).encode())
        except (InvalidEventError, UnknownEventTypeError):
            return None


class EventTold(_Entry, Stated):
    """An event of a case. `again`: it replaces the one of this version that was told before."""

    position: str
    case_id: str
    version: int
    event_id: str
    agency: str
    recorded_at: datetime
    again: bool


class Forgotten(_Entry):
    """What must be forgotten.

    `why`: `erased` or `left`: the case. `part-lost`: the details of its events in `part`. `replaced`: its events after
    `version`. `everything`: all that was ever told, on the private subjects alone; over HTTP the answer is 410.
    """

    case_id: str
    why: str
    part: str | None
    version: int


class DirectoryTold(_Entry):
    """An event of the directory: who joined the bus, who was suspended, whose keys or duties changed."""

    position: str
    version: int
    event_id: str
    type: str
    data: dict[str, Any] | None


class TaskTold(_Entry):
    """A task was raised, or is done. `task`: as `GET /v1/tasks` shows it; None when it is done."""

    position: str
    task_id: str
    case_id: str
    done: bool
    task: dict[str, Any] | None


class AttentionTold(_Entry):
    """An event of the agency needs a person, or does no more.

    `refused`: as `GET /v1/needs-attention` shows it; None when it is over.
    """

    position: str
    event_id: str
    case_id: str
    over: bool
    refused: dict[str, Any] | None


class QuarantineTold(_Entry):
    """A message about a case of the agency was set aside. `message`: as `GET /v1/quarantine` shows it."""

    position: str
    case_id: str
    message: dict[str, Any]


class OtherTold(_Entry):
    """An entry of a kind that this release does not know."""

    kind: str


_KINDS: Final = {
    "event": EventTold,
    "forget": Forgotten,
    "directory": DirectoryTold,
    "task": TaskTold,
    "attention": AttentionTold,
    "quarantined": QuarantineTold,
}


def _kind(entry: Any) -> str:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    return kind if isinstance(kind, str) and kind in _KINDS else "other"


Entry = Annotated[
    Annotated[EventTold, Tag("event")]
    | Annotated[Forgotten, Tag("forget")]
    | Annotated[DirectoryTold, Tag("directory")]
    | Annotated[TaskTold, Tag("task")]
    | Annotated[AttentionTold, Tag("attention")]
    | Annotated[QuarantineTold, Tag("quarantined")]
    | Annotated[OtherTold, Tag("other")],
    Discriminator(_kind),
]
"""An entry of any kind, for a program that validates by pydantic, such as a FastStream application."""

_ENTRY: Final[TypeAdapter[Any]] = TypeAdapter(Entry)


def entry_in(content: bytes | str) -> Entry:
    """Read the entry in a message, or in a line of `GET /v1/feed`. Raises pydantic.ValidationError when it is none."""
    return entry_of(json.loads(content))


def entry_of(told: Any) -> Entry:
    """Read the entry in JSON that is parsed already. Raises pydantic.ValidationError when it is none."""
    entry: Entry = _ENTRY.validate_python(told)
    return entry


EXAMPLE: Final = json.dumps(
    {
        "kind": "event",
        "position": "4fa3b6c0d1e2f304-17",
        "case_id": "3f28f180-37e7-4e41-ac89-6599db0e041a",
        "version": 3,
        "event_id": "6277108f-022a-485b-b068-f79939c87872",
        "type": _events.NeedsAssessed.type_name(),
        "agency": "ngo-fyren",
        "recorded_at": "2024-03-07T10:00:01Z",
        "again": False,
        "data": dict(_events.NeedsAssessed.example),
        "withheld": None,
        "set_aside": None,
    }
).encode()
"""An entry that tells an event."""
