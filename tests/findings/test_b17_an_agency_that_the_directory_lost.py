"""B17: the log was rolled back past an agency's admission, and the directory went on without it.

Cases in which that agency had written are still read, and nothing else stops.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.bus import Bus, an_event
from harness.operating import admits

from bus.store import OutboxStatus
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.referral import CaseReferred, ReferralAccepted

POLICE, NGO, COORDINATOR, REGION = "police", "ngo-fyren", "coordinator", "region-01"


async def test_a_case_by_an_agency_that_the_directory_lost_is_still_read(tmp_path: Path) -> None:
    """The region's admission is gone and another agency's stands in its place: the police read on, and go on."""
    async with Bus(tmp_path, POLICE, NGO, COORDINATOR) as bus:
        other = await bus.shared_case()
        copy, founded = await bus.back_up(), bus.layout.founded.read_bytes()
        await admits(bus, REGION)
        await bus.start_node(REGION)
        await bus.ready(REGION)
        case_id = (await bus.detect(REGION)).case_id
        await bus.submit(REGION, an_event(ConsentGiven, recipients=[POLICE]), case_id)
        offer = await bus.submit(REGION, an_event(CaseReferred, recipient=POLICE), case_id)
        await bus.offered(case_id, POLICE)
        await bus.submit(POLICE, an_event(ReferralAccepted, offer_id=offer.event_id), case_id)
        await bus.level()
        await bus.readable(case_id)
        assert (await bus.nodes[POLICE].replica.case(case_id)).view.takes_part(POLICE)
        for agency in (POLICE, NGO, COORDINATOR, REGION):
            await bus.stop_node(agency)
        await bus.roll_back(copy)
        bus.layout.founded.write_bytes(founded)  # the operator's folder comes from the same backup
        await bus.start_broker()
        await admits(bus, "tax")
        for agency in (POLICE, NGO, COORDINATOR):
            await bus.start_node(agency)
        await bus.ready()
        await bus.level()
        assert (await bus.consent(POLICE, other)).status is OutboxStatus.DELIVERED
        read = await asyncio.gather(
            bus.nodes[POLICE].replica.case(case_id), _history(bus, POLICE, case_id), return_exceptions=True
        )
        assert [each for each in read if isinstance(each, BaseException)] == []


async def _history(bus: Bus, agency: str, case_id: str) -> list[str]:
    return [held.envelope.event_name async for held in bus.nodes[agency].replica.history(case_id)]
