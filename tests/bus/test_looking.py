"""Grants are looked for again when that is owed, also when following them fails just then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.bus import Bus
from harness.owing import owed
from harness.waiting import eventually

from bus.errors import BrokerAwayError
from bus.store import Kind, Obligation, Transaction


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
