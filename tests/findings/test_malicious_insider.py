"""No insider can stop another agency: with real keys and credentials it writes every extreme, and *other* cases go on.

Each of the five services has its own process, so that the test sees one that hangs. The messages, over a thousand, are
every canonical event with extreme fields in the lawful case that leads up to it, events of agencies that take no part,
extreme envelopes, and malformed data in the directory's chain and among the grants of keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from harness.insiders import Insiders, chain_of, insiders_of
from harness.malice import (
    Chain,
    as_is,
    extreme_envelopes,
    extremes_of,
    led_up_to,
    stories_with_days_extreme,
    stories_with_fields_extreme,
)
from harness.running import Callers, an_event, kill_service
from harness.waiting import eventually

from bus.directory.directory import DIRECTORY_ID
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureRequested
from contracts.chapters.referral import CaseReferred
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import CaseEvent
from stafett.embedded.bus import FIVE, Embedded

AGENCIES: Final = ("ngo-fyren", "municipality-0180", "police", "migration", "coordinator")
"""The five as the scenarios name them."""


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Embedded]:
    """Five services, which keep time."""
    with Embedded(tmp_path / "bus", FIVE, keeps_time=True) as running:
        yield running
        for agency in FIVE:
            kill_service(running, agency)  # one that hangs would be waited for


@pytest.fixture
async def callers(bus: Embedded) -> AsyncIterator[Callers]:
    """People at its agencies."""
    async with Callers(bus) as people:
        yield people


@pytest.fixture
async def insiders(bus: Embedded) -> AsyncIterator[Insiders]:
    """Their colleagues who mean harm."""
    async with insiders_of(bus) as they:
        yield they


def _present(event: type[CaseEvent], **changes: Any) -> dict[str, Any]:
    """An event that occurs now, since the coordinator's service ends what has run out."""
    return an_event(event, occurred_at=datetime.now(UTC).isoformat(), **changes)


def _consent() -> dict[str, Any]:
    """Consent to all five that holds for a month."""
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    return _present(ConsentGiven, recipients=list(FIVE), purposes=["support"], valid_until=until)


async def _offered(callers: Callers, case_id: str, recipient: str, within: timedelta) -> str:
    until = (datetime.now(UTC) + within).isoformat()
    offer = _present(CaseReferred, recipient=recipient, purposes=["support"], respond_by=until)
    return str((await callers.said("ngo", offer, case_id))["event_id"])


async def _new_case(callers: Callers) -> str:
    """A case of the NGO's, with consent to all, in the present."""
    case_id = str((await callers.said("ngo", _present(VictimDetected)))["case_id"])
    await callers.said("ngo", _consent(), case_id)
    return case_id


async def _honest_case(callers: Callers) -> str:
    """A case that all five take part in."""
    case_id = await _new_case(callers)
    await callers.said("ngo", _present(ConsultationRequested), case_id)
    for recipient in ("police", "migration", "municipality"):
        await callers.accepts(recipient, case_id, await _offered(callers, case_id, recipient, timedelta(days=1)))
    await callers.reached(case_id, 6)
    return case_id


async def _all_is_well(callers: Callers, honest: str) -> None:
    """Everybody is ready and writes to a case that nobody meddled with; reactions, tasks and clocks do their work."""
    await callers.all_ready(within=20)
    for agency in FIVE:
        async with asyncio.timeout(10):
            await callers.said(agency, _consent(), honest)
    await callers.nothing_pending(within=20)
    await callers.agreed_version(honest, 1)
    case_id = await _new_case(callers)
    await _offered(callers, case_id, "municipality", timedelta(seconds=2))

    async def asked() -> bool:
        return bool((await callers.get("municipality", f"/v1/tasks?case_id={case_id}")).json()["items"])

    async def expired() -> bool:
        return any("ReferralExpired" in event["type"] for event in await callers.history("ngo", case_id))

    await eventually(asked, 15)
    await eventually(expired, 20)


async def _all_agree(callers: Callers, chains: Iterable[Chain]) -> None:
    """Whoever can read a case shows the same of it, whatever was written there."""
    for chain in chains:
        seen: dict[str, Any] = {}

        async def alike(case_id: str = chain.case_id, seen: dict[str, Any] = seen) -> bool:
            views = await asyncio.gather(*(callers.view(agency, case_id) for agency in FIVE))
            seen.update({a: v and (v["version"], v["digest"]) for a, v in zip(FIVE, views, strict=True)})
            return len({told for told in seen.values() if told is not None}) <= 1

        try:
            await eventually(alike, 10)
        except AssertionError:
            raise AssertionError(f"{chain.case_id} is not the same for all: {seen}") from None


async def _everything_is_written(callers: Callers, insiders: Insiders, case_id: str) -> None:
    """All the harm there is, at the given case too, which the police takes no part in."""
    stories = [*stories_with_days_extreme(AGENCIES), *stories_with_fields_extreme(AGENCIES, 300, 7)]
    for number, story in enumerate(stories):
        chain = insiders.chain()
        chain.tells(story)
        await insiders.tells(chain, known=number % 2 == 0)
    odd = insiders.chain()
    odd.tells([as_is(issued) for issued in led_up_to(AGENCIES)["ReferralAccepted"][0]])
    for deed, attributes in extreme_envelopes("police", ConsultationRequested.canonical()):
        odd.says(deed, **attributes)
    await insiders.tells(odd, known=True)
    outsiders = insiders.chain((await chain_of(callers.bus, case_id))[-1])
    for event in (ErasureRequested.canonical(), ConsultationRequested.canonical()):
        for deed in extremes_of(event, "police")[:25]:
            outsiders.says(deed)
    await insiders.writes(outsiders.envelopes)
    directory = insiders.chain((await chain_of(callers.bus, DIRECTORY_ID))[-1])
    for name in ("CapacityAnnounced", "TrainingHeld", "ProviderCertified"):
        by = "municipality" if name == "CapacityAnnounced" else "coordinator"
        for deed in extremes_of(DIRECTORY_EVENTS[name].canonical(), by)[:20]:
            directory.says(deed)
    await insiders.writes(directory.envelopes)
    await insiders.gives_nonsense(case_id)


@pytest.mark.faults
async def test_every_extreme_harms_nobody_elses_case(callers: Callers, insiders: Insiders) -> None:
    """Every replica, outbox, clock and reaction goes on, all show the same, and every service starts again."""
    honest = await _honest_case(callers)
    private = await _new_case(callers)
    await _all_is_well(callers, honest)
    await _everything_is_written(callers, insiders, private)
    await _all_is_well(callers, honest)
    await _all_agree(callers, insiders.written)
    for agency in FIVE:
        await asyncio.to_thread(kill_service, callers.bus, agency)
    for agency in FIVE:
        callers.bus.start_service(agency)
    await _all_is_well(callers, honest)
    await _all_agree(callers, insiders.written)


@pytest.mark.parametrize(
    "how", [pytest.param("late", marks=pytest.mark.long), pytest.param("old", marks=pytest.mark.faults)]
)
async def test_one_permit_whose_days_are_extreme(callers: Callers, insiders: Insiders, how: str) -> None:
    """A permit from August 9999, or from the year 1: no service hangs, and no clock stops, even when it starts anew."""
    honest = await _honest_case(callers)
    for story in stories_with_days_extreme(AGENCIES):
        if type(story[-1].event).__name__ == "ResidencePermitGranted" and story[-1].how == how:
            chain = insiders.chain()
            chain.tells(story)
            await insiders.tells(chain, known=False)
    assert insiders.written
    await _all_is_well(callers, honest)
    await asyncio.to_thread(kill_service, callers.bus, "coordinator")
    callers.bus.start_service("coordinator")
    await _all_is_well(callers, honest)
    await _all_agree(callers, insiders.written)
