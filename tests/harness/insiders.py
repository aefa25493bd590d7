"""Several admitted agencies that write past their services, on a bus of processes. `harness.insider` has one."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import orjson

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import Envelope, parse
from bus.envelope.signing import Signer
from bus.errors import EnvelopeError
from bus.nats.client import Client
from bus.nats.erasable_streams import key_subject
from bus.nats.tls import connection_options
from bus.sealing.grants import grant
from contracts.directory.events import AgencyAdmitted
from contracts.vocabulary.parts import Part
from harness.forging import part_key
from harness.malice import Chain, nonsense_grants
from harness.running import read_log
from stafett.embedded.bus import FIVE, Embedded

NAMES: Final = {"ngo-fyren": "ngo", "municipality-0180": "municipality"}
"""What the scenarios' agencies are called on this bus, where that differs."""


class Insiders:
    """The five agencies' hands on the broker, with their keys and credentials and no scruples."""

    def __init__(self, bus: Embedded, clients: dict[str, Client], admitted: dict[str, bytes]) -> None:
        self.signers = {agency: Signer.load(agency, bus.layout.home(agency) / "signing.pem") for agency in FIVE}
        self.written: list[Chain] = []
        self._clients = clients
        self._sealing_keys = admitted

    def chain(self, last: Envelope | None = None) -> Chain:
        """A case of theirs, or another's from an event on."""
        return Chain(self.signers, NAMES, last)

    async def writes(self, envelopes: Iterable[Envelope]) -> None:
        """Put events into the log, each with its agency's credentials, in their order."""
        for envelope in envelopes:
            client = self._clients[envelope.agency]
            # Answered one by one: what comes by several connections has no order otherwise.
            await client.request(envelope.subject, envelope.data, timeout=10, headers=dict(envelope.headers))

    async def gives_the_key(self, chain: Chain) -> None:
        """All five get the key of a case."""
        for agency, public in self._sealing_keys.items():
            for part in Part:
                given = grant(part_key(chain.key, part), agency, public, self.signers["ngo"])
                await self._clients["ngo"].publish(key_subject(given.place, 0), given.to_bytes())
        await self._clients["ngo"].flush()

    async def tells(self, chain: Chain, *, known: bool) -> None:
        """Write a case that all can read at once, or only when it is all there."""
        if known:
            await self.gives_the_key(chain)
        await self.writes(chain.envelopes)
        if not known:
            await self.gives_the_key(chain)
        self.written.append(chain)

    async def gives_nonsense(self, case_id: str) -> None:
        """The police grants what is no key, where no key belongs, to everybody."""
        chain, client = self.chain(), self._clients["police"]
        for agency, public in self._sealing_keys.items():
            good = orjson.loads(grant(chain.key, agency, public, self.signers["police"]).to_bytes())
            for number, (place, body) in enumerate(nonsense_grants(case_id, good)):
                await client.publish(f"key.{place}.{agency}.police.{'9' * 40}{number}", body)
            await client.flush()


async def chain_of(bus: Embedded, case_id: str) -> list[Envelope]:
    """The log's envelopes about a case."""
    found = []
    for message in await read_log(bus):
        if case_id in message.subject:
            try:
                found.append(parse({n: v for n, v in message.headers.items() if n[:3] == "ce-"}, message.data))
            except EnvelopeError:
                continue
    return found


@asynccontextmanager
async def insiders_of(bus: Embedded) -> AsyncIterator[Insiders]:
    """The five agencies' insiders, connected as long as the block lasts."""
    async with AsyncExitStack() as ending:
        clients = {}
        for agency in FIVE:
            client = clients[agency] = Client()
            await client.connect(
                bus.broker.url,
                user_credentials=str(bus.layout.home(agency) / "broker.creds"),
                inbox_prefix=f"_INBOX_{agency}".encode(),
                **connection_options(bus.layout.tls),
            )
            ending.push_async_callback(client.close)
        admitted = {}
        for envelope in await chain_of(bus, DIRECTORY_ID):
            if envelope.event_name == AgencyAdmitted.__name__:
                entry = AgencyAdmitted.model_validate_json(envelope.data)
                admitted[entry.agency] = base64.b64decode(entry.sealing_key)
        yield Insiders(bus, clients, admitted)
