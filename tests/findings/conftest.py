"""PostgreSQL for the tests of findings. It starts when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.postgres import Database, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """A real PostgreSQL."""
    with running_postgres() as database:
        yield database
