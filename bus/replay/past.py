"""The past of one case in one agency's store: its events folded again, up to a stop, and when each came. It reads the
rows of that case alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.case.case_replica import CaseReplica
from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.replay.moment import Moment, version_at
from bus.replay.times import ArrivalTimes, kid_in, section_of
from bus.replica.stored import FoldedEvent, fold_stored
from bus.sealing.content import ContentKey
from bus.sealing.keyring import Keyring
from bus.store import Store
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part

Section = tuple[int, Part]
"""A section of an event: the event's version, and the part that it lies in."""


@dataclass(frozen=True)
class StoredCase:
    """Everything that an agency's store holds of one case.

    Attributes:
        case_id: the case.
        agency: the agency whose store it is.
        envelopes: the events, in the order of the chain.
        times: when they were received, the keys of the case's parts, and when these came.
        erased: the erasure requests for which the keys were destroyed.
        given: the keys that this agency granted: (compartment, kid, recipient).
    """

    case_id: str
    agency: AgencyId
    envelopes: Sequence[Envelope]
    times: ArrivalTimes
    erased: frozenset[str]
    given: frozenset[tuple[str, str, str]]

    @classmethod
    async def read(cls, case_id: str, agency: AgencyId, store: Store, keyring: Keyring) -> StoredCase:
        """Read a case from a store; one that is not there has no envelopes. Raises DamagedCaseError or StoreError."""
        envelopes = await store.envelopes(case_id)
        return cls(
            case_id,
            agency,
            envelopes,
            await ArrivalTimes.read(case_id, store, keyring, (each.event_id for each in envelopes)),
            await store.erased(case_id),
            frozenset(await store.given_keys(case_id)),
        )

    @property
    def recorded(self) -> Sequence[datetime]:
        """When each event was recorded, by the clock of its issuer."""
        return [each.recorded_at for each in self.envelopes]

    @property
    def came_here(self) -> Sequence[datetime]:
        """When each event was here: received, or, where that is not known, recorded."""
        return [self.times.received_at(each) or each.recorded_at for each in self.envelopes]

    def lies_in(self, version: int, part: Part) -> bool:
        """Whether an event has a section in a part."""
        return section_of(self.envelopes[version - 1], part) is not None

    def kid(self, version: int, part: Part) -> str | None:
        """The id of the key under which a section is sealed; None where there is none, or it is not sealed.

        For a section under the key of an offer it is that of the key that this one follows from, if the store has it.
        """
        kid = kid_in(self.envelopes[version - 1], part)
        followed = None if kid is None else self.times.followed_from.get(kid)
        return kid if followed is None else followed.kid


@dataclass(frozen=True)
class PastCase:
    """A case folded again from its first event up to a version.

    Attributes:
        stored: everything that the store holds of it.
        events: the folded events.
        known_at: None: with all keys that the store holds now; else only with those that had come by then.
    """

    stored: StoredCase
    events: Sequence[FoldedEvent]
    known_at: datetime | None = None

    @property
    def case(self) -> CaseReplica:
        """The case after the last of these events."""
        return self.events[-1].case

    @property
    def views(self) -> Sequence[CaseView]:
        """The view at each version, from version 0 to the last one whose core the store opens."""
        known = self.case.state.version
        return [self.events[0].before.state, *(each.case.state for each in self.events[:known])]

    @property
    def held(self) -> frozenset[tuple[str, str]]:
        """The keys with which it was folded: (compartment, kid)."""
        return frozenset((key.compartment, key.kid) for key in _by(self.stored, self.known_at))

    def opens(self, version: int, part: Part) -> bool:
        """Whether the store held the key of a section; a section that is not sealed opens to everybody."""
        kid = self.stored.kid(version, part)
        return kid is None or (part.compartment, kid) in self.held


async def past(stored: StoredCase, directory: Directory, version: int, known_at: datetime | None = None) -> PastCase:
    """Fold the first events of a case, up to a version, with the keys that the store holds, or held at a moment.

    A key of which nobody knows when it came counts as held. Raises DamagedCaseError.
    """
    keys = _by(stored, known_at)
    case = CaseReplica.unopened(stored.case_id, keys, frozenset() if keys else stored.erased, stored.agency)
    events = [each async for each in fold_stored(case, stored.envelopes[:version], directory)]
    return PastCase(stored, events, known_at)


def stop(stored: StoredCase, wanted: Moment | None, now: datetime, *, here: bool, parameter: str = "at") -> int:
    """The version at which to stop. `wanted` None: the newest. Raises ReplayError.

    `here`: by when the events were received here; otherwise, by when they were recorded.
    """
    times = stored.came_here if here else stored.recorded
    return len(times) if wanted is None else version_at(wanted, times, now, parameter)


def _by(stored: StoredCase, known_at: datetime | None) -> tuple[ContentKey, ...]:
    return tuple(key for key, came in stored.times.keys.items() if known_at is None or came is None or came <= known_at)
