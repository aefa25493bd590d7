"""The broker, services and both are killed at random moments while everybody writes: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from harness.loading import Load, shared_cases
from harness.racing import race
from harness.running import Callers, kill_service

from stafett.embedded.bus import FIVE

_KILLS = 24


@pytest.mark.parametrize("seed", [1])
async def test_what_was_acknowledged_survives_every_kill(callers: Callers, seed: int, record_property: Any) -> None:
    """Kill -9 of the broker, of a service, of both; each time they start again while the writing goes on."""
    chance = random.Random(seed)
    bus = callers.bus
    before = await shared_cases(callers, 4)
    async with Load(callers, list(before), seed) as load:
        for number in range(_KILLS):
            await asyncio.sleep(chance.uniform(0.05, 1.0))
            what = ("broker", "service", "both")[number % 3]
            agency = chance.choice(FIVE)
            if what != "service":
                bus.broker.kill()
            if what != "broker":
                await asyncio.to_thread(kill_service, bus, agency)
            await asyncio.sleep(chance.uniform(0.0, 0.7))
            if what != "broker":
                bus.start_service(agency)
            if what != "service":
                bus.start_broker()
            if chance.random() < 0.5:  # the other half of the time the next kill hits a bus that still recovers
                await callers.all_ready(within=60)
        await callers.all_ready(within=60)
    record_property("statuses", dict(load.statuses))
    assert len(load.recorded) > 50
    assert load.kept, "some writes must have met an absent broker"
    await load.reckon(before)


async def test_a_long_race_loses_and_doubles_nothing(callers: Callers, record_property: Any) -> None:
    """Fifty writers with twenty rounds each, on one case, through all five services."""
    record_property("race", await race(callers, writers=50, rounds=20))
