"""The response models of the feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, TypeAdapter

from bus.read_models.feed import FeedKind
from bus.read_models.lists import Refused
from bus.read_models.tasks import Task
from bus.replica.feed import POSITION, FeedEntry
from bus.store import QuarantineEntry
from contracts.event.case_event import CaseEvent
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.parts import Part
from gateway.http.response_models import ResponseModel, Setback, Uuid
from gateway.quarantine.schemas import QuarantinedMessage
from gateway.submissions.schemas import NeedsAttention
from gateway.tasks.schemas import OpenTask

_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)

Position = Annotated[str, Field(pattern=POSITION)]
Roles = Mapping[type[CaseEvent], Role]


class _Entry(ResponseModel):
    """An entry always says its kind, by which readers tell the entries apart."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class DirectoryChange(_Entry):
    """An event of the directory: who joined the bus, who was suspended, which keys and duties changed.

    `version`: its place in the directory's chain. `data`, `set_aside`: as for an event of a case.
    """

    position: Position
    kind: Literal["directory"] = "directory"
    version: int
    event_id: Uuid
    type: str
    agency: AgencyId
    occurred_at: datetime | None
    recorded_at: datetime
    data: dict[str, JsonValue] | None
    set_aside: Setback | None


class ToldEvent(_Entry):
    """An event of a case that the agency takes part in or is offered, as it reads the event now.

    `offered`: true when the case was only offered to the agency: its preview may have changed. `again`: true when the
    event was told before and its details could be read only now; it replaces the earlier one. `withheld`: the part that
    the event's details lie in, when the agency does not read it, or not yet. `set_aside`: why the event had no effect.
    `data`: null only in an event that is set aside and was not opened, or that ended an offer and is not about it.
    """

    position: Position
    kind: Literal["event"] = "event"
    again: bool
    offered: bool = False
    case_id: Uuid
    version: int
    event_id: Uuid
    type: str
    agency: AgencyId
    occurred_at: datetime | None
    recorded_at: datetime
    data: dict[str, JsonValue] | None
    withheld: Part | None
    set_aside: Setback | None


class Forget(_Entry):
    """Something that the agency's systems must forget.

    `why`: `erased` or `left`: the whole case. `part-lost`: the details of all events in `part`. `replaced`: the events
    of the case after `version`; what stands in their place follows. The directory has the id of zeros.
    """

    position: Position
    kind: Literal["forget"] = "forget"
    case_id: Uuid
    why: Literal["erased", "left", "part-lost", "replaced"]
    part: Part | None
    version: int


class TaskChange(_Entry):
    """A task for a caseworker was raised, or is done. `task`: as `GET /v1/tasks` shows it; null when it is done."""

    position: Position
    kind: Literal["task"] = "task"
    task_id: str
    case_id: Uuid
    done: bool
    task: OpenTask | None


class AttentionChange(_Entry):
    """An event of this agency needs a person, or does so no more.

    `refused`: as `GET /v1/needs-attention` shows it; null when it is over.
    """

    position: Position
    kind: Literal["attention"] = "attention"
    event_id: Uuid
    case_id: Uuid
    over: bool
    refused: NeedsAttention | None


class SetAside(_Entry):
    """A message about a case of this agency was set aside. `message`: as `GET /v1/quarantine` shows it."""

    position: Position
    kind: Literal["quarantined"] = "quarantined"
    case_id: Uuid
    message: QuarantinedMessage


Entry = Annotated[
    ToldEvent | Forget | DirectoryChange | TaskChange | AttentionChange | SetAside, Field(discriminator="kind")
]


class FeedPage(ResponseModel):
    """A part of the feed. `next`: the `after` of the following part. `more`: true if that has entries already."""

    items: tuple[Entry, ...]
    next: Annotated[str, Field(pattern=f"^$|{POSITION}")]
    more: bool


def entry_of(entry: FeedEntry, roles: Roles) -> Entry:
    """The model of an entry of the feed. `roles`: the events that the agency's people may issue, with their roles."""
    return _MODELS.get(entry.kind, _forget)(entry, roles)


def _event(entry: FeedEntry, roles: Roles) -> Entry:
    return ToldEvent(
        case_id=entry.case_id,
        again=entry.kind is FeedKind.AGAIN,
        offered=entry.kind is FeedKind.OFFERED,
        withheld=entry.withheld,
        **_stated(entry),
    )


def _directory(entry: FeedEntry, roles: Roles) -> Entry:
    return DirectoryChange(**_stated(entry))


def _stated(entry: FeedEntry) -> dict[str, Any]:
    """What an event says, of a case or of the directory."""
    envelope = entry.envelope
    if envelope is None:
        raise TypeError("the entry has no event")
    data = None if entry.content is None else orjson.loads(entry.content)
    return {
        "position": entry.position,
        "version": entry.version,
        "event_id": envelope.event_id,
        "type": envelope.type,
        "agency": envelope.agency,
        "occurred_at": None if data is None else _MOMENT.validate_python(data["occurred_at"]),
        "recorded_at": envelope.recorded_at,
        "data": data,
        "set_aside": None if entry.void is None else Setback.model_validate(entry.void),
    }


def _forget(entry: FeedEntry, roles: Roles) -> Entry:
    return Forget.model_validate(
        {
            "position": entry.position,
            "case_id": entry.case_id,
            "why": entry.kind.value,
            "part": entry.part,
            "version": entry.version,
        }
    )


def _task(entry: FeedEntry, roles: Roles) -> Entry:
    task = OpenTask.of(entry.work, roles) if isinstance(entry.work, Task) else None
    return TaskChange(position=entry.position, task_id=entry.about, case_id=entry.case_id, done=task is None, task=task)


def _attention(entry: FeedEntry, roles: Roles) -> Entry:
    refused = NeedsAttention.of(entry.work) if isinstance(entry.work, Refused) else None
    return AttentionChange(
        position=entry.position, event_id=entry.about, case_id=entry.case_id, over=refused is None, refused=refused
    )


def _set_aside(entry: FeedEntry, roles: Roles) -> Entry:
    if not isinstance(entry.work, QuarantineEntry):
        raise TypeError("the entry has no message")
    message = QuarantinedMessage.of(entry.work, own=True)
    return SetAside(position=entry.position, case_id=entry.case_id, message=message)


_MODELS: Final[Mapping[FeedKind, Callable[[FeedEntry, Roles], Entry]]] = {
    FeedKind.EVENT: _event,
    FeedKind.AGAIN: _event,
    FeedKind.OFFERED: _event,
    FeedKind.DIRECTORY: _directory,
    FeedKind.TASK: _task,
    FeedKind.TASK_DONE: _task,
    FeedKind.ATTENTION: _attention,
    FeedKind.ATTENTION_OVER: _attention,
    FeedKind.QUARANTINED: _set_aside,
}
