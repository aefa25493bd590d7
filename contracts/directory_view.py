"""What the directory says at one version: a pure fold of its events, and what may not become one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar

from contracts.agencies import COORDINATOR, AgencyId, AgencyKind
from contracts.directory import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    CapacityAnnounced,
    DirectoryEvent,
    KeyId,
    ProviderCertified,
    PublicKey,
    TrainingHeld,
)
from contracts.event import EventId, Fact, Provenance
from contracts.rules import NOT_IN_THE_SOURCES, Missing, missing, stated
from contracts.vocabulary import MunicipalityCode, RegionCode, Service

coordinator_keeps_the_directory = stated(
    "R23",
    en="The national coordinator says who is on the bus; a provider says how many places it has free.",
    sv="Den nationella samordnaren anger vilka som är anslutna; en stödgivare anger hur många platser den har lediga.",
    source=f"{NOT_IN_THE_SOURCES}: every receiver must be able to tell whose word an event is.",
)


class Key(Fact):
    """A signing key and from when it is the agency's."""

    id: KeyId
    public_key: PublicKey
    valid_from: datetime
    valid_until: datetime | None = None


class Certification(Fact):
    """A provider's certificate; its id is that of the event which gave it."""

    id: EventId
    services: tuple[Service, ...]
    valid_from: date
    valid_until: date

    def in_force(self, on: date) -> bool:
        """Whether it covers this day."""
        return self.valid_from <= on <= self.valid_until


class Capacity(Fact):
    """How many places a provider has free for a service, and when it said so."""

    service: Service
    places: int
    region: RegionCode
    municipality: MunicipalityCode | None
    takes_children: bool
    announced_at: datetime


class AgencyEntry(Fact):
    """What the directory knows of one agency."""

    agency: AgencyId
    kind: AgencyKind
    name: str
    duties: tuple[str, ...]
    municipality: MunicipalityCode | None
    region: RegionCode | None
    keys: tuple[Key, ...]
    certifications: tuple[Certification, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    suspended_from: datetime | None = None

    def active(self, at: datetime) -> bool:
        """Whether what it says at this moment is believed."""
        return self.suspended_from is None or at < self.suspended_from

    def certification(self, on: date) -> Certification | None:
        """The certificate in force on this day that lasts longest, if any."""
        in_force = (each for each in self.certifications if each.in_force(on))
        return max(in_force, key=lambda each: each.valid_until, default=None)


class DirectoryView(Fact):
    """The directory at one version, folded from its events."""

    version: int = 0
    agencies: tuple[AgencyEntry, ...] = ()
    trainings: tuple[TrainingHeld, ...] = ()

    def entry(self, agency: AgencyId) -> AgencyEntry | None:
        """What is known of an agency, if it is admitted."""
        return next((each for each in self.agencies if each.agency == agency), None)

    def certifies(self, agency: AgencyId, certificate: EventId, on: date) -> bool:
        """Whether a certificate that an acceptance names is this agency's and in force on this day (R15)."""
        entry = self.entry(agency)
        return entry is not None and any(each.id == certificate and each.in_force(on) for each in entry.certifications)

    def with_capacity(
        self, service: Service, at: datetime, *, region: RegionCode | None = None, for_child: bool = False
    ) -> tuple[AgencyEntry, ...]:
        """Active agencies that have announced free places for a service, those with most places first."""
        found = [
            (capacity.places, entry)
            for entry in self.agencies
            if entry.active(at)
            for capacity in entry.capacities
            if capacity.service is service
            and capacity.places > 0
            and region in (None, capacity.region)
            and (capacity.takes_children or not for_child)
        ]
        return tuple(entry for _, entry in sorted(found, key=lambda each: (-each[0], each[1].agency)))


D_ = TypeVar("D_", bound=DirectoryEvent)
Folding = Callable[[DirectoryView, D_, Provenance], DirectoryView]

_FOLDINGS: Final[dict[type[DirectoryEvent], Folding[Any]]] = {}


def _folds(event: type[D_]) -> Callable[[Folding[D_]], Folding[D_]]:
    def register(folding: Folding[D_]) -> Folding[D_]:
        _FOLDINGS[event] = folding
        return folding

    return register


def evolve_directory(directory: DirectoryView, event: DirectoryEvent, by: Provenance) -> DirectoryView:
    """The directory after an event that `objection` let through: its effect, and the next version."""
    changed = _FOLDINGS[type(event)](directory, event, by)
    return changed.model_copy(update={"version": directory.version + 1})


def fold_directory(events: Iterable[tuple[DirectoryEvent, Provenance]]) -> DirectoryView:
    """The directory after these events, in order; one to which there is an objection changes nothing."""
    directory = DirectoryView()
    for event, by in events:
        if objection(directory, event, by) is None:
            directory = evolve_directory(directory, event, by)
    return directory


@_folds(AgencyAdmitted)
def _admitted(directory: DirectoryView, event: AgencyAdmitted, by: Provenance) -> DirectoryView:
    entry = AgencyEntry(
        agency=event.agency,
        kind=event.kind,
        name=event.name,
        duties=event.duties,
        municipality=event.municipality,
        region=event.region,
        keys=(Key(id=event.key_id, public_key=event.public_key, valid_from=event.occurred_at),),
    )
    return directory.model_copy(update={"agencies": (*directory.agencies, entry)})


@_folds(AgencyDutiesChanged)
def _duties_changed(directory: DirectoryView, event: AgencyDutiesChanged, by: Provenance) -> DirectoryView:
    return _changed(directory, event.agency, lambda entry: {"duties": event.duties})


@_folds(AgencyKeyRotated)
def _rotated(directory: DirectoryView, event: AgencyKeyRotated, by: Provenance) -> DirectoryView:
    new = Key(id=event.key_id, public_key=event.public_key, valid_from=event.valid_from)

    def rotate(entry: AgencyEntry) -> Mapping[str, object]:
        old = (
            key.model_copy(update={"valid_until": event.valid_from}) if key.id == event.replaces else key
            for key in entry.keys
        )
        return {"keys": (*old, new)}

    return _changed(directory, event.agency, rotate)


@_folds(AgencySuspended)
def _suspended(directory: DirectoryView, event: AgencySuspended, by: Provenance) -> DirectoryView:
    return _changed(directory, event.agency, lambda entry: {"suspended_from": event.suspended_from})


@_folds(ProviderCertified)
def _certified(directory: DirectoryView, event: ProviderCertified, by: Provenance) -> DirectoryView:
    certification = Certification(
        id=by.event_id, services=event.services, valid_from=event.valid_from, valid_until=event.valid_until
    )
    return _changed(directory, event.agency, lambda entry: {"certifications": (*entry.certifications, certification)})


@_folds(CapacityAnnounced)
def _announced(directory: DirectoryView, event: CapacityAnnounced, by: Provenance) -> DirectoryView:
    capacity = Capacity(
        service=event.service,
        places=event.places,
        region=event.region,
        municipality=event.municipality,
        takes_children=event.takes_children,
        announced_at=event.occurred_at,
    )

    def announce(entry: AgencyEntry) -> Mapping[str, object]:
        return {"capacities": (*(c for c in entry.capacities if not _same_places(c, capacity)), capacity)}

    return _changed(directory, by.agency, announce)


@_folds(TrainingHeld)
def _trained(directory: DirectoryView, event: TrainingHeld, by: Provenance) -> DirectoryView:
    return directory.model_copy(update={"trainings": (*directory.trainings, event)})


def _same_places(one: Capacity, other: Capacity) -> bool:
    return (one.service, one.region, one.municipality) == (other.service, other.region, other.municipality)


def _changed(
    directory: DirectoryView, agency: AgencyId, change: Callable[[AgencyEntry], Mapping[str, object]]
) -> DirectoryView:
    agencies = tuple(
        entry.model_copy(update=change(entry)) if entry.agency == agency else entry for entry in directory.agencies
    )
    return directory.model_copy(update={"agencies": agencies})


def objection(directory: DirectoryView, event: DirectoryEvent, by: Provenance) -> Missing | None:
    """What keeps an event from being true of the directory; the first event admits the national coordinator itself."""
    if by.kind not in event.issuers:
        name = type(event).__name__
        return missing(
            f"{name} is outside the mandate of an agency of the kind {by.kind}.",
            f"{name} ligger utanför uppdraget för en aktör av slaget {by.kind}.",
            *sorted(event.issuers),
        )
    if by.kind is AgencyKind.COORDINATOR and by.agency != COORDINATOR:
        return missing(
            "Only the national coordinator keeps the directory.",
            "Endast den nationella samordnaren för katalogen.",
            COORDINATOR,
        )
    about = by.agency if isinstance(event, CapacityAnnounced | TrainingHeld) else getattr(event, "agency", by.agency)
    known = directory.entry(about)
    if isinstance(event, AgencyAdmitted):
        if known is not None:
            return missing(f"{about} is already admitted.", f"{about} är redan ansluten.", COORDINATOR)
        return None
    if known is None:
        return missing(f"{about} is not admitted.", f"{about} är inte ansluten.", COORDINATOR)
    if isinstance(event, AgencyKeyRotated) and event.replaces not in {key.id for key in known.keys}:
        return missing("There is no such key to replace.", "Det finns ingen sådan nyckel att ersätta.", about)
    if isinstance(event, AgencySuspended) and known.suspended_from is not None:
        return missing(f"{about} is already suspended.", f"{about} är redan avstängd.", COORDINATOR)
    return None
