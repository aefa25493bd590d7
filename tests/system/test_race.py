"""Writers at all five agencies race for one case."""

from __future__ import annotations

from typing import Any

import pytest
from harness.racing import race
from harness.running import Callers


@pytest.mark.long
async def test_racing_writers_lose_and_double_nothing(callers: Callers, record_property: Any) -> None:
    """Each is answered 201 or 202; versions have no gap, ids no double, and all five see the same at the end."""
    record_property("race", await race(callers, writers=50, rounds=4))
