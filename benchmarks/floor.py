"""The floor: the speed of nats-py and the broker alone, with messages of the same size, headers and expected sequences.

One process publishes and five follow, as the services do. They check, keep and show nothing.
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
    """A broker, and the credentials of its administrator."""

    url: str
    credentials: str
    tls: Tls

    @classmethod
    def of(cls, bus: Embedded) -> Self:
        """The address of a running bus's broker, for its administrator."""
        return cls(bus.broker.url, str(bus.layout.administrator), bus.layout.tls)

    async def connect(self) -> Client:
        """A connection. Raises TimeoutError after ten attempts.

        It needs several attempts on a busy machine: the broker can give up a handshake for which nats-py still waits.
        """
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
    """Ignore an error of an attempt to connect: the next attempt follows."""


@dataclass(frozen=True)
class Bare:
    """One round: when each message was sent, acknowledged, and received by the last follower, in monotonic seconds."""

    sent: list[float]
    acknowledged: list[float]
    followed: list[float]

    @property
    def delays(self) -> list[float]:
        """For each message, the seconds from its publication until all five followers have it."""
        return [had - sent for sent, had in zip(self.sent, self.followed, strict=True)]

    @property
    def rate(self) -> float:
        """Messages per second, until the last message is acknowledged and every follower has it."""
        return len(self.sent) / (max(max(self.followed), max(self.acknowledged)) - min(self.sent))


async def _create_stream(address: BrokerAddress) -> None:
    """Create a stream for the floor, configured like the log."""
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
    """Create the stream to which `measure` writes."""
    asyncio.run(_create_stream(address))


def measure(address: BrokerAddress, count: int, *, cases: int, per_second: float | None) -> Bare:
    """Measure one round of `count` messages about `cases` cases.

    `per_second`: a steady rate; None: as fast as possible, with one message in flight for each case.
    """
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
    """The headers and the data of a real event, as they go to the broker."""
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
