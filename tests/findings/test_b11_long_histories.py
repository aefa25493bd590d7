"""B11: a caller reads a case of 2,000 events over HTTP, and that does not delay the requests of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import an_event
from harness.gateways import gateways
from harness.held_loop import Turns
from harness.line import LinedBus
from harness.long_case import lengthen

from contracts.chapters.assistance import NeedsAssessed

NGO, COORDINATOR = "ngo-fyren", "coordinator"
EVENTS = 2000
LONGEST_TURN = 0.05
"""Seconds of the loop's own processor time."""


@pytest.mark.long
async def test_a_long_history_is_read_without_holding_the_loop(tmp_path: Path) -> None:
    """Its list, one event of it and the case itself: each answer comes in parts, or costs little."""
    async with (
        LinedBus(tmp_path, NGO, COORDINATOR, lined=[], start=False) as bus,
        gateways(bus, tmp_path) as at,
    ):
        case_id = (await bus.detect(NGO)).case_id
        await bus.readable(case_id)
        written = await lengthen(bus, NGO, case_id, [an_event(NeedsAssessed)] * (EVENTS - 1))
        assert await bus.quarantined(NGO) == []
        longest = {}
        for name, path in {
            "the list": f"/v1/cases/{case_id}/events",
            "one event": f"/v1/cases/{case_id}/events/{written[-1].event_id}",
            "the case": f"/v1/cases/{case_id}",
        }.items():
            async with Turns() as turns:
                answer = await at[NGO].get(path)
            assert answer.status_code == 200, answer.text
            longest[name] = round(turns.longest, 3)
            if name == "the list":
                listed = len(answer.json()["items"])
        assert max(longest.values()) < LONGEST_TURN, longest
        assert listed <= EVENTS / 2, f"{listed} events in one answer: the list is not paged"
