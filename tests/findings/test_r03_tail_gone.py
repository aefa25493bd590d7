"""R3: the end of the log is gone, but not its last sequence. The bus becomes ready and complete by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.damaging import stopped
from harness.reckoning import acknowledged, answered, nothing_is_lost, some_events, starts_over

pytestmark = pytest.mark.long

AGENCIES = ("police", "ngo-fyren", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Three agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


async def test_a_block_cut_to_half_is_filled_by_those_who_know(bus: Bus) -> None:
    """As an attacker or a disk does it: every service is ready again, nothing is lost, and all write at once."""
    case_id = await bus.shared_case()
    receipts = await some_events(bus, case_id)
    await bus.level()
    async with stopped(bus) as log:
        log.loses_its_tail(log.last // 2)
    await bus.ready(within=15)
    receipts += await answered(some_events(bus, case_id, 1), within=20)
    await nothing_is_lost(bus, receipts)


async def test_who_was_away_gets_the_tail_from_the_others(bus: Bus) -> None:
    """One agency never saw the tail, another has lost its store: both are current."""
    case_id = await bus.shared_case()
    await bus.level()
    await bus.stop_node("coordinator")
    receipts = await some_events(bus, case_id, 3)
    first = receipts[0].sequence
    assert first is not None
    await bus.level()
    async with stopped(bus) as log:
        log.loses_its_tail(first)
    await starts_over(bus, "ngo-fyren")
    await bus.start_node("coordinator")
    await bus.ready(within=15)
    await nothing_is_lost(bus, receipts)


async def test_the_one_who_never_saw_the_tail_is_alone(bus: Bus) -> None:
    """What it writes before the others return gets a place that they give it, too."""
    case_id = await bus.shared_case()
    await bus.level()
    await bus.stop_node("coordinator")
    receipts = acknowledged(*[await bus.consent("police", case_id) for _ in range(3)])
    first = receipts[0].sequence
    assert first is not None
    await bus.level()
    await bus.stop_node("police")
    await bus.stop_node("ngo-fyren")
    async with stopped(bus) as log:
        log.loses_its_tail(first)
    await bus.start_node("coordinator")
    unsure = [await answered(bus.consent("coordinator", case_id)), await answered(bus.detect("coordinator"))]
    await bus.start_node("police")
    await bus.start_node("ngo-fyren")
    receipts += [await bus.delivered("coordinator", receipt.event_id) for receipt in unsure]
    await nothing_is_lost(bus, receipts)


async def test_the_last_message_is_gone_and_nothing_tells_of_it(bus: Bus) -> None:
    """One bit flips in the log's last message: its number lives, the counts are right, and a consumer's `num_pending`
    stays at 1. All become ready, also who never saw it.
    """
    case_id = await bus.shared_case()
    await bus.level()
    await bus.stop_node("coordinator")
    receipts = await some_events(bus, case_id, 1)
    receipts += acknowledged(await bus.consent("police", case_id))
    await bus.level()
    async with stopped(bus) as log:
        log.loses_one(log.last)
    await bus.start_node("coordinator")
    await bus.ready(within=15)
    await nothing_is_lost(bus, receipts)
    receipts += await answered(some_events(bus, case_id, 1), within=20)
    await nothing_is_lost(bus, receipts)
