"""Records of personal details, which are kept beside the log, and the readings of them."""

from __future__ import annotations

from datetime import datetime

from contracts.event.fact import EventId
from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId, Role
from contracts.vocabulary.choices import DataClass, Purpose
from contracts.vocabulary.codes import RecordId, Sha256


class RecordedDetails(Begun):
    """A record of personal details, which is kept beside the log: who wrote it, and the SHA-256 of its ciphertext."""

    record_id: RecordId
    data_class: DataClass
    digest: Sha256
    recorded_by: AgencyId
    recorded_at: datetime


class Reading(Begun):
    """A reading of personal details. `person` is the reader's pseudonym, which only their agency can resolve."""

    agency: AgencyId
    role: Role
    person: str
    data_classes: tuple[DataClass, ...]
    purpose: Purpose
    consent_id: EventId
    read_at: datetime
