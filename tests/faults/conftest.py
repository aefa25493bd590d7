"""A bus of five services for each test, since each breaks it in its own way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from harness.running import Callers

from stafett.embedded.bus import FIVE, Embedded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a fault test, but for what is merely long."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("long") is None:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Embedded]:
    """A running bus."""
    with Embedded(tmp_path / "bus", FIVE) as running:
        yield running


@pytest.fixture
async def callers(bus: Embedded) -> AsyncIterator[Callers]:
    """People at its agencies."""
    async with Callers(bus) as people:
        yield people
