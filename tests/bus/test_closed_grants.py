"""Closed grants: the coordinator deletes them at the granter's word, and reads nothing of the case for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.insider import insider
from harness.opening import at_broker
from harness.owing import do, owed
from harness.sharing import IDENTITY, accept, consent, now, reads, refer
from harness.waiting import eventually

from bus.nats.erasable_streams import KEYS, Closing, key_subject
from bus.sealing.content import ContentKey
from bus.store import Kind, Obligation
from contracts.chapters.consent import ConsentWithdrawn

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
CASE = "6277108f-022a-485b-b068-f79939c87872"


async def shared(bus: Bus) -> tuple[str, str]:
    """A case with a record that the municipality reads, and the consent that lets it."""
    case_id = (await bus.detect(NGO)).case_id
    consent_id = await consent(bus, case_id, NGO, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    await bus.nodes[NGO].personal.record(case_id, IDENTITY)
    await bus.level()
    await reads(bus, MUNICIPALITY, case_id)
    return case_id, consent_id


async def withdraw(bus: Bus, case_id: str, consent_id: str) -> None:
    """The victim no longer consents: the municipality leaves."""
    gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[MUNICIPALITY])
    await bus.submit(NGO, gone, case_id)


async def granted(bus: Bus, case_id: str, recipient: str) -> set[str]:
    """The compartments whose keys lie at the broker for an agency."""
    grants = (subject.split(".") for subject in (await at_broker(bus)).grants)
    return {tokens[2] for tokens in grants if (tokens[1], tokens[4]) == (case_id, recipient)}


async def closed(bus: Bus, case_id: str) -> bool:
    """Whether nothing lies there for the municipality, and no request about it."""
    async with bus.connected() as administrator:
        state = (await administrator.jetstream().stream_info(KEYS, subjects_filter=f"key.{case_id}.>")).state
    return not any(f".{MUNICIPALITY}." in subject for subject in state.subjects or {})


async def test_the_coordinator_deletes_what_it_cannot_open(tmp_path: Path) -> None:
    """Of each part and class, at the word of the agency that granted it; what others may read stays."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, consent_id = await shared(bus)
        assert await granted(bus, case_id, MUNICIPALITY) >= {"case", "dialogue", "identity"}
        await withdraw(bus, case_id, consent_id)
        await eventually(lambda: closed(bus, case_id))
        assert await granted(bus, case_id, NGO) >= {"case"}
        case = await bus.nodes[COORDINATOR].replica.case(case_id)
        assert case.unreadable and case.all_keys == ()


@pytest.mark.parametrize("down", [NGO, COORDINATOR])
async def test_a_service_that_was_down_does_its_part_when_it_is_back(tmp_path: Path, down: str) -> None:
    """The granter's row waits in its store, the request at the broker."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, consent_id = await shared(bus)
        await bus.stop_node(COORDINATOR)
        await withdraw(bus, case_id, consent_id)
        await bus.level()
        await bus.stop_node(NGO)
        if down == NGO:
            await bus.start_node(COORDINATOR)
            await bus.start_node(NGO)
        else:
            await bus.start_node(NGO)
            await bus.ready(NGO)
            await eventually(lambda: nothing_is_asked(bus, NGO))
            assert not await closed(bus, case_id)
            await bus.start_node(COORDINATOR)
        await bus.ready()
        await eventually(lambda: closed(bus, case_id))


async def nothing_is_asked(bus: Bus, agency: str) -> bool:
    """Whether an agency has asked for all that it has to."""
    return await owed(bus.nodes[agency], Kind.WITHDRAW) == []


async def test_who_comes_back_keeps_its_new_grants(tmp_path: Path) -> None:
    """The request of before is carried out late, and names only what was granted before it."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, consent_id = await shared(bus)
        await bus.stop_node(COORDINATOR)
        await withdraw(bus, case_id, consent_id)
        await bus.level()
        await eventually(lambda: nothing_is_asked(bus, NGO))
        await consent(bus, case_id, NGO, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        new = {subject for subject in (await at_broker(bus)).grants if f".{MUNICIPALITY}.{NGO}." in subject}
        left = (await bus.nodes[NGO].replica.case(case_id)).chain.last_narrowing
        await bus.start_node(COORDINATOR)
        await bus.ready()

        async def carried_out() -> bool:
            grants = {subject for subject in (await at_broker(bus)).grants if f".{MUNICIPALITY}.{NGO}." in subject}
            return bool(grants) and grants < new and all(int(each.rpartition(".")[2]) >= left for each in grants)

        await eventually(carried_out)
        await do(bus.nodes[NGO], Obligation(Kind.WITHDRAW, case_id))
        assert await nothing_is_asked(bus, NGO) and await carried_out()


async def test_nobody_has_the_grants_of_another_deleted(tmp_path: Path) -> None:
    """The police put a request in the NGO's name, which the broker refuses, and in their own, which names nothing."""
    async with Bus(tmp_path, *AGENCIES) as bus, insider(bus, POLICE) as rogue:
        case_id, _ = await shared(bus)
        before = await granted(bus, case_id, MUNICIPALITY)
        for granter in (NGO, POLICE):
            closing = Closing(case_id, "case", MUNICIPALITY, granter, 999_999)
            if granter == POLICE:
                await rogue.put(closing.subject, b"closed")
            else:
                with pytest.raises(Exception, match=r"permissions|no responders|timeout|Timeout"):
                    await rogue.put(closing.subject, b"closed")
        await rogue.grants(ContentKey.new(CASE, "case"), COORDINATOR)  # and what comes after it is seen

        async def seen() -> bool:
            async with bus.connected() as administrator:
                state = (await administrator.jetstream().stream_info(KEYS, subjects_filter="key.>")).state
            return not any("closed-" in subject for subject in state.subjects or {})

        await eventually(seen)
        assert await granted(bus, case_id, MUNICIPALITY) == before


@pytest.mark.parametrize(
    "subject",
    [
        f"key.{CASE}.case.{MUNICIPALITY}.coordinator.{NGO}.3",
        f"key.{CASE}.case.{MUNICIPALITY}.police.{NGO}.closed-3",
        f"key.{CASE}.case.{MUNICIPALITY}.coordinator.{NGO}.closed-",
        f"key.{CASE}.case.{MUNICIPALITY}.coordinator.{NGO}.closed-1234567890",
        f"key.{CASE}.case.{MUNICIPALITY}.coordinator.{NGO}.closed-3.more",
        f"key.{CASE}.*.{MUNICIPALITY}.coordinator.{NGO}.closed-3",
        f"key.{CASE}.case.>.coordinator.{NGO}.closed-3",
        f"key.directory.case.{MUNICIPALITY}.coordinator.{NGO}.closed-3",
        key_subject(f"key.{CASE}.case.{'A' * 22}.coordinator.{NGO}", 3),
    ],
)
def test_what_is_no_request_is_none(subject: str) -> None:
    """Neither a grant nor a subject with a wildcard in it."""
    assert Closing.of(subject) is None


def test_a_request_says_all_in_its_subject() -> None:
    """And names the granter's grants to one agency alone."""
    closing = Closing(CASE, "support", MUNICIPALITY, NGO, 12)
    assert Closing.of(closing.subject) == closing
    assert closing.grants == f"key.{CASE}.support.*.{MUNICIPALITY}.{NGO}.*"
