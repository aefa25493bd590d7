"""A case must not vanish silently because of a grant that nobody can use, and malformed grants stop no other grant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from harness.bus import Bus
from harness.forging import sealed
from harness.insider import insider
from harness.reckoning import acknowledged, answered, nothing_is_lost, troubles
from harness.waiting import eventually

from bus.nats.erasable_streams import key_subject
from bus.sealing.content import ContentKey
from bus.sealing.grants import grant
from contracts.chapters.detection import VictimDetected

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Four agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


async def test_an_own_case_that_cannot_be_opened_is_told(bus: Bus) -> None:
    """The agency's own system writes beside its service, and its grant has no padding: the case is in the log and open
    to nobody. The service names it within seconds, other cases go on, and a grant that is right makes it well.
    """
    case_id, node = str(uuid4()), bus.nodes[NGO]
    key = ContentKey.new(case_id, "case")
    public = node.directory.sealing_key(NGO)
    assert public is not None
    async with insider(bus, NGO) as system:
        given = grant(key, NGO, public, bus.signer(NGO))
        await system.put(key_subject(given.place, 0), given.to_bytes().replace(b"=", b""))
        opened = sealed(bus.signer(NGO), VictimDetected.canonical(), key=key, case_id=case_id)
        await system.put(opened.subject, opened.data, dict(opened.headers))
        await bus.level()
        await eventually(lambda: any(case_id in text for text in troubles(node)), 8)
        receipts = acknowledged(await answered(bus.detect(NGO)))
        await system.put(key_subject(given.place, 1), given.to_bytes())

    async def reads_it() -> bool:
        return bool((await node.replica.case(case_id)).view.version == 1)

    await eventually(reads_it)
    await eventually(lambda: node.health().ready and not any(case_id in text for text in troubles(node)), 8)
    await nothing_is_lost(bus, receipts)
