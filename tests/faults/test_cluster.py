"""A cluster of three brokers loses one node after the other while everybody writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.loading import Load, shared_cases
from harness.running import Callers, frozen, leader_of, thawed

from stafett.embedded.bus import FIVE, Embedded


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Embedded]:
    """Five services on three brokers."""
    with Embedded(tmp_path / "bus", FIVE, brokers=3) as running:
        yield running


async def test_every_node_in_turn_is_killed_or_frozen(callers: Callers, record_property: Any) -> None:
    """Each time it is the one that leads the stream; most writes are recorded at once all the same."""
    before = await shared_cases(callers, 3)
    async with Load(callers, list(before), seed=11) as load:
        for number in range(4):
            await asyncio.sleep(1)
            leader = await leader_of(callers.bus)
            assert leader.process is not None
            if number % 2:
                frozen(leader.process.pid)
                await asyncio.sleep(6)
                thawed(leader.process.pid)
            else:
                leader.kill()
                await callers.all_ready(within=60)
                callers.bus.start_broker(leader)
            await callers.all_ready(within=60)
            await load.records(20)
    record_property("statuses", dict(load.statuses))
    await load.reckon(before)
