"""B5: judging one waiting event raises. That event is parked for a caseworker, alone, and the node stays ready."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.faulty_rule import raising_rule
from harness.line import LinedBus
from harness.waiting import eventually

from bus.errors import SubmissionError
from bus.store import OutboxStatus
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportProvided
from contracts.chapters.consent import ConsentGiven
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.reflection_period import ReflectionPeriodGranted, ReflectionPeriodRequested
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted, ResidencePermitRequested

pytestmark = pytest.mark.long

AGENCIES = ("ngo-fyren", "police", "migration", "municipality-0180")
NGO, POLICE, MIGRATION, MUNICIPALITY = AGENCIES
POISONED = "2031-05-06"


async def test_a_row_whose_judging_raises_is_parked_alone(tmp_path: Path) -> None:
    """What waits behind it in its case and what waits in another case is delivered."""
    async with LinedBus(tmp_path, NGO, POLICE, lined=[NGO]) as bus:
        case_id, other = (await bus.detect(NGO)).case_id, (await bus.detect(NGO)).case_id
        await _away(bus, NGO)
        poisoned = await bus.submit(NGO, an_event(ConsentGiven, valid_until=POISONED), case_id)
        behind, beside = await bus.consent(NGO, case_id), await bus.consent(NGO, other)
        assert {poisoned.status, behind.status, beside.status} == {OutboxStatus.PENDING}
        with raising_rule(ConsentGiven, lambda event: str(getattr(event, "valid_until", "")) == POISONED):
            bus.lines[NGO].mend()
            await bus.delivered(NGO, beside.event_id)
            await bus.ready()
            await _stays_ready(bus, NGO)
            await _parked(bus, NGO, poisoned.event_id)
            await bus.delivered(NGO, behind.event_id)
        assert [e.event_id for e in await bus.envelopes() if e.event_id == poisoned.event_id] == []


async def test_a_claim_that_a_permit_for_ever_makes_unjudgeable_is_parked_alone(tmp_path: Path) -> None:
    """The claim waits in the outbox; the permit that comes meanwhile has the calendar's last day in it."""
    async with LinedBus(tmp_path, *AGENCIES, lined=[MUNICIPALITY]) as bus:
        case_id, other, support, request = await _supported(bus)
        await _away(bus, MUNICIPALITY)
        claim = await bus.submit(MUNICIPALITY, an_event(ReimbursementClaimed, support_ids=[support]), case_id)
        beside = await bus.consent(MUNICIPALITY, other)
        assert {claim.status, beside.status} == {OutboxStatus.PENDING}
        with suppress(ValueError, SubmissionError):  # such a day cannot be stated, or not by the agency's service
            days = {"valid_from": "2024-01-01", "valid_until": "9999-12-31"}
            await bus.submit(MIGRATION, an_event(ResidencePermitGranted, request_id=request, **days), case_id)
        bus.lines[MUNICIPALITY].mend()
        await bus.delivered(MUNICIPALITY, beside.event_id)

        async def decided() -> bool:
            receipt = await bus.outbox(MUNICIPALITY).receipt(claim.event_id)
            return receipt is not None and receipt.status is not OutboxStatus.PENDING

        await eventually(decided, within=30)
        await bus.ready()
        await _stays_ready(bus, MUNICIPALITY)


async def _supported(bus: Bus) -> tuple[str, str, str, str]:
    """A case in a reflection period and another one, the id of a service given, and of an application for a permit."""
    case_id, other = await bus.shared_case(), await bus.shared_case()

    async def issue(agency: str, event: type[CaseEvent], **changes: Any) -> str:
        receipt = await bus.submit(agency, an_event(event, **changes), case_id)
        await bus.agreed_version(case_id)
        return receipt.event_id

    await issue(POLICE, InvestigationOpened)
    period = await issue(POLICE, ReflectionPeriodRequested)
    await issue(MIGRATION, ReflectionPeriodGranted, request_id=period)
    assessment = await issue(MUNICIPALITY, NeedsAssessed)
    plan = await issue(MUNICIPALITY, SupportPlanDrafted, assessment_id=assessment)
    support = await issue(MUNICIPALITY, SupportProvided, plan_id=plan)
    return case_id, other, support, await issue(POLICE, ResidencePermitRequested)


async def _away(bus: LinedBus, agency: str) -> None:
    """The agency loses the broker."""
    bus.lines[agency].cut()
    await eventually(lambda: not bus.nodes[agency].health().ready)


async def _parked(bus: Bus, agency: str, event_id: str) -> None:
    """Wait until the event stands before a caseworker, with a reason."""

    def needs_attention() -> bool:
        rows = bus.outbox(agency).waiting(OutboxStatus.PARKED)
        return any(row.event_id == event_id and row.reason for row in rows)

    await eventually(needs_attention, within=30)


async def _stays_ready(bus: Bus, agency: str, seconds: float = 3) -> None:
    """The node is ready whenever somebody looks."""
    until, looks = monotonic() + seconds, []
    while monotonic() < until:
        looks.append(bus.nodes[agency].health())
        await asyncio.sleep(0.02)
    unwell = [look for look in looks if not look.ready]
    assert unwell == [], f"not ready in {len(unwell)} of {len(looks)} looks: {unwell[0]}"
