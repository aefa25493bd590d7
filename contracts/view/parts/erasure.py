"""Erasures: their scope, the holders, those who have confirmed, and the records that a holder keeps by law."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from contracts.event.fact import Fact
from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId


class ErasureScope(StrEnum):
    """How much is erased."""

    CASE = "case"
    PERSONAL_DETAILS = "personal-details"


class KeepingGround(StrEnum):
    """The legal duty on which a holder keeps records of its own after an erasure."""

    PUBLIC_RECORDS = "public-records"
    SOCIAL_SERVICES_FILE = "social-services-file"
    PATIENT_RECORD = "patient-record"


class HoldersObjection(Fact):
    """A holder's objection to an erasure: it keeps its own events of these names until a day, and erases the rest."""

    agency: AgencyId
    ground: KeepingGround
    keeps: tuple[str, ...]
    until: date


class Erasure(Begun):
    """An erasure: what is to be erased, which agencies hold it, which of them have confirmed that it is gone, and which
    keep records of their own by law.
    """

    scope: ErasureScope
    requested_by: AgencyId
    requested_at: datetime
    holders: tuple[AgencyId, ...]
    confirmed_by: tuple[AgencyId, ...] = ()
    objections: tuple[HoldersObjection, ...] = newer(())

    @property
    def outstanding(self) -> tuple[AgencyId, ...]:
        """The holders that have not confirmed."""
        return tuple(holder for holder in self.holders if holder not in self.confirmed_by)
