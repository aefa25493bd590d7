"""R7: a node fetches one damaged row of its store from the log again. No agency stops for it, and no case for long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.reckoning import acknowledged, answered, nothing_is_lost
from harness.tampering import IN_THE_DATA, flips_a_bit, renumbers
from harness.waiting import eventually

from bus.errors import StoreError
from bus.submission.submission import Receipt

pytestmark = pytest.mark.long

POLICE, NGO, COORDINATOR = AGENCIES = ("police", "ngo-fyren", "coordinator")

Damage = Callable[[Bus, str, int], None]


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Three agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


def _in_the_content(bus: Bus, case_id: str, newest: int) -> None:
    flips_a_bit(bus, POLICE, case_id, newest - 2, at=IN_THE_DATA)


def _in_the_form(bus: Bus, case_id: str, newest: int) -> None:
    flips_a_bit(bus, POLICE, case_id, newest - 2, at=0)


def _in_the_newest(bus: Bus, case_id: str, newest: int) -> None:
    flips_a_bit(bus, POLICE, case_id, newest, at=IN_THE_DATA)


def _in_the_first(bus: Bus, case_id: str, newest: int) -> None:
    flips_a_bit(bus, POLICE, case_id, 1, at=IN_THE_DATA)


def _another_version(bus: Bus, case_id: str, newest: int) -> None:
    renumbers(bus, POLICE, case_id, newest, newest + 1)


async def _damaged(bus: Bus, damage: Damage) -> tuple[str, list[Receipt]]:
    """A case of all three with a damaged row at the police, whose node is stopped; and a case that is whole."""
    case_id, other = await bus.shared_case(), await bus.shared_case()
    receipts = acknowledged(*[await bus.consent(agency, case) for case in (case_id, other) for agency in AGENCIES])
    await bus.level()
    await bus.stop_node(POLICE)
    newest = receipts[2].version
    assert newest is not None
    damage(bus, case_id, newest)
    return case_id, receipts


@pytest.mark.parametrize(
    "damage", [_in_the_content, _in_the_form, _in_the_newest, _in_the_first, _another_version], ids=lambda f: f.__name__
)
async def test_a_damaged_row_is_fetched_anew(bus: Bus, damage: Damage) -> None:
    """The case reads right again by itself, whoever asks first, and all write to it and to others."""
    case_id, receipts = await _damaged(bus, damage)
    node = await bus.start_node(POLICE)
    await bus.ready(within=8)
    expected = (await bus.nodes[NGO].replica.case(case_id)).view

    async def reads_right() -> bool:
        try:
            return bool((await node.replica.case(case_id)).view.digest == expected.digest)
        except StoreError:
            return False

    await eventually(reads_right, 8)
    receipts += acknowledged(*[await answered(bus.consent(agency, case_id)) for agency in (NGO, POLICE)])
    await nothing_is_lost(bus, receipts)


async def test_another_agency_writes_first(bus: Bus) -> None:
    """Before anybody has read the damaged case, another agency writes to it: the police goes on with all cases."""
    case_id, receipts = await _damaged(bus, _in_the_newest)
    receipts += acknowledged(await bus.consent(NGO, case_id))
    await bus.start_node(POLICE)
    await bus.ready(within=8)
    receipts += acknowledged(await bus.consent(NGO, case_id), await answered(bus.detect(POLICE)))
    await nothing_is_lost(bus, receipts)
