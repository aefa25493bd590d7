"""The effect of each event on the directory, and the fold of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from contracts.directory.entry import (
    AgencyEntry,
    Capacity,
    Certification,
    Delegation,
    SealingKeyEntry,
    SigningKeyEntry,
    same_places,
)
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    CapacityAnnounced,
    DelegateNamed,
    DirectoryEvent,
    ProviderCertified,
    TrainingHeld,
)
from contracts.directory.objections import objection
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.vocabulary.agencies import AgencyId

D_ = TypeVar("D_", bound=DirectoryEvent)

Folding = Callable[[DirectoryView, D_, Provenance], DirectoryView]

_FOLDINGS: Final[dict[type[DirectoryEvent], Folding[Any]]] = {}


def _folds(event: type[D_]) -> Callable[[Folding[D_]], Folding[D_]]:
    def register(folding: Folding[D_]) -> Folding[D_]:
        _FOLDINGS[event] = folding
        return folding

    return register


def evolve_directory(directory: DirectoryView, event: DirectoryEvent, by: Provenance) -> DirectoryView:
    """The directory after an event that `objection` allowed: the event's effect applied, and the version one higher."""
    changed = _FOLDINGS[type(event)](directory, event, by)
    # Build a new view: a copy would keep the cached lookups of the old one.
    return DirectoryView(
        version=directory.version + 1,
        agencies=tuple(changed.agencies),
        trainings=tuple(changed.trainings),
        delegations=tuple(changed.delegations),
    )


def fold_directory(events: Iterable[tuple[DirectoryEvent, Provenance]]) -> DirectoryView:
    """The directory after these events, in order. An event to which there is an objection changes nothing."""
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
        keys=(SigningKeyEntry(id=event.key_id, public_key=event.public_key, valid_from=event.occurred_at),),
        sealing_keys=(SealingKeyEntry(public_key=event.sealing_key, valid_from=event.occurred_at),),
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
            new = SigningKeyEntry(id=event.key_id, public_key=event.public_key, valid_from=event.valid_from)
            old = entry.current_key.model_copy(update={"valid_until": event.valid_from})
            rotated["keys"] = (*entry.keys[:-1], old, new)
        if event.sealing_key is not None:
            sealing = SealingKeyEntry(public_key=event.sealing_key, valid_from=event.valid_from)
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
        return {"capacities": (*(c for c in entry.capacities if not same_places(c, capacity)), capacity)}

    return _changed(directory, by.agency, announce)


@_folds(DelegateNamed)
def _delegate_named(directory: DirectoryView, event: DelegateNamed, by: Provenance) -> DirectoryView:
    others = tuple(each for each in directory.delegations if each.agency != event.agency)
    if event.delegate is None:
        return directory.model_copy(update={"delegations": others})
    named = Delegation(agency=event.agency, delegate=event.delegate, phone=event.phone, since=event.occurred_at)
    return directory.model_copy(update={"delegations": (*others, named)})


@_folds(TrainingHeld)
def _trained(directory: DirectoryView, event: TrainingHeld, by: Provenance) -> DirectoryView:
    return directory.model_copy(update={"trainings": (*directory.trainings, event)})


def _changed(
    directory: DirectoryView, agency: AgencyId, change: Callable[[AgencyEntry], Mapping[str, object]]
) -> DirectoryView:
    agencies = tuple(
        entry.model_copy(update=change(entry)) if entry.agency == agency else entry for entry in directory.agencies
    )
    return directory.model_copy(update={"agencies": agencies})
