"""Count the messages that join no chain, so that a flood of them fills neither the store nor the service's log.

The store keeps the first 1,000 of each agency with their reasons; the others are only counted. The service's log gets
a line for the first, the second, the fourth and so on.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from bus.store import Store

KEPT: Final = 1000
"""The number of rejected messages of one agency that the store keeps, with their reasons."""

log = logging.getLogger(__name__)


class Rejections:
    """The counts of one replica, by the agency that the broker allowed to publish the messages."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.counts: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()

    async def start(self) -> None:
        """Read from the store how many are kept already."""
        self._kept = Counter(await self._store.rejected_by())

    def note(self, agency: str, reason: str, sequence: int) -> bool:
        """Count a rejected message. Return whether the store should keep it with its reason."""
        self.counts[agency] += 1
        count = self.counts[agency]
        if count & (count - 1) == 0:
            log.warning("message rejected", extra={"sequence": sequence, "reason": reason, "so_far": count})
        if self._kept[agency] >= KEPT:
            return False
        self._kept[agency] += 1
        return True
