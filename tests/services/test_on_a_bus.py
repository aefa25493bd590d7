"""The processes on a real bus: agencies' tasks begin and end as events of others arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.bus import Bus, an_event
from harness.owing import owed, react_again
from harness.waiting import eventually

from bus.store import Kind
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.referral import CaseReferred, ReferralDeclined
from contracts.testing.example_ids import MUNICIPALITY, NGO
from services import mandate_of

REGION = "region-01"


async def _open_tasks(bus: Bus, agency: str) -> list[str]:
    return sorted(task.text_en for task in await bus.nodes[agency].tasks.open())


async def _shows(bus: Bus, agency: str, *texts: str) -> None:
    """Wait until an agency's open tasks are those that begin so, in order of the alphabet."""

    async def as_said() -> bool:
        found = await _open_tasks(bus, agency)
        return len(found) == len(texts) and all(map(str.startswith, found, texts))

    await eventually(as_said)


def _a_bus(folder: Path, *agencies: str, keeping_time: tuple[str, ...] = ()) -> Bus:
    return Bus(folder, *agencies, mandates={a: mandate_of(a) for a in agencies}, keeping_time=keeping_time)


async def _consenting(bus: Bus) -> tuple[str, str]:
    """A case of the NGO's and a consent in it to support by the municipality and the region."""
    case_id = (await bus.detect(NGO)).case_id
    until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    consent = an_event(ConsentGiven, recipients=[MUNICIPALITY, REGION], purposes=["support"], valid_until=until)
    return case_id, (await bus.submit(NGO, consent, case_id)).event_id


async def _offered(bus: Bus, case_id: str, recipient: str, within: timedelta = timedelta(days=2)) -> str:
    now = datetime.now(UTC)
    offer = an_event(
        CaseReferred, occurred_at=now.isoformat(), recipient=recipient, respond_by=(now + within).isoformat()
    )
    return (await bus.submit(NGO, offer, case_id)).event_id


async def test_a_declined_offer_goes_on_to_the_next_recipient(tmp_path: Path) -> None:
    """The recipient's task is over with its answer, though it leaves by that; the sender's with its next offer."""
    async with _a_bus(tmp_path, NGO, MUNICIPALITY, REGION) as bus:
        case_id, _ = await _consenting(bus)
        offer = await _offered(bus, case_id, MUNICIPALITY)
        await _shows(bus, MUNICIPALITY, "A case is offered to you")
        declined = an_event(ReferralDeclined, occurred_at=datetime.now(UTC).isoformat(), offer_id=offer)
        await bus.submit(MUNICIPALITY, declined, case_id)
        await _shows(bus, NGO, "Stockholm declines because it has no room")
        await _shows(bus, MUNICIPALITY)
        await _offered(bus, case_id, REGION)
        await _shows(bus, NGO)
        await _shows(bus, REGION, "A case is offered to you")


async def test_an_expired_offer_is_told_to_its_sender(tmp_path: Path) -> None:
    """A participant's clock ends it; nobody need look at it for that."""
    async with _a_bus(tmp_path, NGO, MUNICIPALITY, keeping_time=(NGO, MUNICIPALITY)) as bus:
        case_id, _ = await _consenting(bus)
        await _offered(bus, case_id, MUNICIPALITY, timedelta(seconds=2))
        await _shows(bus, NGO, "Stockholm has not answered in time")
        await _shows(bus, MUNICIPALITY)


async def test_who_leaves_a_case_keeps_only_that_it_left(tmp_path: Path) -> None:
    """A consent is withdrawn while an offer waits: its recipient has nothing to answer, also when all runs again.

    It does not learn why: that is a matter of the case.
    """
    async with _a_bus(tmp_path, NGO, MUNICIPALITY) as bus:
        case_id, consent = await _consenting(bus)
        await _offered(bus, case_id, MUNICIPALITY)
        await _shows(bus, MUNICIPALITY, "A case is offered to you")
        withdrawn = an_event(
            ConsentWithdrawn, occurred_at=datetime.now(UTC).isoformat(), consent_id=consent, recipients=[]
        )
        await bus.submit(NGO, withdrawn, case_id)
        await _shows(bus, MUNICIPALITY)
        await bus.stop_node(MUNICIPALITY)
        node = await bus.start_node(MUNICIPALITY)
        await bus.ready()
        await react_again(node, case_id)

        async def has_reacted_again() -> bool:
            return await owed(node, Kind.REACT) == [] and await node.store.reacted(case_id) > 0

        await eventually(has_reacted_again)
        await _shows(bus, MUNICIPALITY)
