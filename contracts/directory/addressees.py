"""Addressees: an event that asks an agency to act names one that is there to be asked (R24), or one outside (R33).

Replicas judge an event without asking the directory, so that all agree however far their directories have come. The
service that issues it asks the directory first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.directory.entry import AgencyEntry
from contracts.directory.view import DirectoryView
from contracts.event.case_event import CaseEvent
from contracts.law.rule import NOT_IN_THE_SOURCES, stated
from contracts.vocabulary.agencies import AgencyId, AgencyKind

addressee_is_there = stated(
    "R24",
    en="An event that asks an agency to act names one that is on the bus, is not suspended and can do what is asked.",
    sv="En händelse som ber en aktör att göra något anger en som är ansluten, inte avstängd och kan göra det.",
    source=f"{NOT_IN_THE_SOURCES}: a message to nobody must not look like help on its way.",
)


asked_outside_only_from_outside = stated(
    "R33",
    en="Only an agency that the directory does not have is asked outside the bus, and only one that is known to exist.",
    sv="Bara en aktör som inte finns i katalogen tillfrågas utanför bussen, och bara en som man vet finns.",
    source=f"{NOT_IN_THE_SOURCES}: an agency on the bus answers itself, one that is suspended is not asked past its "
    "suspension, and a message to nobody must not look like help on its way.",
)


class Obstacle(StrEnum):
    """Why an agency cannot be asked."""

    NOT_ADMITTED = "not-admitted"
    SUSPENDED = "suspended"
    WRONG_KIND = "wrong-kind"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An agency that an event asks in vain, and the kinds that could do what it asks."""

    agency: AgencyId
    obstacle: Obstacle
    kinds: frozenset[AgencyKind]


def unreachable(event: CaseEvent, directory: DirectoryView) -> Unreachable | None:
    """The first agency that the event asks in vain; None when the directory has all of them."""
    for agency, kinds in event.addressees().items():
        obstacle = _obstacle(agency, kinds, directory)
        if obstacle is not None:
            return Unreachable(agency, obstacle, kinds)
    return None


def on_the_bus(event: CaseEvent, directory: DirectoryView) -> AgencyEntry | None:
    """The first agency that the event asks outside the bus although the directory has it, suspended or not (R33)."""
    return next((entry for each in sorted(event.outsiders()) if (entry := directory.entry(each)) is not None), None)


def _obstacle(agency: AgencyId, kinds: frozenset[AgencyKind], directory: DirectoryView) -> Obstacle | None:
    entry = directory.entry(agency)
    if entry is None:
        return Obstacle.NOT_ADMITTED
    if entry.suspended:
        return Obstacle.SUSPENDED
    return None if entry.kind in kinds else Obstacle.WRONG_KIND
