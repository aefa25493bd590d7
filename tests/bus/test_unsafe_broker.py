"""A node does not write to a broker that may lose acknowledged messages: events wait, and the operator learns why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus
from harness.waiting import eventually

from bus.errors import BrokerAwayError, UnsafeBrokerError
from bus.nats import durability as check
from bus.store import OutboxStatus
from stafett.embedded.broker import Broker, free_port


@pytest.mark.parametrize(
    ("unsafe", "advice"),
    [
        ({"sync": "2m"}, "set `sync_interval: always`"),
        ({"monitors": ()}, "set STAFETT_NATS_MONITOR"),
        ({"monitors": ("file:///etc/passwd",)}, "is not an http address"),
        ({"monitors": (f"http://127.0.0.1:{free_port()}",)}, "monitoring address"),
    ],
    ids=["sync every two minutes", "no monitors", "not http", "monitor away"],
)
async def test_nothing_is_published_to_a_broker_that_may_lose_it(
    tmp_path: Path, unsafe: dict[str, Any], advice: str
) -> None:
    """The node is not ready and says what to set; a submission waits, on disk, and nothing reaches the log."""
    async with Bus(tmp_path, "ngo-fyren", start=False, **unsafe) as bus:
        node = await bus.start_node("ngo-fyren")
        await eventually(lambda: advice in (node.health().broker or ""))
        assert not node.health().ready
        receipt = await bus.detect("ngo-fyren")
        assert receipt.status is OutboxStatus.PENDING
        assert (await node.outbox.receipt(receipt.event_id)) == receipt
        assert await bus.log() == []


async def test_what_waited_is_delivered_once_the_broker_is_safe(tmp_path: Path) -> None:
    """The operator sets what the message says; nobody needs to submit anything again."""
    async with Bus(tmp_path, "ngo-fyren", start=False, sync="2m") as bus:
        node = await bus.start_node("ngo-fyren")
        await eventually(lambda: "sync_interval" in (node.health().broker or ""))
        receipt = await bus.detect("ngo-fyren")
        bus.broker.stop()
        bus.broker.sync = "always"
        await bus.start_broker()
        await bus.delivered("ngo-fyren", receipt.event_id)
        await eventually(lambda: node.health().ready)
        assert [envelope.event_id for envelope in await bus.envelopes()] == [receipt.event_id]


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_broker_that_does_not_say_is_named_and_stops_nobody(tmp_path: Path) -> None:
    """One of several: what it would say is not known, which is not the same as safe, and an operator reads so."""
    async with Bus(tmp_path, "ngo-fyren", start=False) as bus:
        nobody = f"https://127.0.0.1:{free_port()}"
        watch = check.Durability((bus.broker.monitor, nobody), bus.layout.tls)
        await watch.at_session()
        assert watch.doubts == (f"it is not known whether the broker at {nobody} syncs to disk: it does not answer",)


@pytest.mark.long
async def test_addresses_that_nobody_reaches_do_not_stop_an_agency_for_ever(tmp_path: Path) -> None:
    """Nothing is sent for ten minutes; then work goes on, and it is still said. Once one has answered, a broker that is
    found anew and does not say gets its ten minutes again.
    """
    async with Bus(tmp_path, "ngo-fyren", start=False) as bus:
        clock = Clock()
        watch = check.Durability((bus.broker.monitor,), bus.layout.tls, clock=clock)
        bus.pause()
        for _ in range(2):
            for passed in (0, check.PATIENCE - 1):
                clock.now += passed
                with pytest.raises(BrokerAwayError, match="monitoring address"):
                    await watch.at_session()
            clock.now += 1
            await watch.at_session()
            assert bus.broker.monitor in watch.doubts[0]
            bus.resume()
            await watch.at_session()
            assert watch.doubts == ()
            bus.pause()
        bus.resume()


async def test_an_unsafe_broker_stops_an_agency_until_it_is_mended(tmp_path: Path) -> None:
    """However long that takes, and whenever it is seen: also while the connection stands."""
    async with Bus(tmp_path, "ngo-fyren", start=False, sync="2m") as bus:
        clock = Clock()
        watch = check.Durability((bus.broker.monitor,), bus.layout.tls, clock=clock)
        for ask in (watch.at_session, watch.again):
            with pytest.raises(UnsafeBrokerError, match="sync_interval"):
                await ask()
            clock.now += 10 * check.PATIENCE
            with pytest.raises(UnsafeBrokerError, match="sync_interval"):
                await ask()
        bus.broker.stop()
        bus.broker.sync = "always"
        await bus.start_broker()
        await watch.again()
        await watch.at_session()


async def test_an_answer_of_any_kind_harms_nobody() -> None:
    """What listens there may be anything: it is then not known what it would say."""
    for content in (b"", b"[]", b"{}", b'{"config": 3}', b"nonsense", b'{"account_details": [3]}', b"x" * 5_000_000):
        async with answering(content) as address:
            with pytest.raises((BrokerAwayError, UnsafeBrokerError)):
                await check.Durability((address,)).at_session()


@asynccontextmanager
async def answering(content: bytes) -> AsyncIterator[str]:
    """Something that answers everything with this content."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content))
        with suppress(OSError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_one_unsafe_broker_of_several_is_enough(tmp_path: Path) -> None:
    """Every broker that answers must be safe; one that does not answer now is no reason to stop."""
    async with Bus(tmp_path, "ngo-fyren", start=False) as bus:
        nobody = f"http://127.0.0.1:{free_port()}"
        tls = bus.layout.tls
        await check.require_durable((bus.broker.monitor, nobody), tls)
        with pytest.raises(BrokerAwayError):
            await check.require_durable((nobody,), tls)
        unsafe = Broker(tmp_path / "unsafe", bus.layout.broker_trust, sync="1s", certificates=bus.broker.certificates)
        unsafe.start()
        try:
            await asyncio.to_thread(unsafe.wait_until_healthy)
            with pytest.raises(UnsafeBrokerError, match=unsafe.monitor):
                await check.require_durable((bus.broker.monitor, unsafe.monitor), tls)
        finally:
            unsafe.stop()
