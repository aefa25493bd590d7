"""The private subjects of an agency, as one of its own systems meets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from bus.nats.client import Client
from bus.nats.private_subjects import STREAM
from bus.operator.private_broker import SERVICE_KEY, SYSTEMS_KEY
from harness.bus import Bus
from harness.mirroring import Mirror
from stafett.embedded.private_broker import PrivateServer


@contextmanager
def private_server(bus: Bus, folder: Path, *agencies: str) -> Iterator[PrivateServer]:
    """A running server for the private subjects of these agencies, or of all on the bus."""
    homes = {agency: bus.layout.home(agency) for agency in agencies or bus.agencies}
    server = PrivateServer.over(folder / "private", homes)
    server.start()
    try:
        server.wait_until_healthy()
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def as_systems(
    bus: Bus, server: PrivateServer, agency: str, *, key: str = SYSTEMS_KEY, **options: Any
) -> AsyncIterator[Client]:
    """A connection with the key of the agency's systems, or with another one of its keys."""
    client = Client()
    await client.connect(server.url, nkeys_seed=str(bus.layout.home(agency) / key), **options)
    try:
        yield client
    finally:
        await client.close()


def as_service(bus: Bus, server: PrivateServer, agency: str) -> Any:
    """A connection with the key of the agency's service, which sees all of the stream."""
    return as_systems(bus, server, agency, key=SERVICE_KEY)


async def in_stream(client: Client) -> list[Msg]:
    """All messages that the stream has now, in order."""
    info = await client.jetstream().stream_info(STREAM)
    if not info.state.messages:
        return []
    reading = await client.jetstream().subscribe(">", stream=STREAM, ordered_consumer=True)
    found: list[Msg] = []
    while not found or found[-1].metadata.sequence.stream < info.state.last_seq:
        try:
            found.append(await reading.next_msg(timeout=1))
        except NatsTimeoutError:
            break  # the last ones are deleted
    await reading.unsubscribe()
    return found


class Follower:
    """A mirror that follows the stream by a durable consumer, and may be killed at any point."""

    def __init__(self, agency: str, mirror: Mirror, durable: str = "mirror") -> None:
        self.agency = agency
        self._durable = durable
        self.mirror = mirror

    async def subscription(self, client: Client) -> JetStreamContext.PullSubscription:
        """The durable consumer, which the first run makes. It delivers in order, also after a crash."""
        everything, in_order = f"agency.{self.agency}.>", ConsumerConfig(max_ack_pending=1, ack_wait=0.5)
        jetstream = client.jetstream()
        return await jetstream.pull_subscribe(everything, durable=self._durable, stream=STREAM, config=in_order)

    async def run(self, client: Client) -> None:
        """Follow until cancelled; a message is acknowledged when it is applied, and only then the next one comes."""
        reading = await self.subscription(client)
        while True:
            with suppress(NatsTimeoutError, asyncio.TimeoutError):
                (message,) = await reading.fetch(1, timeout=1)
                self.apply(orjson.loads(message.data))
                await message.ack()

    def apply(self, entry: dict[str, Any]) -> None:
        """Apply one entry."""
        if entry.get("why") == "everything":
            self.mirror = Mirror()
        else:
            self.mirror.apply(entry)
