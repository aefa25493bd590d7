"""A withdrawal takes effect at every participant at once. One that was cut off applies it before it shows anything."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from uuid import uuid4

from harness.bus import Bus, an_event
from harness.line import Line
from harness.sharing import IDENTITY, SOMEBODY, accept, consent, now, reads, refer
from harness.waiting import eventually

from bus.errors import BrokerAwayError, RefusedError, UnknownCaseError
from bus.node import Node
from contracts.chapters.consent import ConsentWithdrawn
from contracts.vocabulary.choices import DataClass, Purpose

AGENCIES = ("ngo-fyren", "municipality-0180", "region-01", "police", "coordinator")
NGO, MUNICIPALITY, REGION, POLICE, _ = AGENCIES
WITHIN = 5.0
"""Seconds; a second is what is aimed at, and measured elsewhere, on a machine that has nothing else to do."""


async def shared(bus: Bus, *agencies: str) -> tuple[str, str]:
    """A case whose record these agencies have read, and the consent that lets them."""
    case_id = (await bus.detect(NGO)).case_id
    consent_id = await consent(bus, case_id, NGO, *agencies)
    for agency in agencies:
        await accept(bus, case_id, agency, await refer(bus, case_id, agency))
    await bus.level()
    await bus.nodes[NGO].personal.record(case_id, IDENTITY)
    await bus.level()
    for agency in agencies:
        await reads(bus, agency, case_id)
    return case_id, consent_id


async def withdraw(bus: Bus, case_id: str, consent_id: str) -> None:
    """The victim withdraws all of it."""
    await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[]), case_id)


async def shown(node: Node, case_id: str) -> list[object] | None:
    """What an agency shows of the record; None when it refuses because it knows of the withdrawal."""
    try:
        _, found = await node.personal.read(case_id, [DataClass.IDENTITY], Purpose.SUPPORT, SOMEBODY)
    except (RefusedError, UnknownCaseError):
        return None
    except BrokerAwayError:
        return []
    return [each.content for each in found if each.content is not None]


async def refuses(node: Node, case_id: str) -> list[object]:
    """Ask again and again until the agency refuses; what it showed meanwhile, which should be nothing."""
    seen: list[object] = []
    while (found := await shown(node, case_id)) is not None:
        seen += found
        await asyncio.sleep(0)
    return seen


async def test_a_withdrawal_takes_effect_at_every_participant_at_once(tmp_path: Path) -> None:
    """From the answer to the withdrawal on nobody shows anything, and soon nobody of them holds a key."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        named = (MUNICIPALITY, REGION, POLICE)
        case_id, consent_id = await shared(bus, *named)
        await withdraw(bus, case_id, consent_id)
        since = monotonic()
        seen = await asyncio.gather(*(refuses(bus.nodes[agency], case_id) for agency in (NGO, *named)))
        assert monotonic() - since < WITHIN
        assert seen == [[], [], [], []]
        for agency in named:

            async def gone(agency: str = agency) -> bool:
                return await bus.nodes[agency].keyring.of(case_id, "identity") == ()

            await eventually(gone, WITHIN)


async def test_a_service_that_was_down_shows_nothing_when_it_is_back(tmp_path: Path) -> None:
    """Asked from its first moment on, while it still has the key and the old view, it shows nothing, not even once."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, consent_id = await shared(bus, MUNICIPALITY)
        await bus.stop_node(MUNICIPALITY)
        await withdraw(bus, case_id, consent_id)
        node = await bus.start_node(MUNICIPALITY)
        assert (await node.replica.case(case_id)).view.takes_part(MUNICIPALITY), "it does not know yet"
        assert await node.keyring.of(case_id, "identity") != ()
        async with asyncio.timeout(20):
            assert await refuses(node, case_id) == []


async def test_a_service_on_a_frozen_line_shows_nothing_until_it_refuses(tmp_path: Path) -> None:
    """It believes that it is connected, and has all that it needs to show the record but the log's word."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, consent_id = await shared(bus, MUNICIPALITY)
        await bus.stop_node(MUNICIPALITY)
        scheme, _, port = bus.broker.url.rpartition(":")
        async with Line(int(port)) as line:
            settings = replace(bus.settings(MUNICIPALITY), servers=(f"{scheme}:{line.port}",))
            node = Node(
                settings, bus.mandates[MUNICIPALITY], now=lambda: datetime.now(UTC), new_id=lambda: str(uuid4())
            )
            bus.nodes[MUNICIPALITY] = node
            await node.start()
            await bus.ready()
            await reads(bus, MUNICIPALITY, case_id)
            line.freeze()
            asked = asyncio.create_task(refuses(node, case_id))
            await withdraw(bus, case_id, consent_id)
            view = (await node.replica.case(case_id)).view
            assert node.level and view.takes_part(MUNICIPALITY), "it does not know yet"
            line.thaw()
            async with asyncio.timeout(30):
                assert await asked == []
            await bus.stop_node(MUNICIPALITY)
