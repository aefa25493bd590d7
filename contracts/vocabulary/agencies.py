"""The kinds of agency that take part in a case, the roles of their people, and the ids of agencies on the bus."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field


class AgencyKind(StrEnum):
    """What an agency is, which decides what only it may decide."""

    POLICE = "police"
    PROSECUTOR = "prosecutor"
    MIGRATION = "migration"
    MUNICIPALITY = "municipality"
    REGION = "region"
    NGO = "ngo"
    COORDINATOR = "coordinator"
    IOM = "iom"
    LABOUR_INSPECTORATE = "labour-inspectorate"
    TAX = "tax"
    FOREIGN_PARTNER = "foreign-partner"
    AUDITOR = "auditor"
    LEGAL_COUNSEL = "legal-counsel"
    COURT = "court"
    CRIME_VICTIM_AUTHORITY = "crime-victim-authority"
    CHIEF_GUARDIAN = "chief-guardian"
    EMPLOYMENT_SERVICE = "employment-service"


class Role(StrEnum):
    """In what capacity somebody at an agency issues an event.

    Two are nobody: `CLOCK` is the clock of an agency's service, `SERVICE` that service itself.
    """

    CASEWORKER = "caseworker"
    INVESTIGATION_LEADER = "investigation-leader"
    DECISION_MAKER = "decision-maker"
    SOCIAL_WELFARE_BOARD = "social-welfare-board"
    REGIONAL_COORDINATOR = "regional-coordinator"
    DIRECTORY_KEEPER = "directory-keeper"
    RECORDS_OFFICER = "records-officer"
    CLOCK = "clock"
    SERVICE = "service"


NO_PERSON: Final = frozenset({Role.CLOCK, Role.SERVICE})
"""The roles that no person has."""

AgencyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$", examples=["police", "municipality-0180"])]
"""An agency's id on the bus: its kind and, where there are several agencies of that kind, which one it is."""

MIGRATION: Final[AgencyId] = "migration"
COORDINATOR: Final[AgencyId] = "coordinator"
"""The national coordinator. A regional coordinator has its region's name: `coordinator-syd`."""

IOM: Final[AgencyId] = "iom"

CRIME_VICTIM_AUTHORITY: Final[AgencyId] = "crime-victim-authority"

ANY_AGENCY: Final = frozenset(AgencyKind) - {AgencyKind.AUDITOR}
"""Every kind that may issue events; an auditor reads and verifies, and issues nothing."""

AUTHORITIES: Final = ANY_AGENCY - {
    AgencyKind.NGO,
    AgencyKind.IOM,
    AgencyKind.FOREIGN_PARTNER,
    AgencyKind.LEGAL_COUNSEL,
}
"""Every kind that is an authority of Sweden, of a municipality or of a region: its records are public records."""

SWEDISH_PROFESSIONALS: Final = ANY_AGENCY - {
    AgencyKind.IOM,
    AgencyKind.FOREIGN_PARTNER,
    AgencyKind.COURT,
    AgencyKind.CRIME_VICTIM_AUTHORITY,
}
"""Every kind that meets victims in Sweden; a court and the Crime Victim Authority decide on what others put to them."""


def kinds(*names: AgencyKind) -> frozenset[AgencyKind]:
    """A set of kinds, for the declaration of an event's issuers."""
    return frozenset(names)


def kind_named_by(agency: AgencyId) -> AgencyKind | None:
    """The kind that an agency's id names, or None."""
    return next((kind for kind in AgencyKind if is_named_as(agency, kind)), None)


def is_named_as(agency: AgencyId, kind: AgencyKind) -> bool:
    """True if an agency's id names this kind. It is used for an agency that has not yet issued an event of the case."""
    return agency == kind or agency.startswith(f"{kind}-")
