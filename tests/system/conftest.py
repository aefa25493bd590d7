"""One running bus of five services in their own processes, which all tests share that need no bus of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from harness.running import Callers

from stafett.embedded.bus import FIVE, Embedded


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The running bus. Whoever breaks a part of it mends it."""
    with Embedded(tmp_path_factory.mktemp("bus"), FIVE) as running:
        yield running


@pytest.fixture
async def callers(bus: Embedded) -> AsyncIterator[Callers]:
    """People at its agencies, once every service is well."""
    async with Callers(bus) as people:
        await people.all_ready()
        yield people
