"""The floor: what nats-py and the broker do bare, with messages of the same size, headers and expected sequences.

One process publishes, five follow, as the services do; nothing is checked, kept or shown.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from time import monotonic
from typing import Final, Self
from uuid import uuid4

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import ConsumerConfig, DeliverPolicy, DiscardPolicy, StorageType, StreamConfig

from benchmarks.processes import Child
from bus.envelope.envelope import GENESIS, Draft, place
from bus.envelope.signing import Signer
from bus.nats.tls import Tls, connection_options
from contracts.chapters.consent import ConsentGiven
from stafett.embedded.bus import Embedded

FOLLOWERS: Final = 5
_STREAM: Final = "FLOOR"
_ATTEMPTS: Final = 10
_CONNECTS_WITHIN: Final = 5.0


@dataclass(frozen=True)
class BrokerAddress:
    """A broker, and credentials that may do everything there."""

    url: str
    credentials: str
    tls: Tls

    @classmethod
    def of(cls, bus: Embedded) -> Self:
        """The broker of a running bus, as its administrator reaches it."""
        return cls(bus.broker.url, str(bus.layout.administrator), bus.layout.tls)

    async def connect(self) -> Client:
        """A connection. On a busy machine the broker may give up waiting for a handshake, and nats-py waits on."""
        for _ in range(_ATTEMPTS):
            client = Client()
            with suppress(Error, OSError, TimeoutError):
                async with asyncio.timeout(_CONNECTS_WITHIN):
                    await client.connect(
                        self.url, user_credentials=self.credentials, **connection_options(self.tls), error_cb=_ignored
                    )
                return client
        raise TimeoutError("the broker cannot be reached")


async def _ignored(error: Exception) -> None:
    """The next attempt comes anyway."""


@dataclass(frozen=True)
class Bare:
    """One round: when each message was sent, acknowledged, and had by the last follower; in seconds."""

    sent: list[float]
    acknowledged: list[float]
    followed: list[float]

    @property
    def delays(self) -> list[float]:
        """From publish until all five have it, message by message."""
        return [had - sent for sent, had in zip(self.sent, self.followed, strict=True)]

    @property
    def rate(self) -> float:
        """Acknowledged messages per second, counted until the last follower has the last one."""
        return len(self.sent) / (max(max(self.followed), max(self.acknowledged)) - min(self.sent))


async def _create_stream(address: BrokerAddress) -> None:
    """A stream of its own, configured as the log is."""
    client = await address.connect()
    await client.jetstream().add_stream(
        StreamConfig(
            name=_STREAM,
            subjects=["floor.*.*.*"],
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            deny_delete=True,
            deny_purge=True,
            allow_atomic=True,
        )
    )
    await client.close()


def prepare(address: BrokerAddress) -> None:
    """Make the stream that `measure` writes to."""
    asyncio.run(_create_stream(address))


def measure(address: BrokerAddress, count: int, *, cases: int, per_second: float | None) -> Bare:
    """One round of `count` messages about so many cases: at a steady rate, or one in flight for each case."""
    publisher = Child(_publish, address, count, cases, per_second)
    first = publisher.answer()
    followers = [Child(_follow, address, first, count) for _ in range(FOLLOWERS)]
    for follower in followers:
        follower.answer()
    publisher.tell()
    sent, acknowledged = publisher.answer()
    arrivals = [follower.answer() for follower in followers]
    for child in (publisher, *followers):
        child.end()
    return Bare(sent, acknowledged, [max(times) for times in zip(*arrivals, strict=True)])


def _wire_form() -> tuple[Mapping[str, str], bytes]:
    """The headers and data of a real event."""
    event = ConsentGiven.canonical()
    event_id = str(uuid4())
    draft = Draft(
        event_id=event_id,
        case_id=str(uuid4()),
        type=event.type_name(),
        schema_uri=event.schema_uri(),
        data=event.model_dump_json().encode(),
        ruleset="2023-01-01",
        recorded_at=datetime.now(UTC),
        correlation_id=event_id,
        causation_id=event_id,
    )
    envelope = place(draft, version=7, previous=GENESIS, signer=Signer("ngo", os.urandom(32)))
    return envelope.headers, envelope.data


async def _publish(pipe: Connection, address: BrokerAddress, count: int, cases: int, per_second: float | None) -> None:
    client = await address.connect()
    before = (await client.jetstream().stream_info(_STREAM)).state.last_seq
    headers, data = _wire_form()
    ids = [str(uuid4()) for _ in range(cases)]
    last = dict.fromkeys(ids, 0)
    sent, acknowledged = [0.0] * count, [0.0] * count

    async def publish(case: str) -> None:
        own = {
            **headers,
            "Nats-Expected-Last-Subject-Sequence": str(last[case]),
            "Nats-Expected-Last-Subject-Sequence-Subject": f"floor.{case}.>",
        }
        begun = monotonic()
        answer = await client.request(f"floor.{case}.ConsentGiven.ngo", data, timeout=10, headers=own)
        last[case] = sequence = int(orjson.loads(answer.data)["seq"])
        sent[sequence - before - 1], acknowledged[sequence - before - 1] = begun, monotonic()

    left = iter(range(count))

    async def keep_publishing(case: str) -> None:
        for _ in left:
            await publish(case)

    pipe.send(before + 1)
    pipe.recv()
    if per_second is None:
        await asyncio.gather(*map(keep_publishing, ids))
    else:
        begun = monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                await asyncio.sleep(begun + number / per_second - monotonic())
                tasks.create_task(publish(ids[number % cases]))
    pipe.send((sent, acknowledged))
    await client.close()


async def _follow(pipe: Connection, address: BrokerAddress, first: int, count: int) -> None:
    client = await address.connect()
    arrived: list[float] = []
    complete = asyncio.Event()

    async def take(message: Msg) -> None:
        arrived.append(monotonic())
        if len(arrived) == count:
            complete.set()

    await client.jetstream().subscribe(
        "floor.>",
        stream=_STREAM,
        ordered_consumer=True,
        cb=take,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=first),
        pending_msgs_limit=-1,
    )
    pipe.send("following")
    await complete.wait()
    pipe.send(arrived)
    await client.close()
