"""The person's identification as a victim, presumed or formal, and the investigation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Identification(StrEnum):
    """A detection makes the person a presumed victim; the opening of an investigation identifies them formally (R4)."""

    PRESUMED = "presumed"
    FORMAL = "formal"


class Investigation(Begun):
    """A preliminary investigation."""

    led_by: AgencyId
    opened_on: date
    closed_on: date | None = None
