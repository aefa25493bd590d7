"""Deployment 3a: one broker of three dies hard. Every agency is ready and level with the log again within ten seconds.

The consumers of the log live in memory, and start again at the position of the replica. So they need no replicas, and
an agency need not wait for the dead broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from harness.running import CONSENT, Callers, connected

from stafett.embedded.bus import FIVE, Embedded

WITHIN = 10.0
KILLS = 6


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Embedded]:
    """Five services on three brokers."""
    with Embedded(tmp_path / "bus", FIVE, brokers=3) as running:
        yield running


@pytest.mark.long
async def test_consumers_in_memory_have_one_replica(bus: Embedded) -> None:
    """A consumer with three of them has a leader, which may be the dead broker, also when it is made anew."""
    client = await connected(bus)
    try:
        found = {
            f"{stream}/{each.name}": each.config.num_replicas
            for stream in ("CASES", "KEYS")
            for each in await client.jetstream().consumers_info(stream)
            if each.config.mem_storage
        }
    finally:
        await client.close()
    assert found
    assert {name: replicas for name, replicas in found.items() if replicas != 1} == {}


@pytest.mark.faults
async def test_every_agency_is_level_again_soon_after_a_brokers_hard_death(bus: Embedded, record_property: Any) -> None:
    """Each broker is killed twice and stays dead until all see what was said after its death."""
    async with Callers(bus) as callers:
        case_id = await callers.shared_case()
        version, took = await callers.agreed_version(case_id, 1), []
        for number in range(KILLS):
            broker = bus.brokers[number % 3]
            await asyncio.to_thread(broker.kill)
            since = monotonic()
            said = await callers.issue(FIVE[number % len(FIVE)], case_id, CONSENT)
            assert said.status_code in (201, 202), said.text
            version += 1
            await callers.reached(case_id, version, within=60)
            await callers.all_ready(within=60)
            took.append(round(monotonic() - since, 1))
            bus.start_broker(broker)
            await asyncio.to_thread(broker.wait_until_healthy)
            await callers.all_ready(within=60)
        record_property("took", took)
        assert max(took) <= WITHIN, f"seconds after each death: {took}"
