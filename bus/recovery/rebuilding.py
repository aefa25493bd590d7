"""The rebuild of the read models from the store's events: some cases at a time; after a restart it continues.

Events are committed as usual during the rebuild, and change the lists too. That does no harm, because each case is put
into the lists as it is now, in place of its earlier rows.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Final

from bus.read_models import tasks
from bus.read_models.case_state import Change
from bus.read_models.read_models import ReadModels
from bus.replica.replica import Replica
from bus.sealing.keyring import ROWS, Keyring
from bus.store import Store, Transaction
from contracts.vocabulary.agencies import COORDINATOR

_CASES_AT_ONCE: Final = 20
_TASKS_AT_ONCE: Final = 200
_AGAIN_AFTER: Final = 5.0

log = logging.getLogger(__name__)


class Rebuilding:
    """Rebuilds the read models when they are not complete."""

    def __init__(self, read_models: ReadModels, *, store: Store, replica: Replica, keyring: Keyring) -> None:
        self._read_models = read_models
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self.done = 0
        """The number of cases that were put into the lists so far."""
        self._of = 0
        # The national coordinator counts all cases; the other agencies list only their own.
        self._all = read_models.agency == COORDINATOR

    @property
    def progress(self) -> str | None:
        """The progress in plain words; None when the read models are complete."""
        if self._read_models.rebuilt_through is None:
            return None
        return f"the lists are being rebuilt: {self.done} of {self._of} cases"

    async def running(self, *, share: float = 0.5) -> None:
        """Rebuild until the read models are complete; retry after failures. `share`: of the time, 0 to 1."""
        while self._read_models.rebuilt_through is not None:
            try:
                await self.go_on(share)
            except Exception as error:
                log.warning("lists not rebuilt", extra={"error": type(error).__name__})
                await asyncio.sleep(_AGAIN_AFTER)

    async def go_on(self, share: float) -> None:
        """Rebuild the rest of the read models. After a StoreError, another call continues."""
        phase, _, after = (self._read_models.rebuilt_through or "cases/").partition("/")
        self._of = await self._store.count("cases" if self._all else "listed")
        self.done = self._of
        if phase != "tasks":
            self.done = await self._store.count_through(after, listed=not self._all)
            await self._cases(after, share)
            after = ""
        await self._tasks(after, share)
        await self._store.write(Transaction.of(self._read_models.whole()))
        self._read_models.rebuilt_through = None

    async def _cases(self, after: str, share: float) -> None:
        while page := await self._store.cases_after(after, _CASES_AT_ONCE, listed=not self._all):
            begun, after = monotonic(), page[-1]
            through = self._read_models.through(f"cases/{after}")
            try:
                await self._replica.list_anew(page, through)
            except Exception:
                await self._one_by_one(page)
                await self._store.write(Transaction.of(through))
            self._note(f"cases/{after}", len(page))
            await _rest(begun, share)

    async def _one_by_one(self, page: list[str]) -> None:
        """List the cases of a page one by one. A case that cannot be read stays without its summary."""
        for case_id in page:
            try:
                await self._replica.list_anew([case_id], ())
            except Exception as error:
                log.error("case not listed", extra={"case_id": case_id, "error": type(error).__name__})

    async def _tasks(self, after: str, share: float) -> None:
        while page := await self._store.open_tasks_after(after, _TASKS_AT_ONCE):
            begun, after = monotonic(), page[-1].task_id
            keys = await self._keyring.of_all(sorted({task.case_id for task in page}), *ROWS)
            more: list[Change] = []
            for task in page:
                known, due = tasks.due_of(task, keys.get(task.case_id, ()), self._read_models.agency)
                if known:
                    more += tasks.asked(self._read_models.index, task.task_id, due)
            await self._store.write(Transaction.of([*more, *self._read_models.through(f"tasks/{after}")]))
            self._note(f"tasks/{after}", 0)
            await _rest(begun, share)

    def _note(self, cursor: str, cases: int) -> None:
        self._read_models.rebuilt_through = cursor
        self.done += cases


async def _rest(begun: float, share: float) -> None:
    """Sleep, so that the work since `begun` takes only this share of the time."""
    await asyncio.sleep((monotonic() - begun) * (1 / share - 1))
