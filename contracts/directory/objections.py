"""Objections: the reasons why an agency may not issue an event of the directory (R23)."""

from __future__ import annotations

from typing import Final

from contracts.directory.entry import AgencyEntry, same_places
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyKeyRotated,
    CapacityAnnounced,
    DelegateNamed,
    DirectoryEvent,
    KeyId,
    TrainingHeld,
)
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, missing, stated
from contracts.vocabulary.agencies import COORDINATOR, AgencyKind

MOST_PLACES: Final = 1000
"""The most announcements of one provider that can be in force at a time: three for each service in each county."""

coordinator_keeps_the_directory = stated(
    "R23",
    en="The national coordinator says who is on the bus; a provider says how many places it has free.",
    sv="Den nationella samordnaren anger vilka som är anslutna; en stödgivare anger hur många platser den har lediga.",
    source=f"{NOT_IN_THE_SOURCES}: every receiver must be able to tell whose word an event is.",
)


def objection(directory: DirectoryView, event: DirectoryEvent, by: Provenance) -> Missing | None:
    """The reason why the agency may not issue the event, or None.

    The first event of a directory admits the national coordinator, which issues it itself.
    """
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
    if isinstance(event, DelegateNamed):
        return _no_delegate(directory, event)
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


def _no_delegate(directory: DirectoryView, event: DelegateNamed) -> Missing | None:
    """Object to a delegate who is not there, and to one for an agency that is there itself."""
    if event.delegate is None:
        return None
    if directory.can_be_asked(event.agency):
        return missing(f"{event.agency} is on the bus itself.", f"{event.agency} är själv ansluten.", event.agency)
    if directory.can_be_asked(event.delegate):
        return None
    return missing(
        f"{event.delegate} is not on the bus, or is suspended.",
        f"{event.delegate} är inte ansluten, eller är avstängd.",
        COORDINATOR,
    )


def _too_many_places(entry: AgencyEntry, event: CapacityAnnounced) -> Missing | None:
    """Object when a provider has `MOST_PLACES` announcements and this one is new, so that nobody fills the directory.

    A provider may always replace an announcement that it has made.
    """
    if len(entry.capacities) < MOST_PLACES or any(same_places(event, each) for each in entry.capacities):
        return None
    return missing(
        f"{entry.agency} has announced places for {MOST_PLACES} services and areas.",
        f"{entry.agency} har angett platser för {MOST_PLACES} insatser och områden.",
        entry.agency,
    )


def _taken_key(directory: DirectoryView, key_id: KeyId | None) -> Missing | None:
    """Object to a signing key that any agency has or had: a replaced key never becomes valid again."""
    owner = None if key_id is None else directory.owner(key_id)
    if owner is None:
        return None
    return missing(
        f"The key is or was that of {owner.agency}.", f"Nyckeln är eller var {owner.agency}s.", "a new pair of keys"
    )
