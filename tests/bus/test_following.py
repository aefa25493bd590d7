"""Following a stream at the real server: every message of any kind, in order, and no more than there is room for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from harness.attempting import attempting
from harness.bus import Bus
from harness.waiting import eventually

from bus.errors import BrokerAwayError
from bus.nats.following import Follower, LogMessage, Source
from bus.nats.log import STREAM

CASE = str(uuid4())
SUBJECT = f"case.{CASE}.VictimDetected.police"
OWN = Source(STREAM, "replica-police")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose nodes do not run."""
    async with Bus(tmp_path, "police", "ngo-fyren", start=False) as running:
        yield running


@asynccontextmanager
async def following(bus: Bus, after: int, batch: int = 100) -> AsyncIterator[Follower]:
    """The police follow the log."""
    credentials = bus.layout.home("police") / "broker.creds"
    async with bus.connected(credentials, inbox_prefix=b"_INBOX_police") as client:
        follower = Follower(client, "police", OWN, after, batch)
        await follower.begin()
        yield follower
        await follower.end()


async def taken(follower: Follower, count: int) -> list[LogMessage]:
    """So many messages, and no more."""
    found: list[LogMessage] = []
    while len(found) < count:
        found += await follower.next()
    assert len(found) == count
    return found


STRANGE = (
    (b"", None),
    (b"x", {"Status": "100", "Description": "Idle Heartbeat"}),
    (b"", {"Status": "100"}),
    (b"", {"Status": "409", "Description": "Consumer Deleted"}),
    (b"", {"Nats-Consumer-Stalled": "$JS.FC.CASES.replica-ngo-fyren.x"}),
    (b"", None),
    (b"last", {"Status": "418"}),
)


async def test_a_message_is_what_it_is_whatever_it_says_of_itself(bus: Bus) -> None:
    """One without headers and data, and those that look like the broker's own words, come in their place like all."""
    async with attempting(bus, "police") as police:
        for data, headers in STRANGE:
            assert "error" not in await police.puts(SUBJECT, data, headers)
    async with following(bus, bus.founded) as follower:
        messages = await taken(follower, len(STRANGE))
        assert [message.sequence for message in messages] == [bus.founded + n for n in range(1, len(STRANGE) + 1)]
        assert [message.data for message in messages] == [data for data, _ in STRANGE]
        assert messages[1].headers["Status"] == "100"


async def test_the_broker_keeps_back_what_there_is_no_room_for(bus: Bus) -> None:
    """Of a long log only so much is under way as was not taken; taken slowly, all of it comes, in order, once."""
    count = 4000
    async with bus.connected() as administrator:
        streams = administrator.jetstream()

        async def stored() -> int:
            return (await streams.stream_info(STREAM)).state.last_seq

        for number in range(1, count + 1):
            # Each hundredth is confirmed, so that the broker never has more to write than it takes.
            put = administrator.publish if number % 100 else streams.publish
            await put(SUBJECT, b"x" * 16_000)
        async with following(bus, 0) as follower:
            first = await follower.next()

            async def kept_back() -> bool:
                info = await streams.consumer_info(STREAM, OWN.consumer)
                return info.num_pending > 0 and bool(info.delivered and info.delivered.stream_seq < count / 2)

            await eventually(kept_back)
            whole = await stored()
            rest = await taken(follower, whole - len(first))
            assert [message.sequence for message in first + rest] == list(range(1, whole + 1))


async def test_who_wants_only_what_there_is_does_not_wait_for_more(bus: Bus) -> None:
    """All of it comes; then the broker says that it has nothing left, and what comes later is not lost."""
    async with attempting(bus, "police") as police, following(bus, bus.founded, batch=1) as follower:
        await police.puts(SUBJECT, b"first")
        assert [message.data for message in await follower.next(if_any=True)] == [b"first"]
        assert await follower.next(if_any=True) == []
        await police.puts(SUBJECT, b"second")
        assert [message.data for message in await follower.next()] == [b"second"]


async def test_what_anothers_consumer_sends_is_not_taken(bus: Bus) -> None:
    """It may have its consumer deliver anywhere, also to a place that it learned of: nothing comes twice or early."""
    async with attempting(bus, "police") as police, attempting(bus, "ngo-fyren") as ngo:
        for number in range(3):
            await police.puts(SUBJECT, b"%d" % number)
        async with following(bus, bus.founded + 2, batch=1) as follower:
            config = {"name": "replica-ngo-fyren", "deliver_subject": follower._place, "ack_policy": "none"}
            create = "$JS.API.CONSUMER.CREATE.CASES.replica-ngo-fyren"
            assert "error" not in await ngo.asks(create, stream_name=STREAM, config=config)

            async def delivered() -> bool:
                info = await ngo.asks("$JS.API.CONSUMER.INFO.CASES.replica-ngo-fyren")
                return int(info["num_pending"]) == 0

            await eventually(delivered)
            assert [message.data for message in await taken(follower, 1)] == [b"2"]
            await police.puts(SUBJECT, b"3")
            assert [message.data for message in await taken(follower, 1)] == [b"3"]


async def test_a_silent_broker_is_noticed(bus: Bus) -> None:
    """Connections stay, nothing comes, and the follower gives up."""
    async with following(bus, 0) as follower:
        await taken(follower, bus.founded)
        bus.pause()
        try:
            with pytest.raises(BrokerAwayError, match="fell silent"):
                await follower.next()
        finally:
            bus.resume()


async def test_telling_the_brokers_who_may_connect_disturbs_nobody(bus: Bus) -> None:
    """Whoever is held or let in meanwhile: a follower of another kind misses nothing, and waits for nothing."""
    began, rounds = time.monotonic(), 10
    admission = bus.layout.admission(datetime.now(UTC))
    async with following(bus, bus.founded) as follower, attempting(bus, "police") as police:
        for number in range(rounds):
            now = datetime.now(UTC)
            admission.hold("ngo-fyren", now + timedelta(hours=number), now)
            await admission.enforce([bus.broker.url], bus.layout.tls, now)
            assert "error" not in await police.puts(SUBJECT, b"%d" % number)
            assert [message.data for message in await taken(follower, 1)] == [b"%d" % number]
    assert time.monotonic() - began < rounds


async def test_its_consumer_is_one_brokers_and_lasts_no_longer_than_it_must(bus: Bus) -> None:
    """It needs no agreement among brokers, so that the death of one holds nobody up longer than an election."""
    async with following(bus, 0), bus.connected() as administrator:
        config = (await administrator.jetstream().consumer_info(STREAM, OWN.consumer)).config
        assert (config.num_replicas, config.mem_storage, config.durable_name) == (1, True, None)
        assert config.inactive_threshold == 30
