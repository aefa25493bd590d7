"""Erasures: their scope, the holders, and those who have confirmed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class ErasureScope(StrEnum):
    """How much is erased."""

    CASE = "case"
    PERSONAL_DETAILS = "personal-details"


class Erasure(Begun):
    """An erasure: what is to be erased, which agencies hold it, and which of them have confirmed that it is gone."""

    scope: ErasureScope
    requested_by: AgencyId
    requested_at: datetime
    holders: tuple[AgencyId, ...]
    confirmed_by: tuple[AgencyId, ...] = ()

    @property
    def outstanding(self) -> tuple[AgencyId, ...]:
        """The holders that have not confirmed."""
        return tuple(holder for holder in self.holders if holder not in self.confirmed_by)
