"""A connection for questions and answers ends when its owner stops it, whatever the broker does."""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.bus import Bus
from harness.waiting import eventually

from bus.nats.subscriptions import agency_broker


async def test_it_stops_without_a_connection(tmp_path: Path) -> None:
    """FastStream raised when the broker was away, and its client came back with the broker, for ever."""
    async with Bus(tmp_path, "police") as bus:
        credentials = bus.layout.home("police") / "broker.creds"
        broker = agency_broker("police", "test", [bus.broker.url], credentials, bus.layout.tls)
        client = await broker.connect()
        bus.broker.kill()
        await eventually(lambda: client.is_reconnecting)
        async with asyncio.timeout(10):
            await broker.stop()
        assert client.is_closed
        await bus.start_broker()
        await bus.ready()
        assert client.is_closed and client._reconnection_task is not None and client._reconnection_task.done()
