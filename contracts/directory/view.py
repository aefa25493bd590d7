"""What the directory says at one version: a pure fold of its events, and what may not become one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, TypeVar

from contracts.directory.entry import AgencyEntry, Capacity, Certification, Key, SealingKey
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    CapacityAnnounced,
    DirectoryEvent,
    KeyId,
    ProviderCertified,
    TrainingHeld,
)
from contracts.event.case_event import EventId, Fact, Provenance
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, missing, stated
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, AgencyKind
from contracts.vocabulary.choices import RegionCode, Service

__all__ = [
    "AgencyEntry",
    "DirectoryView",
    "Doubt",
    "coordinator_keeps_the_directory",
    "evolve_directory",
    "fold_directory",
    "objection",
]

MOST_PLACES: Final = 1000
"""The most announcements of one provider that stand at a time: three for each service in each county."""

coordinator_keeps_the_directory = stated(
    "R23",
    en="The national coordinator says who is on the bus; a provider says how many places it has free.",
    sv="Den nationella samordnaren anger vilka som är anslutna; en stödgivare anger hur många platser den har lediga.",
    source=f"{NOT_IN_THE_SOURCES}: every receiver must be able to tell whose word an event is.",
)


class Doubt(StrEnum):
    """Why a message has no authority at its place in the log."""

    NOT_ADMITTED = "not-admitted"
    SUSPENDED = "suspended"
    UNKNOWN_KEY = "unknown-key"
    REPLACED_KEY = "replaced-key"
    OUTSIDE_ITS_DUTIES = "outside-its-duties"


class DirectoryView(Fact):
    """The directory at one version, folded from its events. Agencies stand in the order of their admission."""

    version: int = 0
    agencies: tuple[AgencyEntry, ...] = ()
    trainings: tuple[TrainingHeld, ...] = ()

    def entry(self, agency: AgencyId) -> AgencyEntry | None:
        """What is known of an agency, if it is admitted."""
        return self._by_agency.get(agency)

    def doubt(self, agency: AgencyId, key_id: KeyId, duty: str) -> Doubt | None:
        """Why an event of this name, signed by this agency with this key, is not to be believed; None when it is.

        Judged by place in the log, never by a time that somebody states: what counts is which rotations and suspensions
        are folded already.
        """
        entry = self.entry(agency)
        if entry is None:
            return Doubt.NOT_ADMITTED
        if entry.suspended:
            return Doubt.SUSPENDED
        if entry.key(key_id) is None:
            return Doubt.UNKNOWN_KEY
        if key_id != entry.current_key.id:
            return Doubt.REPLACED_KEY
        return None if duty in entry.duties else Doubt.OUTSIDE_ITS_DUTIES

    def owner(self, key_id: KeyId) -> AgencyEntry | None:
        """The agency that has or had this signing key; no key is ever two agencies'."""
        return self._by_key.get(key_id)

    @cached_property
    def _by_agency(self) -> dict[AgencyId, AgencyEntry]:
        return {entry.agency: entry for entry in self.agencies}

    @cached_property
    def _by_key(self) -> dict[KeyId, AgencyEntry]:
        return {key.id: entry for entry in self.agencies for key in entry.keys}

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
    # A new view, not a copy: a copy would keep what was looked up in the old one.
    return DirectoryView(
        version=directory.version + 1, agencies=tuple(changed.agencies), trainings=tuple(changed.trainings)
    )


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
        sealing_keys=(SealingKey(public_key=event.sealing_key, valid_from=event.occurred_at),),
    )
    return directory.model_copy(update={"agencies": (*directory.agencies, entry)})


@_folds(AgencyDutiesChanged)
def _duties_changed(directory: DirectoryView, event: AgencyDutiesChanged, by: Provenance) -> DirectoryView:
    return _changed(directory, event.agency, lambda entry: {"duties": event.duties})


@_folds(AgencyKeyRotated)
def _rotated(directory: DirectoryView, event: AgencyKeyRotated, by: Provenance) -> DirectoryView:
    def rotate(entry: AgencyEntry) -> Mapping[str, object]:
        rotated: dict[str, object] = {}
        if event.key_id is not None and event.public_key is not None:
            new = Key(id=event.key_id, public_key=event.public_key, valid_from=event.valid_from)
            old = entry.current_key.model_copy(update={"valid_until": event.valid_from})
            rotated["keys"] = (*entry.keys[:-1], old, new)
        if event.sealing_key is not None:
            sealing = SealingKey(public_key=event.sealing_key, valid_from=event.valid_from)
            before = entry.current_sealing_key.model_copy(update={"valid_until": event.valid_from})
            rotated["sealing_keys"] = (*entry.sealing_keys[:-1], before, sealing)
        return rotated

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


def _same_places(one: Capacity | CapacityAnnounced, other: Capacity) -> bool:
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
        return _taken_key(directory, event.key_id)
    if known is None:
        return missing(f"{about} is not admitted.", f"{about} är inte ansluten.", COORDINATOR)
    if known.suspended:
        return missing(f"{about} is suspended.", f"{about} är avstängd.", COORDINATOR)
    if isinstance(event, CapacityAnnounced):
        return _too_many_places(known, event)
    if isinstance(event, AgencyKeyRotated):
        if event.replaces not in (None, known.current_key.id):
            return missing("There is no such key to replace.", "Det finns ingen sådan nyckel att ersätta.", about)
        return _taken_key(directory, event.key_id)
    return None


def _too_many_places(entry: AgencyEntry, event: CapacityAnnounced) -> Missing | None:
    """What keeps a provider from filling everybody's directory: it may always announce anew what it has announced."""
    if len(entry.capacities) < MOST_PLACES or any(_same_places(event, each) for each in entry.capacities):
        return None
    return missing(
        f"{entry.agency} has announced places for {MOST_PLACES} services and areas.",
        f"{entry.agency} har angett platser för {MOST_PLACES} insatser och områden.",
        entry.agency,
    )


def _taken_key(directory: DirectoryView, key_id: KeyId | None) -> Missing | None:
    """What is wrong with a new signing key: a key is one agency's, and once replaced it never comes back."""
    owner = None if key_id is None else directory.owner(key_id)
    if owner is None:
        return None
    return missing(
        f"The key is or was that of {owner.agency}.", f"Nyckeln är eller var {owner.agency}s.", "a new pair of keys"
    )
