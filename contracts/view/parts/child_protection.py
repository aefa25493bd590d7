"""Reports of concern for a child."""

from __future__ import annotations

from datetime import date

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class ChildConcern(Begun):
    """A report of concern for a child, which social services assess the same or the next day (R14)."""

    reported_by: AgencyId
    municipality: AgencyId
    reported_on: date
    assessed_on: date | None = None
    protection_needed: bool | None = None
    overdue: bool = False
