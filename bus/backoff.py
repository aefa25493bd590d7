"""The one retry policy: exponential back-off with jitter; after a bound the work is parked."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

FIRST: Final = 0.25
LONGEST: Final = 60.0
BOUND: Final = 12
"""After this many failures (about seven minutes) the work is parked for a person."""


def delay(attempts: int, jitter: Callable[[], float] = random.random, *, longest: float = LONGEST) -> float:
    """Return the seconds to wait after `attempts` failures: at most `longest`, plus or minus a quarter.

    `jitter` returns a number from 0 to 1.
    """
    return float(min(FIRST * 2.0 ** min(attempts, 16), longest) * (0.75 + jitter() / 2))
