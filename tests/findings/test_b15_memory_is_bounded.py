"""B15: a node's memory for cases is bounded, however many cases the agency has had."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.remembering import remembered
from harness.sharing import now

from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from services import mandate_of

NGO, COORDINATOR = "ngo-fyren", "coordinator"
CASES, CACHED, BOUND = 400, 32, 200
"""A ring of the last hundreds of anything is a bound; one more entry for each case there ever was is none."""


@pytest.mark.long
async def test_nothing_is_kept_in_memory_of_every_case_there_ever_was(tmp_path: Path) -> None:
    """Four hundred cases with keys, clocks and reactions, of which the cache keeps 32."""
    mandates = {agency: mandate_of(agency) for agency in (NGO, COORDINATOR)}
    async with Bus(tmp_path, NGO, COORDINATOR, mandates=mandates, keeping_time=(NGO,), cached_cases=CACHED) as bus:
        gate = asyncio.Semaphore(64)
        until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()

        async def a_case() -> str:
            async with gate:
                case_id = (await bus.submit(NGO, an_event(VictimDetected, occurred_at=now()))).case_id
                given = an_event(ConsentGiven, occurred_at=now(), recipients=[NGO], valid_until=until)
                await bus.submit(NGO, given, case_id)
                return case_id

        cases = await asyncio.gather(*(a_case() for _ in range(CASES)))
        await bus.level()
        for case_id in cases[-3:]:
            await bus.readable(case_id)
        found = {agency: remembered(bus.nodes[agency], cases) for agency in bus.agencies}
        places = {(agency, place): count for agency, known in found.items() for place, count in known.items()}
        assert {place: count for place, count in places.items() if count > BOUND} == {}
