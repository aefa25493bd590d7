"""The sequences that this replica knows to be lost from the log.

Nothing is ever deleted from the log, so its sequences have no gaps. A missing sequence that is not listed here is a new
loss.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import Final

from bus.store import Kind, Store, Transaction, statements

_WAIT_FOR_OTHERS: Final = 60.0


class Losses:
    """The lost sequences, as ranges (first, last) that do not overlap."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ranges: list[tuple[int, int]] = []
        self.unfilled: list[tuple[int, int]] = []
        """The lost ranges whose messages no agency has returned yet."""
        self._lacking: dict[str, float] = {}
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Read the known losses from the store."""
        found = await self._store.losses()
        self._ranges = [(first, last) for first, last, _ in found]
        self.unfilled = [(first, last) for first, last, filled in found if not filled]
        self.lacks(await self._store.cases_owed(Kind.PUT_BACK))

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def follows(self, previous: int, sequence: int) -> bool:
        """Return whether only known losses lie between `previous` and `sequence`."""
        missing = previous + 1
        while missing < sequence:
            at = bisect_right(self._ranges, (missing, sequence)) - 1
            if at < 0 or not self._ranges[at][0] <= missing <= self._ranges[at][1]:
                return False
            missing = self._ranges[at][1] + 1
        return missing == sequence

    def count(self, first: int, last: int) -> int:
        """Return how many sequences from `first` to `last` are known to be lost."""
        return sum(max(0, min(last, end) - max(first, begin) + 1) for begin, end in self._ranges)

    def lacks(self, cases: Iterable[str]) -> None:
        """The log lacks events of these cases. Until they are put back, at most 60 seconds, we append no new ones."""
        self._lacking |= dict.fromkeys(cases, monotonic() + _WAIT_FOR_OTHERS)

    def has_again(self, case_id: str) -> None:
        """The log has all events of a case again."""
        self._lacking.pop(case_id, None)
        self._news.set()

    def are_being_put_back(self, *case_ids: str) -> bool:
        """Return whether events of these cases are missing and may still be put back: see `lacks`."""
        return self._left(case_ids) > 0

    def _left(self, case_ids: Iterable[str]) -> float:
        return max(self._lacking.get(case_id, 0.0) for case_id in case_ids) - monotonic()

    async def put_back(self, *case_ids: str) -> None:
        """Wait until the log has all events of these cases again, or the 60 seconds of `lacks` are over."""
        while (left := self._left(case_ids)) > 0:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._news.wait()

    async def replace(self, ranges: list[tuple[int, int, bool]]) -> None:
        """Replace the known losses by these: (first, last, True if the lost messages are known)."""
        transaction = Transaction()
        transaction.add(statements.FORGET_LOSSES, {})
        transaction.add(
            statements.PUT_LOSS, *({"first": a, "last": b, "filled": int(filled)} for a, b, filled in ranges)
        )
        await self._store.write(transaction)
        await self.start()
