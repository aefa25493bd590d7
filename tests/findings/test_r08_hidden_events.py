"""R8: a node notices events that somebody consistently removed from its store, and gets them back from the log.

Before that, it acknowledges no event that the others then set aside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.reckoning import acknowledged, answered, nothing_is_lost
from harness.tampering import hides_a_case, hides_the_newest
from harness.waiting import eventually

from bus.errors import SubmissionError
from bus.submission.submission import Receipt

POLICE, NGO, COORDINATOR = AGENCIES = ("police", "ngo-fyren", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Three agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


async def _hidden(bus: Bus, *, whole: bool) -> tuple[str, list[Receipt]]:
    """A case of all three of which the police's store, while its node is stopped, loses the newest event or all."""
    case_id = await bus.shared_case()
    receipts = acknowledged(*[await bus.consent(agency, case_id) for agency in AGENCIES])
    receipts += acknowledged(await bus.detect(NGO))
    await bus.level()
    await bus.stop_node(POLICE)
    if whole:
        hides_a_case(bus, POLICE, case_id)
    else:
        *_, before, _ = [envelope for envelope in await bus.envelopes() if envelope.case_id == case_id]
        sequence = receipts[1].sequence
        assert sequence is not None and before.version == receipts[1].version
        hides_the_newest(bus, POLICE, case_id, (before.version, before.hash, sequence))
    return case_id, receipts


@pytest.mark.parametrize("whole", [False, True])
async def test_what_a_store_hides_comes_back(bus: Bus, whole: bool) -> None:
    """The newest event with its head, or the whole case: within seconds it is there again, and all write on."""
    case_id, receipts = await _hidden(bus, whole=whole)
    await bus.start_node(POLICE)
    await nothing_is_lost(bus, receipts, within=10)
    receipts += acknowledged(*[await answered(bus.consent(agency, case_id)) for agency in AGENCIES])
    await nothing_is_lost(bus, receipts)


async def test_no_event_on_a_shortened_case_is_acknowledged_and_then_set_aside(bus: Bus) -> None:
    """The police writes twice as soon as it can: what it is told to be in the log is in everybody's view."""
    case_id, receipts = await _hidden(bus, whole=False)
    await bus.start_node(POLICE)
    said = [await answered(bus.consent(POLICE, case_id)) for _ in range(2)]
    receipts += [await bus.delivered(POLICE, receipt.event_id) for receipt in said]
    await nothing_is_lost(bus, receipts, within=10)


async def test_another_agency_writes_to_the_case_that_is_hidden(bus: Bus) -> None:
    """The police takes the next event of the case, which does not follow what it has, and has the rest first."""
    case_id, receipts = await _hidden(bus, whole=True)
    await bus.start_node(POLICE)
    await bus.ready()
    receipts += acknowledged(await bus.consent(NGO, case_id))
    await nothing_is_lost(bus, receipts, within=10)

    async def writes() -> bool:
        try:
            receipts.extend(acknowledged(await answered(bus.consent(POLICE, case_id))))
        except SubmissionError:
            return False
        return True

    await eventually(writes, 10)
    await nothing_is_lost(bus, receipts)
