"""The stores of each kind on which the tests of the bus run. PostgreSQL starts when the first test asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from harness.postgres import Database, running_postgres

from bus.store import Store, open_store


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """A real PostgreSQL."""
    with running_postgres() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """What names an empty store of each kind."""
    if request.param == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")}
    database: Database = request.getfixturevalue("postgres")
    return database()


@pytest.fixture
async def store(environment: dict[str, str]) -> AsyncIterator[Store]:
    """An empty store."""
    opened = open_store(environment)
    yield opened
    await opened.close()
