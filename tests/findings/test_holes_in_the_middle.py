"""The log loses messages from its middle: agencies that lack them get them from the others, and every 201 stays true.

Nobody deletes from the log, and everybody follows all of it. So a missing sequence is a loss, wherever it is.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus
from harness.damaging import bus_in_small_blocks, stopped
from harness.reckoning import (
    LOSS,
    acknowledged,
    answered,
    has_joined,
    nothing_is_lost,
    some_events,
    starts_over,
    troubles,
    watching,
)
from harness.waiting import eventually

from bus.submission.submission import Receipt

pytestmark = pytest.mark.long

AGENCIES = ("police", "ngo-fyren", "coordinator")
NEWCOMER = "municipality-0180"


async def followed_by_others(bus: Bus, agency: str, count: int = 30) -> list[Receipt]:
    """Enough events of other cases that what was written before them does not lie in the log's last block."""
    return acknowledged(*[await bus.detect(agency) for _ in range(count)])


async def test_all_notice_a_hole_below_their_positions(tmp_path: Path) -> None:
    """Everybody holds what the log lost from its middle: each says so, goes on, and no event is missing anywhere."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = await some_events(bus, case_id)
        await bus.level()
        async with watching(bus) as watch:
            async with stopped(bus) as log:
                log.loses_the_rest_of_a_block(log.sequences_of(log.blocks[1])[3])
            await nothing_is_lost(bus, receipts)
            await eventually(lambda: all(watch.heard(agency, LOSS) for agency in AGENCIES))
        receipts += await some_events(bus, case_id, 1)
        await nothing_is_lost(bus, receipts)


async def test_a_follower_gets_what_the_log_lost_before_it_came(tmp_path: Path) -> None:
    """An agency was away while events were written that the log then lost: it has them from those who hold them."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        await bus.stop_node("coordinator")
        receipts = await some_events(bus, case_id, 10)
        async with stopped(bus) as log:
            damage = log.loses_the_rest_of_a_block(log.sequences_of(log.blocks[1])[3])
            assert {receipt.sequence for receipt in receipts} >= set(damage.lost)
        await bus.start_node("coordinator")
        async with watching(bus) as watch:
            await nothing_is_lost(bus, receipts)
        assert watch.heard("coordinator", LOSS), watch.said
        receipts += await some_events(bus, case_id, 1)
        await nothing_is_lost(bus, receipts)


async def test_a_newcomer_after_the_loss_is_current(tmp_path: Path) -> None:
    """An agency that is admitted after the log lost its middle has every case as the others have it."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = await some_events(bus, case_id)
        await bus.level()
        async with stopped(bus) as log:
            log.loses_the_rest_of_a_block(log.sequences_of(log.blocks[1])[3])
        await bus.ready()
        receipts += await has_joined(bus, NEWCOMER, case_id)
        await nothing_is_lost(bus, receipts)


@pytest.mark.parametrize("newest", [False, True])
async def test_one_message_of_which_nothing_tells_that_it_is_gone(tmp_path: Path, newest: bool) -> None:
    """One bit flips: counts, first and last sequence are as before, but a message is gone, amid its case or as the
    newest of it; who starts over, and who joins, has it all the same, and the case goes on.
    """
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = acknowledged(*[await bus.consent(agency, case_id) for agency in AGENCIES])
        receipts += await followed_by_others(bus, "ngo-fyren")
        await bus.level()
        gone = receipts[2 if newest else 1].sequence
        assert gone is not None
        async with stopped(bus) as log:
            log.loses_one(gone)
        await bus.ready()
        await starts_over(bus, "coordinator")
        await nothing_is_lost(bus, receipts)
        receipts += acknowledged(*[await answered(bus.consent(agency, case_id)) for agency in AGENCIES])
        receipts += await has_joined(bus, NEWCOMER, case_id)
        await nothing_is_lost(bus, receipts)


async def test_a_case_whose_newest_event_is_gone_goes_on(tmp_path: Path) -> None:
    """The broker thinks that the case ends earlier than all know it does: they write on from where it really ends."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = acknowledged(*[await bus.consent(agency, case_id) for agency in AGENCIES])
        newest = receipts[-1].sequence
        assert newest is not None
        receipts += await followed_by_others(bus, "ngo-fyren")
        await bus.level()
        async with stopped(bus) as log:
            log.loses_the_rest_of_a_block(newest)
        await bus.ready()
        receipts += acknowledged(*[await answered(bus.consent(agency, case_id)) for agency in AGENCIES])
        await nothing_is_lost(bus, receipts)


async def test_nobody_writes_on_a_case_that_the_log_cut_short(tmp_path: Path) -> None:
    """An agency that never saw the case's lost event is alone on the bus: it says that it lacks something, and what it
    writes then gets a place that all others give it, too.
    """
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        await bus.stop_node("coordinator")
        receipts = acknowledged(*[await bus.consent("police", case_id) for _ in range(3)])
        newest = receipts[-1].sequence
        assert newest is not None
        receipts += await followed_by_others(bus, "ngo-fyren")
        await bus.level()
        await bus.stop_node("police")
        await bus.stop_node("ngo-fyren")
        async with stopped(bus) as log:
            log.loses_the_rest_of_a_block(newest)
        alone = await bus.start_node("coordinator")
        async with watching(bus) as watch:
            await eventually(lambda: alone.health().ready or watch.heard("coordinator", LOSS))
        unsure = await answered(bus.consent("coordinator", case_id))
        assert await alone.replica.case(case_id) is not None, "reading goes on"
        said = troubles(alone)
        await bus.start_node("police")
        await bus.start_node("ngo-fyren")
        receipts.append(await bus.delivered("coordinator", unsure.event_id))
        await nothing_is_lost(bus, receipts)
        assert any(LOSS.search(text) for text in said), said


async def test_the_beginning_of_the_log_with_the_directory_in_it(tmp_path: Path) -> None:
    """The first block is gone, and with it who is on the bus: who starts over learns both from the others."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = await some_events(bus, case_id)
        await bus.level()
        async with watching(bus) as watch:
            async with stopped(bus) as log:
                assert 1 in log.loses_its_beginning().lost
            await bus.ready()
            await starts_over(bus, "ngo-fyren")
            await nothing_is_lost(bus, receipts)
            assert all(watch.heard(agency, LOSS) for agency in AGENCIES), watch.said
        await bus.ready()
        receipts += await some_events(bus, case_id, 1)
        await nothing_is_lost(bus, receipts)


async def test_who_starts_over_while_others_put_back_puts_back_its_own(tmp_path: Path) -> None:
    """The others wait for an event of an agency that lost its store: it finds the event twice, but not in its place."""
    async with bus_in_small_blocks(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = acknowledged(*[await bus.consent("police", case_id) for _ in range(10)])
        receipts += await some_events(bus, case_id)
        await bus.level()
        held = [each.envelope async for each in bus.nodes["police"].replica.history(case_id)]
        await bus.stop_node("ngo-fyren")
        async with stopped(bus) as log:
            lost = log.loses_its_beginning().lost
        awaited = next(each for each in held if each.agency == "ngo-fyren")
        before = held[awaited.version - 2]
        assert next(each.sequence for each in receipts if each.event_id == before.event_id) not in lost

        async def is_its_turn() -> bool:
            times = [message.headers["ce-id"] async for message in bus.nodes["police"].log.chain(case_id)]
            return times.count(before.event_id) == 2

        await bus.ready()
        await eventually(is_its_turn)
        await starts_over(bus, "ngo-fyren")
        await nothing_is_lost(bus, receipts)
        receipts += await some_events(bus, case_id, 1)
        await nothing_is_lost(bus, receipts)
