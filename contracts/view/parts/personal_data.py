"""The parts of a case view that tell of personal data: what is recorded, who has read it, and what was erased."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.event.case_event import EventId
from contracts.view.parts.states import Begun
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.choices import DataClass, Purpose, RecordId, Sha256


class RecordedDetails(Begun):
    """A record of personal details that lies beside the log: who wrote it, and the SHA-256 of its ciphertext."""

    record_id: RecordId
    data_class: DataClass
    digest: Sha256
    recorded_by: AgencyId
    recorded_at: datetime


class Reading(Begun):
    """Somebody read personal details; `person` is their agency's own pseudonym for them."""

    agency: AgencyId
    role: Role
    person: str
    data_classes: tuple[DataClass, ...]
    purpose: Purpose
    consent_id: EventId
    read_at: datetime


class ErasureScope(StrEnum):
    """How much is erased."""

    CASE = "case"
    PERSONAL_DETAILS = "personal-details"


class Erasure(Begun):
    """What was to be erased, by whom it is held, and who has confirmed that it is gone."""

    scope: ErasureScope
    requested_by: AgencyId
    requested_at: datetime
    holders: tuple[AgencyId, ...]
    confirmed_by: tuple[AgencyId, ...] = ()

    @property
    def outstanding(self) -> tuple[AgencyId, ...]:
        """The holders who have not confirmed."""
        return tuple(holder for holder in self.holders if holder not in self.confirmed_by)
