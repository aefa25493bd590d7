"""Invariants: sentences about this program that hold whatever others write. A broken one is a fault of ours.

Nothing is committed then: the session ends with InvariantError, and the next begins from what the store has.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from bus.errors import InvariantError

log = logging.getLogger(__name__)

POSITION_GROWS: Final = "position-only-grows"
CHAIN_GROWS: Final = "chain-grows-by-its-next-event"
VIEW_FOLLOWS: Final = "view-never-overtakes-its-chain"
SHOWN_ONCE: Final = "what-is-shown-stays-shown"

broken: Counter[str] = Counter()
"""The number of breaches of each invariant in this process, by its name."""


def invariant(holds: bool, name: str) -> None:
    """Raise InvariantError, log and count unless the invariant holds. `name`: one of the names above, never content."""
    if not holds:
        broken[name] += 1
        log.critical("invariant broken", extra={"invariant": name})
        raise InvariantError(name)
