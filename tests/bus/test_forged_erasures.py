"""An agency that may not request an erasure erases nothing, although its validly signed request is in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.insider import insider
from harness.opening import at_broker
from harness.owing import do
from harness.sharing import IDENTITY, accept, consent, now, read, reads, refer
from harness.waiting import eventually

from bus.nats.erasable_streams import KEYS, PERSONAL
from bus.sealing.content import ContentKey
from bus.store import Kind, Obligation
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested, holders_of
from contracts.chapters.lead import LeadHandedOver
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.status import CaseStatus

pytestmark = pytest.mark.long

AGENCIES = ("ngo-fyren", "municipality-0180", "police", "region-01", "coordinator")
"""The NGO opens and leads, the municipality reads with it, the police took part and left, the region never did."""


async def view(bus: Bus, agency: str, case_id: str) -> CaseView:
    """What an agency sees of a case."""
    seen = (await bus.nodes[agency].replica.case(case_id)).view
    assert isinstance(seen, CaseView)
    return seen


async def left_behind(bus: Bus) -> str:
    """A case with a record, that the municipality reads and that the police have left."""
    case_id = (await bus.detect("ngo-fyren")).case_id
    consent_id = await consent(bus, case_id, "municipality-0180", "ngo-fyren", "police")
    for agency in ("municipality-0180", "police"):
        await accept(bus, case_id, agency, await refer(bus, case_id, agency))
    await bus.nodes["ngo-fyren"].personal.record(case_id, IDENTITY)
    await reads(bus, "municipality-0180", case_id)
    gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=["police"])
    await bus.submit("ngo-fyren", gone, case_id)
    await bus.consent("ngo-fyren", case_id)  # the first event of an epoch that the police do not have
    await bus.level()

    async def taken_back() -> bool:
        return not any(".police." in subject for subject in (await at_broker(bus)).grants)

    await eventually(taken_back)
    return case_id


async def held(bus: Bus, case_id: str) -> dict[str, set[object]]:
    """What is kept of a case: the keys of each agency, and what lies at the broker."""
    kept: dict[str, set[object]] = {}
    for agency, node in bus.nodes.items():
        kept[agency] = {(k.compartment, k.kid) for k in await node.store.keys_of([case_id]) if k.compartment == "case"}
    async with bus.connected() as administrator:
        for stream in (KEYS, PERSONAL):
            info = await administrator.jetstream().stream_info(stream, subjects_filter=f"*.{case_id}.>")
            kept[stream] = set(info.state.subjects or {})
    return kept


def a_wish(holders: tuple[str, ...], scope: ErasureScope = ErasureScope.CASE) -> ErasureRequested:
    """A request that names everybody."""
    wish = an_event(ErasureRequested, occurred_at=now(), scope=scope, reason="other", holders=holders)
    assert isinstance(wish, ErasureRequested)
    return wish


async def nothing_happened(bus: Bus, case_id: str, before: dict[str, set[object]]) -> None:
    """Once everybody has taken what stands in the log, and gone through what it is to erase."""
    await bus.level()
    for node in bus.nodes.values():
        await do(node, Obligation(Kind.ERASE, case_id))  # what it would do by itself, and once more
    after = await held(bus, case_id)
    assert all(kept <= after[where] for where, kept in before.items()), after
    assert all([(await view(bus, agency, case_id)).status is not CaseStatus.ERASED for agency in bus.nodes])


async def test_who_does_not_lead_has_nothing_erased(tmp_path: Path) -> None:
    """A participant, one that has left and one that never took part ask for it, and confirm it themselves: nobody
    destroys anything, whoever can judge or not, nor after a restart; also of a case that only one agency reads.
    """
    async with Bus(tmp_path, *AGENCIES) as bus:
        shared, alone = await left_behind(bus), (await bus.detect("ngo-fyren")).case_id
        await bus.readable(alone)
        before = {case_id: await held(bus, case_id) for case_id in (shared, alone)}
        rogues = ("municipality-0180", "police", "region-01")
        for rogue, scope, case_id in product(rogues, ErasureScope, before):
            async with insider(bus, rogue) as writer:
                wish = await writer.writes(case_id, a_wish(AGENCIES, scope))
                await writer.writes(case_id, ErasureConfirmed(occurred_at=wish.recorded_at, request_id=wish.event_id))
        for case_id, kept in before.items():
            await nothing_happened(bus, case_id, kept)
        for agency in ("police", "coordinator"):
            await bus.stop_node(agency)
            await bus.start_node(agency)
        await bus.ready()
        for case_id, kept in before.items():
            await nothing_happened(bus, case_id, kept)
        assert {e.agency for e in await bus.envelopes() if e.event_name == ErasureConfirmed.__name__} == set(rogues)
        for agency in ("ngo-fyren", "municipality-0180"):
            assert await read(bus, agency, shared) == [IDENTITY]


async def test_who_makes_a_case_unreadable_first_has_nothing_erased(tmp_path: Path) -> None:
    """A participant's event under a key that nobody has lets every view stand still: nobody can judge, and nobody
    erases.
    """
    async with Bus(tmp_path, *AGENCIES) as bus, insider(bus, "municipality-0180") as rogue:
        case_id = await left_behind(bus)
        before = await held(bus, case_id)
        blinding = ContentKey.new(case_id, "case")
        await rogue.writes(case_id, ConsentGiven.canonical(), blinding, recorded_at=datetime.now(UTC))
        await bus.level()
        assert all([(await node.replica.case(case_id)).unreadable for node in bus.nodes.values()])
        wish = await rogue.writes(case_id, a_wish(AGENCIES))
        await rogue.writes(case_id, ErasureConfirmed(occurred_at=wish.recorded_at, request_id=wish.event_id))
        await bus.level()
        for agency in AGENCIES:
            await rogue.grants(blinding, agency)
        await bus.readable(case_id)
        await nothing_happened(bus, case_id, before)
        assert await read(bus, "municipality-0180", case_id) == [IDENTITY]


async def test_a_case_that_nobody_can_read_is_still_erased_at_its_leads_word(tmp_path: Path) -> None:
    """The agency that opened it judges by what it read last, and the others, who cannot, believe it."""
    async with Bus(tmp_path, *AGENCIES) as bus, insider(bus, "coordinator") as rogue:
        case_id = await left_behind(bus)
        await bus.submit("ngo-fyren", an_event(ConsultationRequested, occurred_at=now()), case_id)
        await bus.submit("ngo-fyren", an_event(LeadHandedOver, occurred_at=now(), to="municipality-0180"), case_id)
        await bus.level()
        await bus.readable(case_id)
        holders = holders_of(await view(bus, "municipality-0180", case_id))
        await rogue.writes(case_id, ConsentGiven.canonical(), ContentKey.new(case_id, "case"))
        await bus.level()
        await bus.submit("municipality-0180", a_wish(holders), case_id)
        await erased(bus, case_id, *holders)


async def test_who_cannot_judge_erases_once_the_opener_has_confirmed(tmp_path: Path) -> None:
    """Until then it keeps what it has. Who could judge has destroyed its own keys, and knows that after a restart."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await left_behind(bus)
        await bus.submit("ngo-fyren", an_event(LeadHandedOver, occurred_at=now(), to="municipality-0180"), case_id)
        await bus.level()
        await bus.readable(case_id)
        holders = holders_of(await view(bus, "municipality-0180", case_id))
        await bus.stop_node("ngo-fyren")
        await bus.submit("municipality-0180", a_wish(holders), case_id)

        async def confirmed() -> bool:
            erasures = (await view(bus, "municipality-0180", case_id)).erasures
            return bool(erasures) and "municipality-0180" in erasures[-1].confirmed_by

        await eventually(confirmed)
        assert await bus.nodes["municipality-0180"].keyring.of(case_id) == ()
        assert await bus.nodes["police"].keyring.of(case_id) != ()
        await bus.stop_node("municipality-0180")
        await bus.start_node("municipality-0180")
        await bus.ready()
        assert (await view(bus, "municipality-0180", case_id)).status is CaseStatus.ERASED
        await bus.start_node("ngo-fyren")
        await erased(bus, case_id, *holders)


async def erased(bus: Bus, case_id: str, *holders: str) -> None:
    """Wait until all have confirmed; everybody sees the same then, and nothing is left."""

    async def all_say_so() -> bool:
        views = [await view(bus, agency, case_id) for agency in bus.nodes]
        return all(v.erasures and not v.erasures[-1].outstanding for v in views) and len({v.digest for v in views}) == 1

    await eventually(all_say_so)
    confirmed = [e.agency for e in await bus.envelopes() if e.event_name == ErasureConfirmed.__name__]
    assert sorted(confirmed) == sorted(holders)
    left = await held(bus, case_id)
    assert not any(left.values()), left
