"""The past of one case in one agency's store: its events folded again, up to a stop, and when each came. It reads the
rows of that case alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.errors import SealError
from bus.replay.moment import Moment, version_at
from bus.replica.stored import FoldedEvent, fold_stored
from bus.sealing.content import ContentKey, kid_of
from bus.sealing.keyring import Keyring
from bus.store import Store
from contracts.event.case_event import EVENTS
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import COMPARTMENTS, Part

Section = tuple[int, Part]
"""A section of an event: the event's version, and the part that it lies in."""


@dataclass(frozen=True)
class Stored:
    """Everything that an agency's store holds of one case.

    Attributes:
        case_id: the case.
        agency: the agency whose store it is.
        envelopes: the events, in the order of the chain.
        received: when each event was received, by version; an event of an older store is missing.
        keys: the keys of the case's parts.
        came: when each of these keys came, or None: an older store did not keep it.
        erased: the erasure requests for which the keys were destroyed.
        given: the keys that this agency granted: (compartment, kid, recipient).
    """

    case_id: str
    agency: AgencyId
    envelopes: Sequence[Envelope]
    received: Mapping[int, datetime]
    keys: Mapping[ContentKey, datetime | None]
    erased: frozenset[str]
    given: frozenset[tuple[str, str, str]]

    @classmethod
    async def read(cls, case_id: str, agency: AgencyId, store: Store, keyring: Keyring) -> Stored:
        """Read a case from a store; one that is not there has no envelopes. Raises DamagedCaseError or StoreError."""
        envelopes = await store.envelopes(case_id)
        received = await store.received(case_id)
        first: dict[tuple[str, str], datetime] = {}
        for (compartment, kid, _), at in (await store.keys_came(case_id)).items():
            first[compartment, kid] = min(at, first.get((compartment, kid), at))
        keys = await keyring.of(case_id)
        return cls(
            case_id,
            agency,
            envelopes,
            {e.version: received[e.version, e.hash] for e in envelopes if (e.version, e.hash) in received},
            {key: first.get((key.compartment, key.kid)) for key in keys},
            await store.erased(case_id),
            frozenset(await store.given_keys(case_id)),
        )

    @property
    def recorded(self) -> Sequence[datetime]:
        """When each event was recorded, by the clock of its issuer."""
        return [each.recorded_at for each in self.envelopes]

    def came_here(self) -> Sequence[datetime]:
        """When each event was here: received, or, where that is not known, recorded."""
        return [self.received.get(each.version, each.recorded_at) for each in self.envelopes]

    def opened_at(self, version: int, part: Part) -> datetime | None:
        """When this agency could open a section of an event; None: it cannot, or it is not known."""
        kid, came = self.kid(version, part), self.received.get(version)
        keys = [at for key, at in self.keys.items() if key.kid == kid and COMPARTMENTS[key.compartment] is part]
        if kid is None or came is None or not keys or None in keys:
            return came if kid is None and self.lies_in(version, part) else None
        return max(came, min(at for at in keys if at is not None))

    def lies_in(self, version: int, part: Part) -> bool:
        """Whether an event has a section in a part."""
        envelope = self.envelopes[version - 1]
        return part is Part.CORE or (part is part_of_details(envelope) and envelope.sections[1] is not None)

    def kid(self, version: int, part: Part) -> str | None:
        """The id of the key under which a section is sealed; None where there is none, or it is not sealed."""
        envelope = self.envelopes[version - 1]
        if not envelope.sealed or not self.lies_in(version, part):
            return None
        section = envelope.sections[part is not Part.CORE]
        try:
            return None if section is None else kid_of(section)
        except SealError:
            return None


def part_of_details(envelope: Envelope) -> Part:
    """The part in which the details of an event in sections lie."""
    event = EVENTS.get(envelope.event_name)
    return Part.CORE if event is None or not envelope.in_sections else event.part


@dataclass(frozen=True)
class Past:
    """A case folded again from its first event up to a version.

    Attributes:
        stored: everything that the store holds of it.
        events: the folded events.
        known_at: None: with all keys that the store holds now; else only with those that had come by then.
    """

    stored: Stored
    events: Sequence[FoldedEvent]
    known_at: datetime | None = None

    @property
    def case(self) -> CaseReplica:
        """The case after the last of these events."""
        return self.events[-1].case

    @property
    def views(self) -> Sequence[CaseView]:
        """The view at each version, from version 0, with everything that the store opens."""
        return [self.events[0].before.state, *(each.case.state for each in self.events)]

    @property
    def held(self) -> frozenset[tuple[str, str]]:
        """The keys with which it was folded: (compartment, kid)."""
        return frozenset((key.compartment, key.kid) for key in _by(self.stored, self.known_at))

    def opens(self, version: int, part: Part) -> bool:
        """Whether the store held the key of a section; a section that is not sealed opens to everybody."""
        kid = self.stored.kid(version, part)
        return kid is None or (part.compartment, kid) in self.held


async def past(stored: Stored, directory: Directory, version: int, known_at: datetime | None = None) -> Past:
    """Fold the first events of a case, up to a version, with the keys that the store holds, or held at a moment.

    A key of which nobody knows when it came counts as held. Raises DamagedCaseError.
    """
    keys = _by(stored, known_at)
    case = CaseReplica.unopened(stored.case_id, keys, frozenset() if keys else stored.erased, stored.agency)
    events = [each async for each in fold_stored(case, stored.envelopes[:version], directory)]
    return Past(stored, events, known_at)


def stop(stored: Stored, wanted: Moment | None, now: datetime, *, here: bool, parameter: str = "at") -> int:
    """The version at which to stop. `wanted` None: the newest. Raises ReplayError.

    `here`: by when the events were received here; otherwise, by when they were recorded.
    """
    times = stored.came_here() if here else stored.recorded
    return len(times) if wanted is None else version_at(wanted, times, now, parameter)


def _by(stored: Stored, known_at: datetime | None) -> tuple[ContentKey, ...]:
    return tuple(key for key, came in stored.keys.items() if known_at is None or came is None or came <= known_at)
