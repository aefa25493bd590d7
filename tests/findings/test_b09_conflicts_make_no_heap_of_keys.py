"""B9: an event that begins a new epoch and meets conflict after conflict makes one key, and grants that one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

import pytest
from harness.attempting import attempting
from harness.bus import Bus, an_event
from harness.sharing import AGENCIES, accept, consent, now, refer

from bus.nats.erasable_streams import KEYS
from contracts.chapters.consent import ConsentWithdrawn

NGO, MUNICIPALITY, POLICE, _ = AGENCIES
SECONDS = 2.0


async def storm(bus: Bus, case_id: str, rages: asyncio.Event) -> None:
    """An agency with real credentials puts junk on the case's subjects as fast as it can, for some time."""
    async with attempting(bus, POLICE) as hand:
        until = monotonic() + SECONDS
        while monotonic() < until:
            await hand.client.publish(f"case.{case_id}.VictimDetected.{POLICE}", b"junk")
            await hand.client.flush()
            rages.set()


async def keys_of(bus: Bus, case_id: str) -> set[str]:
    """The ids of the keys of a case's facts that were granted to anybody."""
    async with bus.connected() as administrator:
        info = await administrator.jetstream().stream_info(KEYS, subjects_filter=f"key.{case_id}.case.>")
    return {subject.split(".")[3] for subject in info.state.subjects or {}}


@pytest.mark.long
async def test_a_storm_of_conflicts_makes_one_key(tmp_path: Path) -> None:
    """Somebody has left, so the next event needs a new key; meanwhile others write to the case again and again."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect(NGO)).case_id
        consent_id = await consent(bus, case_id, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        await bus.readable(case_id)
        gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[MUNICIPALITY])
        await bus.submit(NGO, gone, case_id)
        await bus.level()
        before = await keys_of(bus, case_id)
        rages = asyncio.Event()
        raging = asyncio.create_task(storm(bus, case_id, rages))
        await rages.wait()
        receipt = await bus.consent(NGO, case_id)
        await raging
        await bus.delivered(NGO, receipt.event_id)
        await bus.level()
        await bus.readable(case_id)
        made = await keys_of(bus, case_id) - before
        assert 1 <= len(made) <= 2, f"{len(made)} keys for one event"
        held = await bus.nodes[NGO].keyring.of(case_id)
        assert len(held) <= len(before) + 2
