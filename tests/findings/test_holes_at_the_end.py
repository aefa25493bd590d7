"""The log loses its end, its end but not its last sequence, or everything: the services restore it, and say so.

There is one example of each kind; `test_r03_tail_gone` has more of the second kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus
from harness.damaging import bus_in_small_blocks, stopped
from harness.operating import admits
from harness.reckoning import LOSS, acknowledged, answered, has_joined, nothing_is_lost, some_events, watching
from harness.waiting import eventually

pytestmark = pytest.mark.long

AGENCIES = ("police", "ngo-fyren", "coordinator")
NEWCOMER = "municipality-0180"


async def goes_on(bus: Bus, case_id: str) -> None:
    """Every agency writes and is acknowledged, in a case that is touched and in a new one, and a newcomer joins."""
    receipts = await answered(some_events(bus, case_id, 1), within=20)
    receipts += await has_joined(bus, NEWCOMER, case_id)
    await nothing_is_lost(bus, receipts)


async def test_a_tail_that_is_gone_behind_a_living_last_sequence(tmp_path: Path) -> None:
    """The numbers go on where they were, the messages are gone: nobody waits for a message that cannot come."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = await some_events(bus, case_id)
        await bus.level()
        async with watching(bus) as watch:
            async with stopped(bus) as log:
                log.loses_its_tail(log.last // 2)
            await nothing_is_lost(bus, receipts)
            assert all(watch.heard(agency, LOSS) for agency in AGENCIES), watch.said
        await goes_on(bus, case_id)


async def test_sequences_that_are_used_again(tmp_path: Path) -> None:
    """The log goes back in time, and an agency that missed it and a newcomer write on before those who know return."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        await bus.level()
        await bus.stop_node("coordinator")
        receipts = await some_events(bus, case_id, 3)
        first = receipts[0].sequence
        assert first is not None
        await bus.level()
        await bus.stop_node("police")
        await bus.stop_node("ngo-fyren")
        async with stopped(bus) as log:
            log.goes_back(first)
        await bus.start_node("coordinator")
        await bus.ready()
        await admits(bus, NEWCOMER)
        await bus.start_node(NEWCOMER)
        await bus.ready()
        receipts += [await bus.detect("coordinator") for _ in range(3)]
        receipts += [await bus.consent("coordinator", case_id), await bus.detect(NEWCOMER)]
        async with watching(bus) as watch:
            await bus.start_node("police")
            await bus.start_node("ngo-fyren")
            await nothing_is_lost(bus, acknowledged(*receipts))
            assert watch.heard("police", LOSS) and watch.heard("ngo-fyren", LOSS), watch.said
        receipts += await some_events(bus, case_id, 1)
        await nothing_is_lost(bus, receipts)


@pytest.mark.parametrize("numbers_go_on", [True, False])
async def test_everything_is_gone(tmp_path: Path, numbers_go_on: bool) -> None:
    """The stream is there with no message in it; the next one has the next number, or the first."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = await some_events(bus, case_id)
        await bus.level()
        async with watching(bus) as watch:
            async with stopped(bus) as log:
                log.loses_everything(index=numbers_go_on)
            await nothing_is_lost(bus, receipts)
            await eventually(lambda: all(watch.heard(agency, LOSS) for agency in AGENCIES))
        await goes_on(bus, case_id)
