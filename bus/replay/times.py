"""When an agency received events of a case, and when it could open them, by the rows that its store keeps.

A row is written in the transaction that takes the event or the key. A store from before these rows has none: then it is
unknown. A store that was rebuilt from the log received the events again, and says when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bus.envelope.envelope import Envelope
from bus.errors import SealError
from bus.sealing.content import ContentKey, kid_of, open_with
from bus.sealing.keyring import Keyring
from bus.store import Store
from contracts.event.case_event import EVENTS
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part


@dataclass(frozen=True)
class ArrivalTimes:
    """The times of some events of one case at one agency.

    `received`: when each event was received, by version and hash. `keys`: the keys that the agency holds of the case's
    parts, and when each first came; None: not known. `offers`: the ids of the offers in the case.
    """

    received: Mapping[tuple[int, str], datetime]
    keys: Mapping[ContentKey, datetime | None]
    offers: tuple[str, ...] = ()

    @classmethod
    async def read(
        cls,
        case_id: str,
        store: Store,
        keyring: Keyring,
        offers: Iterable[str],
        *,
        after: int = 0,
        last: int = 2**53,
    ) -> ArrivalTimes:
        """Read the times of the events after a version, up to another one. `offers`: the ids of those in the case."""
        came, keys = await store.keys_came(case_id), dict[ContentKey, datetime | None]()
        for key, granter in await keyring.granted(case_id):
            at = came.get((key.compartment, key.kid, granter))
            earlier = keys.get(key)
            keys[key] = earlier if at is None else min(at, earlier or at)
        return cls(await store.received(case_id, after, last), keys, tuple(offers))

    @cached_property
    def followed_from(self) -> Mapping[str, ContentKey]:
        """For the id of each key of an offer: the key of a part that it follows from, whose holder has it too."""
        return {
            key.offshoot(OFFERS[part], offer).kid: key
            for key in self.keys
            for part in OFFERS
            if key.compartment == part.compartment
            for offer in self.offers
        }

    def received_at(self, envelope: Envelope) -> datetime | None:
        """When an event was received; None: not known."""
        return self.received.get((envelope.version, envelope.hash))

    def opened_at(self, envelope: Envelope, part: Part) -> datetime | None:
        """When the agency could open the section of an event in a part; None: it cannot, or it is not known."""
        section, received = section_of(envelope, part), self.received_at(envelope)
        if section is None or received is None or not envelope.sealed:
            return received if section is not None else None
        kid = _kid(section) or ""
        fitting = [key for key in self.keys if key.kid == kid and COMPARTMENTS[key.compartment] is part]
        if len(fitting) > 1:  # anybody can grant a false key under the same id
            fitting = [key for key in fitting if _opens(key, envelope, section)]
        if not fitting and kid in self.followed_from:
            fitting = [self.followed_from[kid]]
        came = [self.keys[key] for key in fitting]
        known = [at for at in came if at is not None]
        return max(received, min(known)) if known and len(known) == len(came) else None


def part_of_details(envelope: Envelope) -> Part:
    """The part in which the details of an event in sections lie."""
    event = EVENTS.get(envelope.event_name)
    return Part.CORE if event is None or not envelope.in_sections else event.part


def section_of(envelope: Envelope, part: Part) -> bytes | None:
    """The section of an event in a part, or None. An event from before the parts lies in the core as a whole."""
    if part is Part.CORE:
        return envelope.sections[0]
    return envelope.sections[1] if part is part_of_details(envelope) else None


def kid_in(envelope: Envelope, part: Part) -> str | None:
    """The id of the key under which a section is sealed; None where there is none, or it is not sealed."""
    section = section_of(envelope, part) if envelope.sealed else None
    return None if section is None else _kid(section)


def _kid(section: bytes) -> str | None:
    try:
        return kid_of(section)
    except SealError:
        return None


def _opens(key: ContentKey, envelope: Envelope, section: bytes) -> bool:
    try:
        return open_with((key,), section, agency=envelope.agency, id=envelope.event_id) is not None
    except SealError:
        return False
