"""R2: messages that look like the broker's heartbeats stop no reactions, and the operator learns of a failing reaction.

nats-py takes a delivered message with a `Status` header for a heartbeat, drops it and never acknowledges it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from harness.bus import Bus, full_mandate
from harness.insider import insider
from harness.reckoning import troubles
from harness.waiting import eventually

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.consent import ConsentGiven
from contracts.view.case_view import CaseView

NGO, MUNICIPALITY, POLICE = AGENCIES = ("ngo-fyren", "municipality-0180", "police")


class Noting:
    """A mandate that reacts to each consent with a task, and fails for the cases in `failing`."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.mandate: Mandate = full_mandate(MUNICIPALITY)

        @self.mandate.on(ConsentGiven)
        async def note_it(given: ConsentGiven, case: CaseView, context: ReactionContext) -> None:
            if case.case_id in self.failing:
                raise RuntimeError("cannot")
            await context.notify(case, en="She consents.", sv="Hon samtycker.")


@asynccontextmanager
async def reacting(folder: Path) -> AsyncIterator[tuple[Bus, Noting]]:
    """A bus whose municipality reacts to consents."""
    noting = Noting()
    async with Bus(folder, *AGENCIES[:2], POLICE, mandates={MUNICIPALITY: noting.mandate}) as bus:
        yield bus, noting


async def tasks(bus: Bus, case_id: str) -> int:
    """How many tasks the municipality has about a case."""
    return len(await bus.nodes[MUNICIPALITY].tasks.open(case_id))


async def reacts(bus: Bus, case_id: str, within: float = 8.0) -> None:
    """The NGO records a consent in a case that the municipality reads, and the municipality reacts to it."""
    before = await tasks(bus, case_id)
    await bus.consent(NGO, case_id)

    async def has_one_more() -> bool:
        return await tasks(bus, case_id) == before + 1

    await eventually(has_one_more, within)


@pytest.mark.parametrize("status", [("100",), ("409", "418", "x", "503", "")])
async def test_empty_messages_with_a_status_stop_no_reactions(tmp_path: Path, status: tuple[str, ...]) -> None:
    """Eight of them from an outsider on the subject that an agency reacts to; what comes after is reacted to at once.

    Nor do they wait at the broker to be delivered again for ever.
    """
    async with reacting(tmp_path) as (bus, _), insider(bus, POLICE) as rogue:
        case_id = await bus.shared_case()
        await reacts(bus, case_id)
        for number in range(8):
            headers = {"Status": status[number % len(status)], "Description": "Idle Heartbeat"}
            await rogue.put(f"case.{uuid4()}.ConsentGiven.{POLICE}", b"", headers)
        await reacts(bus, case_id)
        await bus.stop_node(MUNICIPALITY)
        await bus.start_node(MUNICIPALITY)
        await bus.ready()
        await reacts(bus, case_id)

        async def nothing_waits() -> bool:
            async with bus.connected() as administrator:
                consumers = await administrator.jetstream().consumers_info("CASES")
            return not any(consumer.num_ack_pending for consumer in consumers)

        await eventually(nothing_waits, 5)


async def test_a_reaction_that_fails_is_told_and_holds_up_no_other(tmp_path: Path) -> None:
    """The condition names the reactions and the case within seconds, and is well again once the reaction succeeds."""
    async with reacting(tmp_path) as (bus, noting):
        node = bus.nodes[MUNICIPALITY]
        failing, other = await bus.shared_case(), await bus.shared_case()
        await reacts(bus, failing)
        noting.failing.add(failing)
        await bus.consent(NGO, failing)
        await reacts(bus, other)
        await eventually(lambda: any("reaction" in each and failing in each for each in troubles(node)), 8)
        noting.failing.clear()

        async def made_up_for() -> bool:
            return await tasks(bus, failing) == 2

        await eventually(made_up_for, 30)
        await eventually(lambda: node.health().ready and not troubles(node))
