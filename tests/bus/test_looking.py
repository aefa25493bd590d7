"""A node looks for grants again when it owes that, even when following the stream of grants fails at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.opening import at_broker
from harness.owing import owed
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.errors import BrokerAwayError
from bus.store import Kind, Obligation, Transaction
from contracts.chapters.consent import ConsentWithdrawn

NGO, MUNICIPALITY, COORDINATOR = "ngo-fyren", "municipality-0180", "coordinator"


async def look(bus: Bus, agency: str) -> None:
    """An agency owes itself a look at all grants to it."""
    owing = Transaction()
    owing.oblige(Obligation(Kind.LOOK, ""))
    await bus.nodes[agency].store.write(owing)
    bus.nodes[agency].reconciler.wake()


async def test_a_look_that_fails_when_it_begins_is_taken_up_again(tmp_path: Path) -> None:
    """The broker gives no consumer for a moment, and no connection is lost: the look is done after it, and the next."""
    async with Bus(tmp_path, "ngo-fyren", "coordinator") as bus:
        log, fails = bus.nodes["ngo-fyren"].log, 2
        follow_grants = log.follow_grants

        def not_now(batch: int) -> Any:
            nonlocal fails
            fails -= 1
            if fails >= 0:
                raise BrokerAwayError("not now")
            return follow_grants(batch)

        log.follow_grants = not_now  # type: ignore[method-assign]
        for _ in range(2):
            await look(bus, "ngo-fyren")

            async def looked() -> bool:
                return await owed(bus.nodes["ngo-fyren"], Kind.LOOK) == []

            await eventually(looked)
        assert fails < 0


async def test_a_look_that_is_owed_while_the_broker_is_away_is_done_when_it_is_back(tmp_path: Path) -> None:
    """And the service is not held up by it."""
    async with Bus(tmp_path, "ngo-fyren", "coordinator") as bus:
        bus.broker.kill()
        await eventually(lambda: not bus.nodes["ngo-fyren"].level)
        await look(bus, "ngo-fyren")
        await bus.start_broker()
        await bus.ready()

        async def looked() -> bool:
            return await owed(bus.nodes["ngo-fyren"]) == []

        await eventually(looked)


async def test_who_has_left_and_lost_its_store_looks_once_for_a_key(tmp_path: Path) -> None:
    """Nobody gives it one: the row says so, and is not tried over and over. One that comes after all ends it."""
    agencies = NGO, MUNICIPALITY, COORDINATOR
    async with Bus(tmp_path, *agencies) as bus:
        case_id = (await bus.detect(NGO)).case_id
        consent_id = await consent(bus, case_id, NGO, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        withdrawn = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[])
        await bus.submit(NGO, withdrawn, case_id)
        await bus.level()

        async def taken_back() -> bool:
            return not any(f".{MUNICIPALITY}." in subject for subject in (await at_broker(bus)).grants)

        await eventually(taken_back)
        await bus.stop_node(MUNICIPALITY)
        for file in bus.layout.home(MUNICIPALITY).glob("store.db*"):
            file.unlink()
        node = await bus.start_node(MUNICIPALITY)

        async def parked() -> bool:
            rows = [(row.kind, row.case_id, row.attempts) for row in await node.store.parked(10)]
            return rows == [(Kind.LOOK, case_id, 1)]

        await eventually(parked)
        await eventually(lambda: any("a key is missing" in each and case_id in each for each in node.health().degraded))
        await consent(bus, case_id, NGO, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))

        async def done() -> bool:
            return await owed(node, Kind.LOOK) == []

        await eventually(done)
        await bus.readable(case_id)


@pytest.mark.parametrize("restarted", [False, True], ids=["the session ends", "the process ends"])
async def test_a_case_is_read_and_listed_though_its_keys_came_when_all_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    """The keys are in the store, and who was to read the case with them has ended."""
    async with Bus(tmp_path, NGO, MUNICIPALITY, COORDINATOR) as bus:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, NGO, MUNICIPALITY)
        offer = await refer(bus, case_id, MUNICIPALITY)
        node = bus.nodes[MUNICIPALITY]
        cut = asyncio.Event()

        async def ends(*_: object) -> None:
            cut.set()
            raise BrokerAwayError("the session has ended")

        with monkeypatch.context() as patched:
            await bus.offered(case_id, MUNICIPALITY)
            patched.setattr(node.replica, "_read_anew", ends)
            await accept(bus, case_id, MUNICIPALITY, offer, reads=False)
            async with asyncio.timeout(15):
                await cut.wait()
            if restarted:
                await bus.stop_node(MUNICIPALITY)
        if restarted:
            await bus.start_node(MUNICIPALITY)
        await bus.readable(case_id)

        async def listed() -> bool:
            page = await bus.nodes[MUNICIPALITY].lists.cases({}, None, limit=10, offset=0)
            return [each.case_id for each in page.items] == [case_id]

        await eventually(listed)
