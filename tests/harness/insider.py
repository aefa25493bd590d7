"""An admitted agency that writes past its own service, with its real keys and credentials, to do harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from nats.aio.client import Client

from bus.envelope.envelope import Envelope
from bus.nats.erasable_streams import key_subject
from bus.sealing.content import ContentKey
from bus.sealing.grants import Grant, grant
from bus.sealing.keyring import CASE
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.parts import Part
from harness.bus import Bus
from harness.forging import after, part_key, sealed


class Insider:
    """One agency's hand on the broker. `client`: connected with its credentials."""

    def __init__(self, bus: Bus, agency: str, client: Client) -> None:
        self.bus = bus
        self.agency = agency
        self._client = client
        self._signer = bus.signer(agency)

    async def put(self, subject: str, content: bytes, headers: dict[str, str] | None = None) -> None:
        """Publish where the agency may, and see it taken."""
        answer = orjson.loads((await self._client.request(subject, content, timeout=5, headers=headers)).data)
        assert "error" not in answer, answer

    async def writes(
        self, case_id: str, event: PublishedEvent, key: ContentKey | None = None, **draft: Any
    ) -> Envelope:
        """Put an event next in a case's chain, whatever the rules say of it."""
        chain = [envelope for envelope in await self.bus.envelopes() if envelope.case_id == case_id]
        envelope = sealed(self._signer, event, key=key, **after(chain[-1]), **draft)
        await self.put(envelope.subject, envelope.data, dict(envelope.headers))
        return envelope

    async def grants(self, key: ContentKey, recipient: str) -> Grant:
        """Give a key, whatever it is, to an agency; with the key of a core, the same one for all parts."""
        public = next(iter(self.bus.nodes.values())).directory.sealing_key(recipient)
        assert public is not None
        keys = [part_key(key, part) for part in Part] if key.compartment == CASE else [key]
        given = [grant(each, recipient, public, self._signer) for each in keys]
        for each in given:
            await self.put(key_subject(each.place, 0), each.to_bytes())
        return given[0]


@asynccontextmanager
async def insider(bus: Bus, agency: str) -> AsyncIterator[Insider]:
    """An agency that writes around its service as long as the block lasts."""
    credentials, inbox = bus.layout.home(agency) / "broker.creds", f"_INBOX_{agency}".encode()
    async with bus.connected(credentials, inbox_prefix=inbox) as client:
        yield Insider(bus, agency, client)
