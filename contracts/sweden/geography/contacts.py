"""Contact points: the agencies that a professional can call, and for which purposes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.wording import Wording

HOTLINE: Final = "hotline"
"""The id of the hotline's line in `contacts.csv`."""


MEANWHILE: Final = ("emergency", "social-emergency", "police")
"""The ids of the lines of those who answer when the hotline does not."""


class ContactKind(StrEnum):
    """The kinds of contacts."""

    COORDINATOR = "coordinator"
    AUTHORITY = "authority"
    EMERGENCY = "emergency"
    CIVIL_SOCIETY = "civil-society"
    RECEPTION_CENTRE = "reception-centre"
    LEGAL_AID = "legal-aid"
    CHILD = "child"
    OVERSIGHT = "oversight"


@dataclass(frozen=True)
class ContactPoint:
    """An agency that a professional can call, and for which purposes. `agency`: its id, if it is on the bus.

    `member_of`: the id of the contact of which it is a member, as the organisations of the Platform are. `source`: the
    page that names it; None: the project's own line.
    """

    id: str
    agency: AgencyId | None
    name: Wording
    purpose: Wording
    nmt_region: CoordinatorRegion | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    website: str | None
    address: str | None
    kind: ContactKind
    member_of: str | None
    source: str | None
