"""The events of the directory: who is on the bus, and facts about them that concern no case.

The directory holds agencies with their keys and duties, certified providers (R15), free places and trainings. Its
events are folded in `directory.evolution`; none of them names or implies a victim. The file has over 250 lines because
it is the complete list of directory events.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day, Moment
from contracts.event.fact import Example, Text
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import MunicipalityCode, RegionCode

NATIONAL_COORDINATOR: Final = kinds(AgencyKind.COORDINATOR)
SHELTERING: Final = kinds(AgencyKind.NGO, AgencyKind.MUNICIPALITY)

DIRECTORY_EVENTS: Final[dict[str, type[DirectoryEvent]]] = {}
"""Every event about the directory in its current version, by name."""

PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$")]
"""The 32 bytes of an Ed25519 public key, in base64."""

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""The name of a public key: the first 32 hexadecimal digits of the SHA-256 of its 32 bytes."""

SealingPublicKey = Annotated[str, Field(min_length=1624, max_length=1624, pattern=r"^[A-Za-z0-9+/]+[AQgw]==$")]
"""The 1,216 bytes of an HPKE public key (MLKEM768_X25519), in base64: case keys are sealed to it."""

Duty = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{2,62}$", examples=["VictimDetected"])]
"""The name of an event that an agency may issue."""


def key_id_of(public_key: PublicKey) -> KeyId:
    """The id of this public key."""
    return sha256(b64decode(public_key, validate=True)).hexdigest()[:32]


_KEY: Final = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqA="
_NEXT_KEY: Final = "k3bS1r0Z1mR5c2l1bm9ib2R5c2tleWF0YWxsaGVyZTE="
_SEALING_KEY: Final = b64encode(b"".join(sha256(bytes([n])).digest() for n in range(38))).decode()
"""A public key for the examples; nobody has its private key."""


class DirectoryEvent(PublishedEvent):
    """A fact about an agency, a provider or a training, for everybody on the bus to read.

    Every concrete subclass is found in `DIRECTORY_EVENTS`.
    """

    def __init_subclass__(
        cls,
        *,
        issuers: frozenset[AgencyKind] = NATIONAL_COORDINATOR,
        role: Role = Role.DIRECTORY_KEEPER,
        version: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls._published(issuers, role, version, sealed=False)
        if DIRECTORY_EVENTS.setdefault(cls.__name__, cls) is not cls:
            raise TypeError(f"two events are named {cls.__name__}")


class SuspensionReason(StrEnum):
    """Why an agency is taken off the bus."""

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


class AgencyAdmitted(DirectoryEvent, version=2):
    """The national coordinator admits an agency, with its kind, its first keys and the events that it may issue."""

    agency: AgencyId
    kind: AgencyKind
    name: Annotated[str, Field(min_length=1, max_length=200)]
    key_id: KeyId
    public_key: PublicKey
    sealing_key: SealingPublicKey
    duties: Annotated[tuple[Duty, ...], Field(max_length=200)]
    municipality: MunicipalityCode | None = None
    region: RegionCode | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-01-15T09:00:00Z",
        "agency": "ngo-fyren",
        "kind": "ngo",
        "name": "Skyddat boende Fyren",
        "key_id": key_id_of(_KEY),
        "public_key": _KEY,
        "sealing_key": _SEALING_KEY,
        "duties": ["VictimDetected", "CaseReferred", "SupportProvided"],
        "region": "01",
    }

    @model_validator(mode="after")
    def _key_is_named_after_itself(self) -> Self:
        if self.key_id != key_id_of(self.public_key):
            raise ValueError("the key id is not that of the public key")
        return self


class AgencyDutiesChanged(DirectoryEvent):
    """An agency may issue these events from now on, and no others."""

    agency: AgencyId
    duties: Annotated[tuple[Duty, ...], Field(max_length=200)]

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-02T09:00:00Z",
        "agency": "ngo-fyren",
        "duties": ["VictimDetected", "CaseReferred", "SupportProvided", "ReturnRequested"],
    }


class AgencyKeyRotated(DirectoryEvent):
    """An agency has another key to sign with, another one to seal to, or both; what it signed before stays signed.

    From its place in the log on the old signing key is not believed any more, whatever `valid_from` says.
    """

    agency: AgencyId
    key_id: KeyId | None = None
    public_key: PublicKey | None = None
    replaces: KeyId | None = None
    sealing_key: SealingPublicKey | None = None
    valid_from: Moment

    example: ClassVar[Example] = {
        "occurred_at": "2024-06-03T09:00:00Z",
        "agency": "ngo-fyren",
        "key_id": key_id_of(_NEXT_KEY),
        "public_key": _NEXT_KEY,
        "replaces": key_id_of(_KEY),
        "valid_from": "2024-06-03T09:00:00Z",
    }

    @model_validator(mode="after")
    def _some_key_is_whole(self) -> Self:
        signing = (self.key_id, self.public_key, self.replaces)
        if any(part is None for part in signing) and any(part is not None for part in signing):
            raise ValueError("a signing key takes key_id, public_key and replaces together")
        if self.public_key is None and self.sealing_key is None:
            raise ValueError("no key is rotated")
        if self.public_key is not None and self.key_id != key_id_of(self.public_key):
            raise ValueError("the key id is not that of the public key")
        return self


class AgencySuspended(DirectoryEvent):
    """Nothing new from the agency is believed from this place in the log on, for good; what it said before stands."""

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
    valid_from: Day
    valid_until: Day

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


class DelegateNamed(DirectoryEvent):
    """An agency on the bus receives for one that is not; a later event takes the earlier one's place.

    Without a delegate, nobody receives for the agency any more. Nothing that was said to the delegate changes.
    """

    agency: AgencyId
    delegate: AgencyId | None = None
    phone: Annotated[
        str | None,
        Field(pattern=r"^\+?[0-9][0-9 -]{1,28}[0-9]$", description="A public number at which the delegate is reached."),
    ] = None

    example: ClassVar[Example] = {
        "occurred_at": "2026-11-30T09:00:00Z",
        "agency": "municipality-1280",
        "delegate": "coordinator-syd",
        "phone": "010-123 45 67",
    }

    @model_validator(mode="after")
    def _delegate_is_another(self) -> Self:
        if self.delegate == self.agency:
            raise ValueError("an agency is no delegate of itself")
        if self.delegate is None and self.phone is not None:
            raise ValueError("the number is that of a delegate")
        return self


class TrainingHeld(DirectoryEvent):
    """The coordinator has trained professionals."""

    topic: Text
    audience: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=9)]
    held_on: Day
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
