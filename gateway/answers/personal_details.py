"""What is answered about personal details: what is recorded, what was read just now, and who has read what."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, cast

from pydantic import Field

from bus.confidential.personal import Opened, Unopened
from contracts.privacy.record_forms import Contact, Family, Health, Identity, Legal
from contracts.view.parts.personal_data import Reading, RecordedDetails
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.choices import DataClass, Purpose
from gateway.answers.base import Answer, Text, Uuid
from gateway.answers.cases import Recorded

Form = Identity | Contact | Health | Family | Legal
"""The forms of `contracts.privacy.record_forms.RECORDS`."""


class RecordedRecord(Recorded):
    """The record lies beside the log, and the log says so."""

    record_id: Uuid


class ListedRecord(Answer):
    """That something is recorded, never what."""

    record_id: Uuid
    data_class: DataClass
    recorded_by: AgencyId
    recorded_at: datetime

    @classmethod
    def of(cls, record: RecordedDetails) -> ListedRecord:
        """What the case says of a record."""
        return cls.model_validate(record)


class ShownRecord(ListedRecord):
    """A record as its agency wrote it.

    `content` is null where it cannot be shown, and `why` then says: `absent` or `altered` at the broker, `no-key` of
    ours opens it (yet: who recorded it grants one when its service runs), or it is `unreadable`.
    """

    content: Form | None
    why: Unopened | None

    @classmethod
    def opened(cls, opened: Opened) -> ShownRecord:
        """What was opened, or why not."""
        listed = ListedRecord.of(opened.record).model_dump()
        return cls(**listed, content=cast("Form | None", opened.content), why=opened.why)


class ReadDetails(Answer):
    """The records that were asked for; `reading` is the event that says so to everybody who takes part."""

    reading: Uuid
    case_id: Uuid
    role: Role
    records: tuple[ShownRecord, ...]


class PastReading(Answer):
    """Somebody read personal details. `person` is their agency's own pseudonym: it alone can say who that is."""

    reading: Annotated[Uuid, Field(validation_alias="id")]
    agency: AgencyId
    role: Role
    person: str
    data_classes: tuple[DataClass, ...]
    purpose: Purpose
    consent_id: Uuid
    read_at: datetime

    @classmethod
    def of(cls, reading: Reading) -> PastReading:
        """What the case says of a reading."""
        return cls.model_validate(reading)


class ReportedReading(Answer):
    """One reading, as the victim is told of it."""

    on: date
    agency: AgencyId
    what: Text
    why: Text
    says: Text


class ReadingReport(Answer):
    """Who has read the victim's personal details, and how many readings are told only when an investigation ends."""

    rows: tuple[ReportedReading, ...]
    held_back: int
