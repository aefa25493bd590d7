"""R11: an agency's service does not start over another agency's store or home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.tampering import store_of

from bus.errors import BusError

POLICE, NGO, COORDINATOR = AGENCIES = ("police", "ngo-fyren", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Three agencies, of which the first two have cases and are stopped."""
    async with Bus(tmp_path, *AGENCIES) as running:
        for agency in (POLICE, NGO):
            await running.detect(agency)
        await running.level()
        for agency in (POLICE, NGO):
            await running.stop_node(agency)
        yield running


def _swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


@pytest.mark.parametrize("what", ["home", "store"])
async def test_a_service_refuses_what_is_anothers(bus: Bus, what: str) -> None:
    """It names whose it is, before anybody can read a case from it; put back in order, it starts."""
    paths = bus.layout.home if what == "home" else lambda agency: store_of(bus, agency)
    _swap(paths(POLICE), paths(NGO))
    for agency, found in ((POLICE, NGO), (NGO, POLICE)):
        with pytest.raises(BusError, match=found):
            await bus.start_node(agency)
        bus.nodes.pop(agency, None)
    _swap(paths(POLICE), paths(NGO))
    for agency in (POLICE, NGO):
        await bus.start_node(agency)
    await bus.ready()
