"""The response models of the feed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import orjson
from pydantic import AwareDatetime, Field, JsonValue, TypeAdapter

from bus.read_models.feed import FeedKind
from bus.replica.feed import POSITION, FeedEntry
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part
from gateway.http.response_models import ResponseModel, Setback, Uuid

_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)

Position = Annotated[str, Field(pattern=POSITION)]


class ToldEvent(ResponseModel):
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


class Forget(ResponseModel):
    """Something that the agency's systems must forget.

    `why`: `erased` or `left`: the whole case. `part-lost`: the details of all events in `part`. `replaced`: the events
    of the case after `version`; what stands in their place follows.
    """

    position: Position
    kind: Literal["forget"] = "forget"
    case_id: Uuid
    why: Literal["erased", "left", "part-lost", "replaced"]
    part: Part | None
    version: int


Entry = Annotated[ToldEvent | Forget, Field(discriminator="kind")]


class FeedPage(ResponseModel):
    """A part of the feed. `next`: the `after` of the following part. `more`: true if that has entries already."""

    items: tuple[Entry, ...]
    next: Annotated[str, Field(pattern=f"^$|{POSITION}")]
    more: bool


def entry_of(entry: FeedEntry) -> ToldEvent | Forget:
    """The model of an entry of the feed."""
    envelope = entry.envelope
    if envelope is None:
        return Forget.model_validate(
            {
                "position": entry.position,
                "case_id": entry.case_id,
                "why": entry.kind.value,
                "part": entry.part,
                "version": entry.version,
            }
        )
    data = None if entry.content is None else orjson.loads(entry.content)
    return ToldEvent(
        position=entry.position,
        again=entry.kind is FeedKind.AGAIN,
        offered=entry.kind is FeedKind.OFFERED,
        case_id=entry.case_id,
        version=entry.version,
        event_id=envelope.event_id,
        type=envelope.type,
        agency=envelope.agency,
        occurred_at=None if data is None else _MOMENT.validate_python(data["occurred_at"]),
        recorded_at=envelope.recorded_at,
        data=data,
        withheld=entry.withheld,
        set_aside=None if entry.void is None else Setback.model_validate(entry.void),
    )
