"""B1: a session ends while keys are on their way, and the service runs on: it still meets its obligations."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.faulty_store import KEYS, failing
from harness.line import LinedBus
from harness.sharing import AGENCIES, IDENTITY, accept, consent, now, reads, refer
from harness.waiting import eventually

from contracts.chapters.consent import ConsentWithdrawn

pytestmark = pytest.mark.long

NGO, MUNICIPALITY, *_ = AGENCIES


async def test_a_newcomer_gets_its_keys_though_the_line_broke_under_the_grant(tmp_path: Path) -> None:
    """The sender has committed its offer and the grant is on its way when the line breaks: the recipient reads."""
    async with LinedBus(tmp_path, *AGENCIES, lined=[NGO]) as bus:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await bus.readable(case_id)
        line = bus.lines[NGO]
        await refer(bus, case_id, MUNICIPALITY)
        line.freeze()
        await eventually(lambda: line.held > 0)
        line.cut()
        await eventually(lambda: not bus.nodes[NGO].health().ready)
        line.mend()
        await bus.ready()
        await bus.level()
        assert (await bus.nodes[NGO].replica.case(case_id)).view.is_offered(MUNICIPALITY)
        await bus.offered(case_id, MUNICIPALITY)


async def test_withdrawn_consent_takes_its_keys_though_the_store_failed_at_it(tmp_path: Path) -> None:
    """The disk refuses to delete the key of personal details, and the session ends; once it can, the key is gone."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect(NGO)).case_id
        consent_id = await consent(bus, case_id, NGO, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        await bus.nodes[NGO].personal.record(case_id, IDENTITY)
        await reads(bus, MUNICIPALITY, case_id)
        withdrawn = an_event(
            ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[MUNICIPALITY], purposes=["support"]
        )
        node = bus.nodes[MUNICIPALITY]
        with failing(bus, MUNICIPALITY, "DELETE", *KEYS):
            await bus.submit(NGO, withdrawn, case_id)
            await bus.level(NGO)
            await eventually(lambda: node.health().store is not None or bool(node.health().degraded))
        await bus.ready()
        await bus.level()

        async def gone() -> bool:
            return await node.keyring.of(case_id, "identity") == ()

        await eventually(gone, within=15)


async def test_a_key_reaches_a_new_reader_though_the_store_failed_at_it(tmp_path: Path) -> None:
    """The recorder's disk refuses to note to whom a key is due: once it takes that, whom consent names has the key."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, NGO)
        await consent(bus, case_id, MUNICIPALITY, classes=("contact",))
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        await bus.nodes[NGO].personal.record(case_id, IDENTITY)
        await bus.level()
        with failing(bus, NGO, "INSERT", "kid", "recipient"):
            await consent(bus, case_id, NGO, MUNICIPALITY)
            node = bus.nodes[NGO]
            await eventually(lambda: node.health().store is not None or bool(node.health().degraded))
        await bus.ready()
        await bus.level()

        async def held() -> bool:
            return await bus.nodes[MUNICIPALITY].keyring.of(case_id, "identity") != ()

        await eventually(held, within=15)
