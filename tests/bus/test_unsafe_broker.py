"""A broker that may lose what it acknowledged is not written to: events wait, and the operator is told what to set."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus
from harness.waiting import eventually

from bus.broker import check
from bus.errors import BrokerAwayError, UnsafeBrokerError
from bus.store import OutboxStatus
from stafett.broker import Broker, free_port


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
        await eventually(lambda: advice in (node.condition().broker or ""))
        assert not node.condition().ready
        receipt = await bus.detect("ngo-fyren")
        assert receipt.status is OutboxStatus.PENDING
        assert (await node.outbox.receipt(receipt.event_id)) == receipt
        assert await bus.log() == []


async def test_what_waited_is_delivered_once_the_broker_is_safe(tmp_path: Path) -> None:
    """The operator sets what the message says; nobody needs to submit anything again."""
    async with Bus(tmp_path, "ngo-fyren", start=False, sync="2m") as bus:
        node = await bus.start_node("ngo-fyren")
        await eventually(lambda: "sync_interval" in (node.condition().broker or ""))
        receipt = await bus.detect("ngo-fyren")
        bus.broker.stop()
        bus.broker.sync = "always"
        await bus.start_broker()
        await bus.delivered("ngo-fyren", receipt.event_id)
        await eventually(lambda: node.condition().ready)
        assert [envelope.event_id for envelope in await bus.envelopes()] == [receipt.event_id]


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
