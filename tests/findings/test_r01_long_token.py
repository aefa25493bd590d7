"""R1: no token that an agency can write stops another's replica, on PostgreSQL no less than on SQLite."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.insider import insider
from harness.postgres import Database
from harness.reckoning import acknowledged, answered, tried, troubles
from harness.waiting import eventually

POLICE, NGO, COORDINATOR = "police", "ngo-fyren", "coordinator"


@pytest.fixture
async def bus(tmp_path: Path, postgres: Database) -> AsyncIterator[Bus]:
    """The police on PostgreSQL, whose index takes no row of more than 2,700 bytes; the others on SQLite."""
    async with Bus(tmp_path, POLICE, NGO, COORDINATOR, stores={POLICE: postgres()}) as running:
        yield running


def long_token() -> str:
    """One that no compression makes short."""
    return secrets.token_hex(3000)


async def goes_on(bus: Bus) -> None:
    """All are ready, have all that the log has, and write; also after a restart of the police's service."""
    for _ in range(2):
        await eventually(lambda: all(node.health().ready for node in bus.nodes.values()), 8)
        acknowledged(*[await answered(bus.detect(agency)) for agency in bus.agencies])
        await bus.level()
        await eventually(lambda: not any(troubles(node) for node in bus.nodes.values()))
        await bus.stop_node(POLICE)
        await bus.start_node(POLICE)
    await bus.ready()


async def test_a_case_token_of_six_thousand_letters(bus: Bus) -> None:
    """A message on such a subject is set aside by all alike, with no more of the token than tells what it was."""
    async with insider(bus, NGO) as rogue:
        taken = await tried(rogue.put(f"case.{long_token()}.VictimDetected.{NGO}", b"{}"))
        await goes_on(bus)
    if taken:
        aside = {agency: await bus.quarantined(agency) for agency in bus.agencies}
        assert len(set(map(tuple, aside.values()))) == 1 and len(aside[POLICE]) == 1, aside
        (kept,) = await bus.nodes[POLICE].store.quarantined(10, 0)
        assert len(kept.case_id) < 300
