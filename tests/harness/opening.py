"""Tries to open every ciphertext at the broker with every key that an agency holds, without sampling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.util import urlsafe_b64decode
from nats.js.errors import NotFoundError

from bus.envelope.envelope import Envelope
from bus.errors import GrantError
from bus.nats.erasable_streams import KEYS, PERSONAL, Closing
from bus.sealing.content import ContentKey
from bus.sealing.grants import Grant, info
from bus.sealing.sealing_keys import SealingKey
from bus.sealing.vault import Vault
from contracts.event.case_event import EVENTS
from contracts.vocabulary.parts import OFFERS, Part
from harness.bus import Bus

Secret = bytes
"""A content key's 32 bytes, whatever they are said to be for."""


@dataclass(frozen=True)
class Found:
    """What lies at the broker: sealed sections by (case, version, part), and the other two streams by subject.

    `previews`: those of offers, by (case, version, number). `offers`: the ids of the events that made offers.
    """

    events: Mapping[tuple[str, int, Part], bytes]
    previews: Mapping[tuple[str, int, int], bytes]
    offers: tuple[str, ...]
    grants: Mapping[str, bytes]
    records: Mapping[str, bytes]
    clear: tuple[Envelope, ...]


async def at_broker(bus: Bus) -> Found:
    """Everything, read with the administrator's credentials."""
    envelopes = await bus.envelopes()
    return Found(
        {place: section for each in envelopes if each.sealed for place, section in _sections(each)},
        {(each.case_id, each.version, n): sealed for each in envelopes for n, sealed in enumerate(each.previews)},
        tuple(each.event_id for each in envelopes if each.event_name in _OFFERS),
        {at: grant for at, grant in (await _lying(bus, KEYS, "key.>")).items() if Closing.of(at) is None},
        await _lying(bus, PERSONAL, "personal.>"),
        tuple(each for each in envelopes if not each.sealed),
    )


def _sections(envelope: Envelope) -> Iterator[tuple[tuple[str, int, Part], bytes]]:
    core, details = envelope.sections
    yield (envelope.case_id, envelope.version, Part.CORE), core
    if details is not None:
        yield (envelope.case_id, envelope.version, EVENTS[envelope.event_name].part), details


async def _lying(bus: Bus, stream: str, under: str) -> dict[str, bytes]:
    async with bus.connected() as administrator:
        jetstream = administrator.jetstream()
        state = (await jetstream.stream_info(stream, subjects_filter=under)).state
        subjects = sorted(state.subjects or {})
        found: dict[str, bytes] = {}
        for subject in subjects:
            with suppress(NotFoundError):  # it was deleted just now
                found[subject] = (await jetstream.get_last_msg(stream, subject)).data or b""
        return found


_OFFERS = ("CaseReferred", "TransnationalReferralOffered")


async def secrets_of(bus: Bus, agency: str, found: Found) -> tuple[set[Secret], set[bytes]]:
    """Every content key that an agency holds, in its store or as a grant, and every key of an offer that follows from
    one; and the grants that its sealing key opens.
    """
    home = bus.layout.home(agency)
    vault, sealing = Vault.load(home / "vault.key"), SealingKey.load(home / "sealing.key")
    held = {
        ContentKey(
            row.case_id, row.compartment, row.kid, vault.unwrap(row.blob, f"{row.case_id}/{row.compartment}/{row.kid}")
        )
        for row in await bus.nodes[agency].store.keys_after("", 1_000_000)
    }
    granted = {stored: key for stored in found.grants.values() for key in _opened(sealing, stored, bus.agencies)}
    keys = held | set(granted.values())
    follow = {key.offshoot(name, offer) for key in keys for name in OFFERS.values() for offer in found.offers}
    return {key.secret for key in keys | follow}, set(granted)


def _opened(sealing: SealingKey, stored: bytes, recipients: Iterable[str]) -> Iterator[ContentKey]:
    """The key in a grant, were it for any of these."""
    given = Grant.from_bytes(stored)
    for recipient in recipients:
        with suppress(GrantError):
            place = info(given.case_id, given.compartment, given.kid, recipient)
            yield ContentKey(given.case_id, given.compartment, given.kid, sealing.open(given.wrapped, place))


def opens(secret: Secret, sealed: bytes) -> bool:
    """Whether a key opens a JWE, whatever id it names: by the cipher alone."""
    header, _, nonce, content, tag = sealed.split(b".")
    try:
        AESGCM(secret).decrypt(urlsafe_b64decode(nonce), urlsafe_b64decode(content) + urlsafe_b64decode(tag), header)
    except InvalidTag:
        return False
    return True
