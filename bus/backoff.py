"""The one policy by which what failed is tried again: later each time, with jitter, and parked after a bound."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

FIRST: Final = 0.25
LONGEST: Final = 60.0
BOUND: Final = 12
"""After so many failures, some seven minutes, a person has to look."""


def delay(attempts: int, jitter: Callable[[], float] = random.random, *, longest: float = LONGEST) -> float:
    """Seconds to wait after so many failures, at most about `longest`; `jitter` gives a number from 0 to 1."""
    return float(min(FIRST * 2.0 ** min(attempts, 16), longest) * (0.75 + jitter() / 2))
