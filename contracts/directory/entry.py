"""One agency in the directory: its keys, its duties, its certificates, its free places, its suspension."""

from __future__ import annotations

from datetime import date, datetime

from contracts.directory.events import (
    CapacityAnnounced,
    Duty,
    KeyId,
    PublicKey,
    SealingPublicKey,
)
from contracts.event.fact import EventId, Fact
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import MunicipalityCode, RegionCode


class SigningKeyEntry(Fact):
    """A signing key of an agency, and from when it is valid; the current key has no `valid_until`."""

    id: KeyId
    public_key: PublicKey
    valid_from: datetime
    valid_until: datetime | None = None


class SealingKeyEntry(Fact):
    """A public key to which case keys are sealed for the agency; the current key has no `valid_until`."""

    public_key: SealingPublicKey
    valid_from: datetime
    valid_until: datetime | None = None


class Certification(Fact):
    """A provider's certificate; its id is that of the event which gave it."""

    id: EventId
    services: tuple[Service, ...]
    valid_from: date
    valid_until: date

    def in_force(self, on: date) -> bool:
        """True if the certificate covers this day."""
        return self.valid_from <= on <= self.valid_until


class Capacity(Fact):
    """The number of free places that a provider has announced for a service, and when it did so."""

    service: Service
    places: int
    region: RegionCode
    municipality: MunicipalityCode | None
    takes_children: bool
    announced_at: datetime


class AgencyEntry(Fact):
    """One agency in the directory."""

    agency: AgencyId
    kind: AgencyKind
    name: str
    duties: tuple[Duty, ...]
    municipality: MunicipalityCode | None
    region: RegionCode | None
    keys: tuple[SigningKeyEntry, ...]
    sealing_keys: tuple[SealingKeyEntry, ...]
    certifications: tuple[Certification, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    suspended_from: datetime | None = None

    @property
    def suspended(self) -> bool:
        """True if replicas believe no new event of the agency at this place in the log."""
        return self.suspended_from is not None

    def active(self, at: datetime) -> bool:
        """True if the agency is not suspended at this moment, so that others can turn to it."""
        return self.suspended_from is None or at < self.suspended_from

    def key(self, key_id: KeyId) -> SigningKeyEntry | None:
        """The agency's signing key with this id, current or replaced; None when it never had one."""
        return next((key for key in self.keys if key.id == key_id), None)

    @property
    def current_key(self) -> SigningKeyEntry:
        """The key with which the agency signs now."""
        return self.keys[-1]

    @property
    def current_sealing_key(self) -> SealingKeyEntry:
        """The public key to which case keys are sealed for the agency now."""
        return self.sealing_keys[-1]

    def certification(self, on: date) -> Certification | None:
        """The certificate in force on this day that lasts longest, if any."""
        in_force = (each for each in self.certifications if each.in_force(on))
        return max(in_force, key=lambda each: each.valid_until, default=None)


class Delegation(Fact):
    """An agency on the bus that receives for one that is not, the number at which it is reached, and since when."""

    agency: AgencyId
    delegate: AgencyId
    phone: str | None
    since: datetime


def same_places(one: Capacity | CapacityAnnounced, other: Capacity) -> bool:
    """True if both are about the same service in the same area, so that the later one replaces the earlier one."""
    return (one.service, one.region, one.municipality) == (other.service, other.region, other.municipality)
