"""A key that an agency should hold and does not is told to a person, and is told no more once it has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from harness.bus import Bus, an_event
from harness.insider import insider
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.nats.erasable_streams import KEYS, key_subject
from bus.node import Node
from bus.privacy.refused_grants import MOST, RefusedGrant, RefusedGrants
from bus.sealing.content import ContentKey
from bus.sealing.grants import grant
from bus.store import Kind
from contracts.chapters.assistance import SupportProvided
from contracts.vocabulary.parts import Part

AGENCIES = ("ngo-fyren", "municipality-0180", "coordinator")
NGO, MUNICIPALITY, COORDINATOR = AGENCIES


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Three agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


def told(node: Node) -> list[str]:
    """The lines that a person is told to look at."""
    return list(node.health().degraded)


async def test_a_grant_that_is_no_use_is_told_with_its_repair_until_the_key_comes(bus: Bus) -> None:
    """A program of the NGO writes base64 without padding; then it grants the key anew, under another last number."""
    case_id = (await bus.detect(NGO)).case_id
    node = bus.nodes[MUNICIPALITY]
    public = node.directory.sealing_key(MUNICIPALITY)
    assert public is not None
    given = grant(await bus.key(NGO, case_id), MUNICIPALITY, public, bus.signer(NGO))
    async with insider(bus, NGO) as program:
        await program.put(key_subject(given.place, 0), given.to_bytes().replace(b"==", b""))
        await eventually(lambda: told(node) != [])
        assert told(node) == [
            f"a grant by {NGO} was not taken, malformed, case {case_id}: {NGO} must grant the key anew, under another "
            "last number of the subject"
        ]
        assert node.refused_grants.counts() == {"malformed": 1}
        assert node.health().ready
        await program.put(key_subject(given.place, 1), given.to_bytes())
        await eventually(lambda: told(node) == [])
        assert len(node.refused_grants) == 0


async def test_it_is_told_again_after_a_restart(bus: Bus) -> None:
    """As long as the broker has the grant and no other one brings its key."""
    key = ContentKey.new(str(uuid4()), "case")
    public = bus.nodes[NGO].directory.sealing_key(MUNICIPALITY)
    assert public is not None
    moved = grant(key, MUNICIPALITY, public, bus.signer(NGO)).model_copy(
        update={"kid": ContentKey.new(key.case_id, "case").kid}
    )
    async with insider(bus, NGO) as program:
        await program.put(key_subject(moved.place, 0), moved.to_bytes())
    await bus.stop_node(MUNICIPALITY)
    node = await bus.start_node(MUNICIPALITY)
    await eventually(lambda: node.refused_grants.counts() == {"bad-signature": 1})


async def test_a_missing_key_of_a_part_that_we_read_is_told(bus: Bus) -> None:
    """The grant of the support's first key is gone, as after a broker's loss: half a minute later a person is told."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    await bus.level()
    support, today = Part.SUPPORT.compartment, datetime.now(UTC).date().isoformat()
    await bus.stop_node(MUNICIPALITY)
    helped = {"plan_id": None, "emergency": True, "starts_on": today, "ends_on": today}
    await bus.submit(NGO, an_event(SupportProvided, occurred_at=now(), **helped), case_id)
    async with bus.connected() as administrator:
        streams = administrator.jetstream()
        lost = await streams.get_last_msg(KEYS, f"key.{case_id}.{support}.*.{MUNICIPALITY}.>")
        assert lost.seq is not None
        await streams.delete_msg(KEYS, lost.seq)
    node = Node(
        bus.settings(MUNICIPALITY),
        bus.mandates[MUNICIPALITY],
        now=lambda: datetime.now(UTC) + timedelta(minutes=1),
        new_id=lambda: str(uuid4()),
    )
    await node.start()
    bus.nodes[MUNICIPALITY] = node

    async def parked() -> bool:
        return await node.store.parked_of(Kind.LOOK) == [case_id]

    await eventually(parked, within=30)
    await eventually(lambda: any(each.startswith("a key is missing") and case_id in each for each in told(node)))


def test_a_flood_of_useless_grants_takes_no_room() -> None:
    """Any agency may write as many as it wants."""
    refused = RefusedGrants()
    for number in range(MOST + 5):
        refused.note(RefusedGrant("case", "case", str(number), NGO, "malformed"))
    assert len(refused) == MOST
    refused.settle([("case", "case", "3"), ("case", "case", "4")])
    assert len(refused) == MOST - 2
    refused.begin_again()
    assert list(refused) == []
