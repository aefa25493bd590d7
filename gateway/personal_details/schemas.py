"""The request and response models of personal details: recording them, listing them, reading them."""

from __future__ import annotations

from datetime import datetime
from inspect import getdoc
from typing import Annotated, Any, cast

from pydantic import Field, JsonValue

from bus.privacy.personal_records import Opened, Unopened
from contracts.event.fact import Fact
from contracts.privacy.record_forms import RECORDS, Contact, Family, Health, Identity, Legal
from contracts.view.parts.personal_data import RecordedDetails
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.choices import DataClass, Purpose
from contracts.vocabulary.codes import RecordId
from gateway.http.response_models import ResponseModel, Uuid
from gateway.submissions.schemas import Recorded

Form = Identity | Contact | Health | Family | Legal
"""The union of the forms in `contracts.privacy.record_forms.RECORDS`."""


class RecordingRequest(Fact):
    """A record of one class of personal data, in the form of that class."""

    data_class: DataClass
    record: dict[str, JsonValue]
    replaces: RecordId | None = None


class ReadingRequest(Fact):
    """The classes to read, and for which purpose. `role`: the role of the reader, if they have several."""

    data_classes: Annotated[tuple[DataClass, ...], Field(min_length=1, max_length=len(DataClass))]
    purpose: Purpose
    role: Role | None = None


class RecordedRecord(Recorded):
    """The record is kept beside the log, and the log has the event that says so."""

    record_id: Uuid


class ListedRecord(ResponseModel):
    """A record of personal details, without its content."""

    record_id: Uuid
    data_class: DataClass
    recorded_by: AgencyId
    recorded_at: datetime

    @classmethod
    def of(cls, record: RecordedDetails) -> ListedRecord:
        """The record as the case describes it."""
        return cls.model_validate(record)


class ShownRecord(ListedRecord):
    """A record as its agency wrote it.

    `content`: null when the service cannot show it; `why` then gives the reason. `absent`: the broker does not have the
    record. `altered`: the broker has other bytes than the agency recorded. `no-key`: this agency has no key for it; the
    agency that recorded it has not granted one yet, or may not. `unreadable`: the service has the key, but finds no
    record of its class inside.
    """

    content: Form | None
    why: Unopened | None

    @classmethod
    def opened(cls, opened: Opened) -> ShownRecord:
        """The record that was opened, or the reason why it could not be opened."""
        listed = ListedRecord.of(opened.record).model_dump()
        return cls(**listed, content=cast("Form | None", opened.content), why=opened.why)


class ReadDetails(ResponseModel):
    """The records that were asked for. `reading`: the id of the event that tells every participant of this reading."""

    reading: Uuid
    case_id: Uuid
    role: Role
    records: tuple[ShownRecord, ...]


def recording_body() -> dict[str, Any]:
    """The OpenAPI request body of a recording: one form for each class of personal data."""
    forms = [
        {
            "type": "object",
            "title": f"Record{form.__name__}",
            "description": getdoc(form),
            "properties": {
                "data_class": {"const": data_class},
                "record": {"$ref": f"#/components/schemas/{form.__name__}"},
                "replaces": {"type": "string", "format": "uuid"},
            },
            "required": ["data_class", "record"],
            "additionalProperties": False,
        }
        for data_class, form in RECORDS.items()
    ]
    example = {
        "data_class": "contact",
        "record": {"phone": "+46700000000", "safe_to_call": False, "safe_to_write": True},
    }
    content = {"application/json": {"schema": {"oneOf": forms}, "example": example}}
    return {"required": True, "content": content}
