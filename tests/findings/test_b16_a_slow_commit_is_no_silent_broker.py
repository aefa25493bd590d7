"""B16: a commit takes seconds just when the broker has sent all that was asked. The node does not call it silent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

import pytest
from harness.bus import Bus
from harness.faulty_store import locked

pytestmark = pytest.mark.long

NGO, POLICE = "ngo-fyren", "police"
BATCH = 20
SLOW = 3.6
"""Seconds that the disk hangs: less than what makes anybody unwell."""


async def test_a_pull_that_was_filled_exactly_survives_a_slow_commit(tmp_path: Path) -> None:
    """Two full batches wait for a node that starts; the first takes long to commit; the session goes on after it."""
    async with Bus(tmp_path, NGO, POLICE, batch=BATCH) as bus:
        await bus.level()
        await bus.stop_node(POLICE)
        for _ in range(2 * BATCH):
            await bus.detect(NGO)
        node = await bus.start_node(POLICE)
        with locked(bus, POLICE):
            await asyncio.sleep(SLOW)  # this is how long the disk hangs, not a wait for anything
        await bus.ready(POLICE)
        await bus.level(POLICE)
        until, looks = monotonic() + 6, []
        while monotonic() < until:
            looks.append(node.health())
            await asyncio.sleep(0.02)
        unwell = [look for look in looks if not look.ready]
        assert unwell == [], f"not ready in {len(unwell)} of {len(looks)} looks: {unwell[0]}"
