"""The directory at one version: the admitted agencies with their keys and duties, and which events are believed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from contracts.directory.entry import AgencyEntry, Delegation
from contracts.directory.events import (
    KeyId,
    TrainingHeld,
)
from contracts.event.fact import EventId, Fact
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import RegionCode


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
    delegations: tuple[Delegation, ...] = ()

    def entry(self, agency: AgencyId) -> AgencyEntry | None:
        """The entry of an agency, or None when it is not admitted."""
        return self._by_agency.get(agency)

    def doubt(self, agency: AgencyId, key_id: KeyId, duty: str) -> Doubt | None:
        """Why nobody may believe an event of the name `duty` that this agency signed with this key; None when all may.

        The answer depends on the event's place in the log, that is, on the rotations and suspensions that this view has
        folded. It never depends on a time that an agency states.
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
        """The agency that has or had this signing key, or None. Two agencies never have the same key."""
        return self._by_key.get(key_id)

    def can_be_asked(self, agency: AgencyId | None) -> bool:
        """True if the agency is admitted and not suspended."""
        entry = None if agency is None else self.entry(agency)
        return entry is not None and not entry.suspended

    def delegation(self, agency: AgencyId) -> Delegation | None:
        """The delegation by which another agency receives for this one.

        None when this agency can be asked itself, when none is named, or when the delegate cannot be asked.
        """
        found = next((each for each in self.delegations if each.agency == agency), None)
        if found is None or self.can_be_asked(agency) or not self.can_be_asked(found.delegate):
            return None
        return found

    @cached_property
    def _by_agency(self) -> dict[AgencyId, AgencyEntry]:
        return {entry.agency: entry for entry in self.agencies}

    @cached_property
    def _by_key(self) -> dict[KeyId, AgencyEntry]:
        return {key.id: entry for entry in self.agencies for key in entry.keys}

    def certifies(self, agency: AgencyId, certificate: EventId, on: date) -> bool:
        """True if the agency has this certificate and it is in force on this day (R15)."""
        entry = self.entry(agency)
        return entry is not None and any(each.id == certificate and each.in_force(on) for each in entry.certifications)

    def with_capacity(
        self, service: Service, at: datetime, *, region: RegionCode | None = None, for_child: bool = False
    ) -> tuple[AgencyEntry, ...]:
        """The agencies active at `at` that have announced free places for a service, those with most places first.

        Args:
            service: the service that is needed.
            at: the moment (UTC); agencies that are suspended by then are left out.
            region: only places in this county; None: in any.
            for_child: only places that take children.
        """
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
