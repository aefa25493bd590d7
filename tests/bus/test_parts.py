"""The parts of a case on a real bus: each replica opens, judges and shows the parts that its agency reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.forging import a_directory, a_signer, after, in_sections, keys_for, part_key, sealed
from harness.insider import insider
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.case.case_replica import CaseReplica
from bus.envelope.envelope import SEALED_TYPE, SECTIONS_TYPE, Envelope
from bus.errors import BrokerAwayError, RefusedError
from bus.sealing.content import ContentKey, seal
from bus.store import OutboxStatus, Transaction
from bus.submission.submission import Submission
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import CaseEvent
from contracts.vocabulary.parts import Part

NGO, MUNICIPALITY, POLICE, ADVISER = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "ngo-hamnen")
NOTE = "An invented remark that only those who support the person read."


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus of four."""
    async with Bus(tmp_path, *AGENCIES) as started:
        yield started


async def shared(bus: Bus) -> str:
    """A case that the NGO leads: the municipality supports, another NGO advises on the right to stay, and the police
    have it for the investigation.
    """
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY, POLICE)
    await consent(bus, case_id, ADVISER, purpose="legal-status")
    await consent(bus, case_id, POLICE, purpose="investigation")
    await bus.level()
    await bus.readable(case_id)
    offer = await refer(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)
    await accept(bus, case_id, ADVISER, await refer(bus, case_id, ADVISER, purpose="legal-status"))
    await accept(bus, case_id, POLICE, await refer(bus, case_id, POLICE, purpose="investigation"))
    await bus.level()
    await bus.readable(case_id)
    return case_id


async def case_at(bus: Bus, agency: str, case_id: str) -> CaseReplica:
    """The case at an agency's replica."""
    return await bus.nodes[agency].replica.case(case_id)


async def content_at(bus: Bus, agency: str, case_id: str) -> bytes:
    """The content of the last event as an agency's history has it."""
    case = await case_at(bus, agency, case_id)
    entries = [each async for each in bus.nodes[agency].replica.part(case, case.chain.version - 1, 1)]
    return entries[0].content or b""


async def settled(bus: Bus, case_id: str) -> None:
    """Wait until everybody follows each part that it reads."""

    async def follow() -> bool:
        cases = [await case_at(bus, agency, case_id) for agency in AGENCIES]
        return not any(case.unreadable or case.waits for case in cases)

    await bus.level()
    await eventually(follow)


async def test_only_those_who_support_read_what_is_needed(bus: Bus) -> None:
    """The lead and the municipality see it; the police and the adviser agree on all the rest."""
    case_id = await shared(bus)
    await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now(), note=NOTE), case_id)
    await settled(bus, case_id)
    cases = {agency: await case_at(bus, agency, case_id) for agency in AGENCIES}
    assert len({case.view.digest for case in cases.values()}) == 1
    assert {agency for agency, case in cases.items() if Part.SUPPORT in case.parts} == {NGO, MUNICIPALITY}
    assert cases[NGO].view == cases[MUNICIPALITY].view and cases[NGO].view.needs is not None
    for agency in (POLICE, ADVISER):
        assert cases[agency].view.core == cases[NGO].view.core
        assert NOTE.encode() not in await content_at(bus, agency, case_id)
        assert Part.SUPPORT in cases[agency].stalled and not cases[agency].waits
    assert NOTE.encode() in await content_at(bus, NGO, case_id)
    await eventually(lambda: not any(node.health().degraded for node in bus.nodes.values()))


async def test_who_does_not_read_a_part_writes_nothing_there(bus: Bus) -> None:
    """Through its service it is refused; around it, every replica sets it aside, whether or not it can open it."""
    case_id = await shared(bus)
    needs = an_event(NeedsAssessed, occurred_at=now())
    with pytest.raises(RefusedError) as refused:
        await bus.submit(ADVISER, needs, case_id)
    assert refused.value.refusal.rule.id == "R25"
    async with insider(bus, ADVISER) as rogue:
        key = await bus.key(ADVISER, case_id)
        written = await rogue.writes(case_id, needs, key, recorded_at=datetime.now(UTC))
    await settled(bus, case_id)
    for agency in AGENCIES:
        found = [
            each for each in await bus.nodes[agency].store.quarantined(100, 0) if each.event_id == written.event_id
        ]
        assert [(each.reason, each.detail) for each in found] == [("refused", "R25")]
    assert (await bus.consent(NGO, case_id)).status is OutboxStatus.DELIVERED
    await bus.agreed_version(case_id)


async def test_details_under_a_key_that_nobody_has_stall_their_part_alone(bus: Bus) -> None:
    """The core goes on at everybody; what is written there meanwhile waits, until the key comes."""
    case_id = await shared(bus)
    await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
    await settled(bus, case_id)
    hidden = ContentKey.new(case_id, Part.SUPPORT.compartment)
    async with insider(bus, MUNICIPALITY) as rogue:
        said, core = an_event(NeedsAssessed, occurred_at=now()), await bus.key(MUNICIPALITY, case_id)
        event_id = "018e0a00-0000-7000-8000-0000000000aa"
        both = in_sections(core, said, said.model_dump_json().encode(), agency=MUNICIPALITY, id=event_id)
        _, _, details = both.partition(b"\n")
        opened = said.model_dump_json(include=set(said.details)).encode()
        data = both.replace(details, seal(hidden, opened, agency=MUNICIPALITY, id=event_id))
        attributes: dict[str, Any] = {"data": data, "content_type": SECTIONS_TYPE, "recorded_at": datetime.now(UTC)}
        await rogue.writes(case_id, said, event_id=event_id, **attributes)
        await bus.level()
        case = await case_at(bus, NGO, case_id)
        assert case.stalled == {Part.SUPPORT} and case.waits and not case.unreadable
        assert case.view.needs is None, "a part that cannot be followed is not shown by half"
        assert (await bus.consent(NGO, case_id)).status is OutboxStatus.DELIVERED
        with pytest.raises(BrokerAwayError):
            await bus.nodes[NGO].try_out(Submission(an_event(NeedsAssessed, occurred_at=now()), case_id))
        waiting = await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
        assert waiting.status is OutboxStatus.PENDING
        for agency in (NGO, MUNICIPALITY):
            await rogue.grants(hidden, agency)
    await bus.delivered(NGO, waiting.event_id)
    await settled(bus, case_id)
    assert (await case_at(bus, NGO, case_id)).view == (await case_at(bus, MUNICIPALITY, case_id)).view
    await bus.agreed_version(case_id)


async def test_a_key_that_opens_nothing_yet_is_held_beside_what_is_known(bus: Bus) -> None:
    """Nobody reads the case anew for it; for the key of a part that has stalled they do."""
    case_id, anew = await shared(bus), list[str]()
    await settled(bus, case_id)
    node = bus.nodes[MUNICIPALITY]
    read_anew = node.replica._read_anew

    async def noted(cases: Iterable[str]) -> None:
        anew.extend(cases)
        await read_anew(cases)

    async def take(key: ContentKey) -> None:
        stores = Transaction()
        stores.put_keys([node.keyring.wrapped(key, NGO)])
        await node.replica.take_keys([key], lambda _: stores)

    node.replica._read_anew = noted  # type: ignore[method-assign, assignment]
    support = ContentKey.new(case_id, Part.SUPPORT.compartment)
    await take(support)
    known = await case_at(bus, MUNICIPALITY, case_id)
    assert support in known.keys_of(Part.SUPPORT).held and not anew
    node.replica._cache[case_id] = replace(known, stalled=frozenset({Part.SUPPORT}))
    await take(ContentKey.new(case_id, Part.SUPPORT.compartment))
    assert anew == [case_id]
    known = await case_at(bus, MUNICIPALITY, case_id)
    assert len(known.keys_of(Part.SUPPORT).held) == 2 and not known.stalled


async def test_a_restart_leaves_each_the_parts_that_it_reads(bus: Bus) -> None:
    """Folded again from the store, by the keys in it."""
    case_id = await shared(bus)
    await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now()), case_id)
    await settled(bus, case_id)
    before = {agency: (await case_at(bus, agency, case_id)).view for agency in AGENCIES}
    for agency in AGENCIES:
        await bus.stop_node(agency)
        await bus.start_node(agency)
    await bus.ready()
    await settled(bus, case_id)
    assert {agency: (await case_at(bus, agency, case_id)).view for agency in AGENCIES} == before


# Without a bus: one event at one replica

SIGNERS = {agency: a_signer(agency) for agency in (NGO, POLICE)}
DIRECTORY = a_directory(*SIGNERS.values())
OPENING = sealed(SIGNERS[NGO])


def whole(agency: str, event: CaseEvent, place: Envelope | None = None) -> Envelope:
    """An event as the releases before the parts sealed it."""
    event_id = f"018e0a00-0000-7000-8000-{event.model_dump_json().__hash__() % 10**12:012d}"
    case_id = OPENING.case_id
    data = seal(keys_for(case_id)[0], event.model_dump_json().encode(), agency=agency, id=event_id)
    position = {"case_id": case_id} if place is None else after(place)
    return sealed(SIGNERS[agency], event, event_id=event_id, data=data, content_type=SEALED_TYPE, **position)


def replica(reader: str, *parts: Part) -> CaseReplica:
    """The case before its first event, at a reader with the keys of these parts."""
    keys = [part_key(keys_for(OPENING.case_id)[0], part) for part in (Part.CORE, *parts)]
    return CaseReplica.unopened(OPENING.case_id, tuple(keys), reader=reader)


def test_an_older_case_goes_on_in_parts() -> None:
    """Its whole events count as before; after the first event in sections another whole one is void for everybody."""
    question = ConsultationRequested.canonical()
    first, views = whole(NGO, VictimDetected.canonical()), []
    second = whole(NGO, question, first)
    third = sealed(SIGNERS[NGO], question, **after(second))
    fourth = whole(NGO, question.model_copy(update={"question": "Another one."}), third)
    for case in (replica(NGO, *Part), replica(NGO)):
        for envelope in (first, second):
            folded = case.after(envelope, DIRECTORY)
            assert folded.void is None
            case = folded.case
        assert case.parts == frozenset(Part)
        folded = case.after(third, DIRECTORY)
        assert folded.void is None and folded.case.state.knew_all == (NGO, "coordinator")
        folded = folded.case.after(fourth, DIRECTORY)
        assert folded.void is not None and folded.void.detail == "not in sections"
        views.append(folded.case.state.digest)
    assert views[0] == views[1]


def test_a_new_case_takes_no_whole_event() -> None:
    """Otherwise what one agency hides in the core would be judged by some and not by others."""
    case = replica(NGO, *Part).after(OPENING, DIRECTORY).case
    folded = case.after(whole(NGO, ConsultationRequested.canonical(), OPENING), DIRECTORY)
    assert folded.void is not None and folded.void.detail == "not in sections"


def test_details_that_are_none_have_no_effect_on_their_part() -> None:
    """The core has its effect at everybody: who can open them, and who cannot."""
    said = NeedsAssessed.canonical()
    good = sealed(SIGNERS[NGO], said, **after(OPENING))
    core, _, _ = good.data.partition(b"\n")
    broken = seal(part_key(keys_for(OPENING.case_id)[0], Part.SUPPORT), b'{"needs": 1}', agency=NGO, id=good.event_id)
    for data, reason in ((core + b"\n" + broken, "unreadable"), (core, "unreadable"), (core + b"\n", "unreadable")):
        bad = sealed(
            SIGNERS[NGO], said, event_id=good.event_id, data=data,
            content_type=SECTIONS_TYPE, **after(OPENING),
        )  # fmt: skip
        reader = replica(NGO, *Part).after(OPENING, DIRECTORY).case.after(bad, DIRECTORY)
        other = replica(POLICE).after(OPENING, DIRECTORY).case.after(bad, DIRECTORY)
        assert reader.void is not None and reader.void.reason == reason
        assert reader.case.state.needs is None and reader.case.state.risk_assessed_on is not None
        assert other.case.state.digest == reader.case.state.digest


def test_a_part_is_shown_to_its_readers_alone_even_where_others_can_open_it() -> None:
    """A key that an agency once got opens, and shows nothing that it may not read now."""
    case = replica(POLICE, *Part).after(OPENING, DIRECTORY).case
    folded = case.after(sealed(SIGNERS[NGO], NeedsAssessed.canonical(), **after(OPENING)), DIRECTORY)
    assert folded.case.state.needs is not None and folded.case.view.needs is None
    tool = replace(folded.case, reader="")
    assert tool.shown(tool.state).needs is not None
