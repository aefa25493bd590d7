"""Contact points: the agencies that a professional can call, and for which purposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.wording import Wording

HOTLINE: Final = "hotline"
"""The id of the hotline's line in `contacts.csv`."""


@dataclass(frozen=True)
class ContactPoint:
    """An agency that a professional can call, and for which purposes. `agency`: its id, if it is on the bus."""

    id: str
    agency: AgencyId | None
    name: Wording
    purpose: Wording
    nmt_region: CoordinatorRegion | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    website: str | None
    address: str | None
