"""The directory: who is on the bus and what is known of them that is not about any case.

Agencies with their keys and duties, certified providers (R15), places that shelters announce, trainings held: events
like those of a case, folded in `directory_view`; nothing here names or implies a victim.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.agencies import AgencyId, AgencyKind, Role, kinds
from contracts.event import Example, Moment, PublishedEvent, Text
from contracts.vocabulary import MunicipalityCode, RegionCode, Service

NATIONAL_COORDINATOR: Final = kinds(AgencyKind.COORDINATOR)
SHELTERING: Final = kinds(AgencyKind.NGO, AgencyKind.MUNICIPALITY)

DIRECTORY_EVENTS: Final[dict[str, type[DirectoryEvent]]] = {}
"""Every event about the directory in its current version, by name."""

PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""The 32 bytes of an Ed25519 public key, in base64."""

KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]

_KEY: Final = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqA="


class DirectoryEvent(PublishedEvent):
    """A fact about an agency, a provider or a training. Every concrete subclass is found in `DIRECTORY_EVENTS`."""

    def __init_subclass__(
        cls,
        *,
        issuers: frozenset[AgencyKind] = NATIONAL_COORDINATOR,
        role: Role = Role.DIRECTORY_KEEPER,
        version: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls._published(issuers, role, version)
        if DIRECTORY_EVENTS.setdefault(cls.__name__, cls) is not cls:
            raise TypeError(f"two events are named {cls.__name__}")


class SuspensionReason(StrEnum):
    """Why an agency is taken off the bus for a time."""

    KEY_LOST = "key-lost"
    MISUSE = "misuse"
    MANDATE_ENDED = "mandate-ended"
    AT_OWN_REQUEST = "at-own-request"
    OTHER = "other"


class Audience(StrEnum):
    """Whom a training was for."""

    POLICE = "police"
    PROSECUTORS = "prosecutors"
    MIGRATION = "migration"
    SOCIAL_SERVICES = "social-services"
    HEALTH_CARE = "health-care"
    CIVIL_SOCIETY = "civil-society"
    LABOUR_INSPECTORS = "labour-inspectors"
    COUNTIES_AND_MUNICIPALITIES = "counties-and-municipalities"
    OTHER = "other"


class AgencyAdmitted(DirectoryEvent):
    """The national coordinator admits an agency, with its kind, its first key and the events that it may issue."""

    agency: AgencyId
    kind: AgencyKind
    name: Annotated[str, Field(min_length=1, max_length=200)]
    key_id: KeyId
    public_key: PublicKey
    duties: Annotated[tuple[str, ...], Field(max_length=200)]
    municipality: MunicipalityCode | None = None
    region: RegionCode | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-01-15T09:00:00Z",
        "agency": "ngo-fyren",
        "kind": "ngo",
        "name": "Skyddat boende Fyren",
        "key_id": "fyren-2024",
        "public_key": _KEY,
        "duties": ["VictimDetected", "CaseReferred", "SupportProvided"],
        "region": "01",
    }


class AgencyDutiesChanged(DirectoryEvent):
    """An agency may issue these events from now on, and no others."""

    agency: AgencyId
    duties: Annotated[tuple[str, ...], Field(max_length=200)]

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-02T09:00:00Z",
        "agency": "ngo-fyren",
        "duties": ["VictimDetected", "CaseReferred", "SupportProvided", "ReturnRequested"],
    }


class AgencyKeyRotated(DirectoryEvent):
    """An agency signs with another key from a moment on; what it signed before stays signed."""

    agency: AgencyId
    key_id: KeyId
    public_key: PublicKey
    valid_from: Moment
    replaces: KeyId

    example: ClassVar[Example] = {
        "occurred_at": "2024-06-03T09:00:00Z",
        "agency": "ngo-fyren",
        "key_id": "fyren-2024b",
        "public_key": _KEY,
        "valid_from": "2024-06-04T00:00:00Z",
        "replaces": "fyren-2024",
    }


class AgencySuspended(DirectoryEvent):
    """From a moment on nothing new from the agency is believed; what it said before stands."""

    agency: AgencyId
    suspended_from: Moment
    reason: SuspensionReason
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-09-02T09:00:00Z",
        "agency": "ngo-fyren",
        "suspended_from": "2024-09-02T09:00:00Z",
        "reason": "at-own-request",
    }


class ProviderCertified(DirectoryEvent):
    """A provider may accept referrals within the National Support Programme until a last day (R15)."""

    agency: AgencyId
    services: Annotated[tuple[Service, ...], Field(min_length=1, max_length=14)]
    valid_from: date
    valid_until: date

    example: ClassVar[Example] = {
        "occurred_at": "2024-01-16T09:00:00Z",
        "agency": "ngo-fyren",
        "services": ["safe-accommodation", "counselling-and-guidance"],
        "valid_from": "2024-02-01",
        "valid_until": "2026-01-31",
    }

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.valid_until < self.valid_from:
            raise ValueError("ends before it starts")
        return self


class CapacityAnnounced(DirectoryEvent, issuers=SHELTERING, role=Role.CASEWORKER):
    """A provider says how many places it has free for a service; a later announcement takes the earlier one's place."""

    service: Service
    places: Annotated[int, Field(ge=0, le=500)]
    region: RegionCode
    municipality: Annotated[
        MunicipalityCode | None,
        Field(description="Left out where it would tell where a shelter is."),
    ] = None
    takes_children: bool = False

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T07:00:00Z",
        "service": "safe-accommodation",
        "places": 2,
        "region": "01",
        "takes_children": True,
    }

    @model_validator(mode="after")
    def _municipality_lies_in_region(self) -> Self:
        if self.municipality is not None and not self.municipality.startswith(self.region):
            raise ValueError("the municipality does not lie in the region")
        return self


class TrainingHeld(DirectoryEvent):
    """The coordinator has trained professionals."""

    topic: Text
    audience: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=9)]
    held_on: date
    participants: Annotated[int, Field(ge=1, le=100_000)]
    region: RegionCode | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-02-08T15:00:00Z",
        "topic": "Signs of labour exploitation, and whom to call.",
        "audience": ["labour-inspectors", "social-services"],
        "held_on": "2024-02-08",
        "participants": 42,
        "region": "12",
    }
