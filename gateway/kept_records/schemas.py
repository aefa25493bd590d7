"""The response models of kept records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from bus.privacy.kept_records import KeptRecord
from contracts.view.parts.erasure import KeepingGround
from gateway.http.response_models import ResponseModel, Uuid


class ListedKeptRecord(ResponseModel):
    """A record that the agency keeps: the kind of event that it was, the ground in law, and the last day."""

    event_id: Uuid
    case_id: Uuid
    event: str
    ground: KeepingGround
    until: Annotated[date, Field(description="The last Swedish day on which it is kept.")]

    @classmethod
    def of(cls, kept: KeptRecord) -> ListedKeptRecord:
        """The record as the store has it."""
        return cls(event_id=kept.event_id, case_id=kept.case_id, event=kept.name, ground=kept.ground, until=kept.until)


class ShownKeptRecord(ListedKeptRecord):
    """A kept record with what it says: the type of the event, when it was recorded, and its data."""

    type: str
    recorded_at: Annotated[datetime, AwareDatetime]
    data: dict[str, JsonValue]
