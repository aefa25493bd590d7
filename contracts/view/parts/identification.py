"""Whether the person is presumed or formally identified, and the investigation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Identification(StrEnum):
    """Detection presumes, an opened investigation identifies formally (R4)."""

    PRESUMED = "presumed"
    FORMAL = "formal"


class Investigation(Begun):
    """A preliminary investigation."""

    led_by: AgencyId
    opened_on: date
    closed_on: date | None = None
