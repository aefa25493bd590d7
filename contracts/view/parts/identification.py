"""The person's identification as a victim, presumed or formal, and the investigation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Identification(StrEnum):
    """How the person is identified: presumed by a detection, formally by the opening of an investigation (R4)."""

    PRESUMED = "presumed"
    FORMAL = "formal"


class Investigation(Begun):
    """A preliminary investigation."""

    led_by: AgencyId
    opened_on: date
    closed_on: date | None = None
