"""B3, B4: an admitted agency writes a date at the end of the calendar. No agency's replica, clock or reaction stops.

The date goes past the agency's own service, signed and sealed with its real keys, as any program with its credentials
could write it. So nothing can take it out of the log again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import holidays.countries.sweden  # noqa: F401 - found on first use, the calendar holds the loop for long
import pytest
from harness.bus import Bus, an_event, full_mandate
from harness.gateways import gateways
from harness.held_loop import Freed, held_at_most
from harness.insider import insider
from harness.line import LinedBus
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.mandate import Mandate, ReactionContext
from bus.store import OutboxStatus
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.event.case_event import CaseEvent
from contracts.law.deadlines import deadlines
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted, ResidencePermitRequested
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.given_when_then import given, issued
from contracts.view.case_view import CaseView

pytestmark = pytest.mark.long

AGENCIES = ("police", "migration", "ngo-fyren", "coordinator")
POLICE, MIGRATION, NGO, COORDINATOR = AGENCIES
FIRST, LAST = "0001-01-01", "9999-12-31"
INSIDER = {
    "a first day without a day six months later": {"valid_from": "9999-08-01", "valid_until": LAST},
    "the calendar's first day": {"valid_from": FIRST},
}


def test_a_permit_without_a_day_six_months_later_is_judged_at_once() -> None:
    """The last half year of the calendar has no day six months later: the rules still answer."""
    applied = OTHER_CASES["a permit, and its end"][:-2]
    with held_at_most(2):
        try:
            grant = issued(ResidencePermitGranted, MIGRATION, valid_from="9999-08-01", valid_until=LAST)
        except ValueError:
            return  # no such day can be stated
        given(*applied).when(grant)


def test_deadlines_are_told_of_any_first_day_that_the_rules_let_through() -> None:
    """A permit that the rules allow has a deadline that the clock can read."""
    applied = OTHER_CASES["a permit, and its end"][:-2]
    try:
        grant = issued(ResidencePermitGranted, MIGRATION, valid_from=FIRST)
    except ValueError:
        return  # no such day can be stated
    deadlines(given(*applied).when(grant).case)


def reacting_coordinator() -> Mandate:
    """A coordinator that puts a task before its caseworkers for each consultation."""
    coordinator = full_mandate(COORDINATOR)

    @coordinator.on(ConsultationRequested)
    async def answer(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
        """One task for each request."""
        await context.open_task(case, "answer", context.provenance.event_id, en="Answer.", sv="Svara.")

    return coordinator


async def shared(bus: Bus) -> str:
    """A case of the NGO's, which the victim lets the police and the Migration Agency see for three months."""
    case_id = (await bus.submit(NGO, an_event(VictimDetected, occurred_at=now()))).case_id
    await consent(bus, case_id, POLICE, MIGRATION)
    for agency in (POLICE, MIGRATION):
        await accept(bus, case_id, agency, await refer(bus, case_id, agency))
    await bus.level()
    await bus.readable(case_id)
    return case_id


async def applied_for(bus: Bus) -> tuple[str, str]:
    """A shared case with an application for a permit, and the application's id."""
    case_id = await shared(bus)
    await bus.submit(POLICE, an_event(InvestigationOpened, occurred_at=now()), case_id)
    request = await bus.submit(POLICE, an_event(ResidencePermitRequested, occurred_at=now()), case_id)
    await bus.agreed_version(case_id)
    return case_id, request.event_id


def granted(request_id: str, changes: dict[str, str]) -> tuple[CaseEvent, dict[str, Any]]:
    """The permit, as an event with dates that can be and as the data with those that are to be written."""
    stated = an_event(ResidencePermitGranted, occurred_at=now(), request_id=request_id)
    return stated, json.loads(stated.model_dump_json()) | changes


async def insider_grants(bus: Bus, case_id: str, request_id: str, changes: dict[str, str]) -> None:
    """The Migration Agency's credentials put the permit into the log, whatever its dates are."""
    stated, content = granted(request_id, changes)
    async with insider(bus, MIGRATION) as hand:
        key, data = await bus.key(MIGRATION, case_id), json.dumps(content).encode()
        await hand.writes(case_id, stated, key=key, data=data, recorded_at=datetime.now(UTC))


async def goes_on(bus: Bus) -> None:
    """Another case lives on: all write to it, the clock ends an offer, the coordinator's reaction gives it a task."""
    await bus.ready(within=15)
    case_id = await shared(bus)
    await bus.submit(NGO, an_event(ConsultationRequested, occurred_at=now()), case_id)
    await bus.level()
    await bus.readable(case_id)
    for agency in AGENCIES:
        receipt = await bus.delivered(agency, await consent(bus, case_id, NGO, by=agency))
        assert receipt.status is OutboxStatus.DELIVERED
    other = (await bus.submit(NGO, an_event(VictimDetected, occurred_at=now()))).case_id
    await consent(bus, other, POLICE)
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    offer = an_event(CaseReferred, occurred_at=now(), recipient=POLICE, purposes=["support"], respond_by=soon)
    await bus.submit(NGO, offer, other)

    async def asked() -> bool:
        return len(await bus.nodes[COORDINATOR].tasks.open(case_id)) == 1

    async def expired() -> bool:
        return "ReferralExpired" in [e.event_name for e in await bus.envelopes() if e.case_id == other]

    await eventually(asked, within=15)
    await eventually(expired, within=15)
    await bus.agreed_version(case_id)


@pytest.mark.parametrize("name", INSIDER)
async def test_an_insiders_date_stops_nobody(tmp_path: Path, name: str) -> None:
    """Neither at once nor after a restart of every agency."""
    mandates = {COORDINATOR: reacting_coordinator()}
    options: dict[str, Any] = {"lined": [], "mandates": mandates, "keeping_time": AGENCIES}
    async with Freed() as loop, LinedBus(tmp_path, *AGENCIES, **options) as bus:
        case_id, request_id = await applied_for(bus)
        await insider_grants(bus, case_id, request_id, INSIDER[name])
        try:
            await bus.level()
        finally:
            assert loop.held == []
        await goes_on(bus)
        for agency in AGENCIES:
            await bus.stop_node(agency)
        for agency in AGENCIES:
            await bus.start_node(agency)
        await goes_on(bus)
        await bus.agreed_version(case_id)
        assert loop.held == []


async def test_a_decision_makers_date_does_not_hold_the_service(tmp_path: Path) -> None:
    """A permit that begins in the calendar's last half year gets an answer, and the service goes on."""
    async with (
        Freed() as loop,
        LinedBus(tmp_path, *AGENCIES, lined=[], start=False) as bus,
        gateways(bus, tmp_path) as at,
    ):
        case_id, request_id = await applied_for(bus)
        _, content = granted(request_id, INSIDER["a first day without a day six months later"])
        body = {"type": "ResidencePermitGranted", "data": content}
        try:
            answer = await at[MIGRATION].post(f"/v1/cases/{case_id}/events", body, "decision-maker")
        finally:
            assert loop.held == []
        assert answer.status_code < 500, answer.text
        assert (await at[MIGRATION].get(f"/v1/cases/{case_id}")).status_code == 200
