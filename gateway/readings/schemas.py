"""The response models of the account of readings: for participants and auditors, and for the victim."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from contracts.view.parts.personal_data import Reading
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.choices import DataClass, Purpose
from gateway.http.response_models import ResponseModel, Text, Uuid


class PastReading(ResponseModel):
    """A reading of personal details. `person`: the reader's pseudonym, which only their agency can resolve."""

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
        """The reading as the case describes it."""
        return cls.model_validate(reading)


class ReportedReading(ResponseModel):
    """One reading, as the account tells it to the victim."""

    on: date
    agency: AgencyId
    what: Text
    why: Text
    says: Text


class ReportedDay(ResponseModel):
    """The openings of the case at this agency on one day, as the account tells them to the victim."""

    on: date
    people: int
    systems: int
    says: Text


class ReadingReport(ResponseModel):
    """The readings of the victim's personal details, and how many others stay secret until an investigation ends.

    `proceedings`: what happened in the legal proceedings, the oldest first. `openings`: when people of this agency
    opened the case; `openings_held_back`: how many openings stay secret until an investigation ends.
    `kept`: what agencies keep by law although the case is erased.
    """

    rows: tuple[ReportedReading, ...]
    held_back: int
    proceedings: tuple[Text, ...]
    openings: tuple[ReportedDay, ...]
    openings_held_back: int
    kept: tuple[Text, ...]
