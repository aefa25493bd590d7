"""Rebuilding the read models from the store's own events: some cases at a time, and from where it was cut short.

Meanwhile events are committed as ever, and bring what they bring. Each case is put into the lists as it stands, so it
does no harm when both happen.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Final

from bus.privacy.tasks import due_of
from bus.read_models import tasks
from bus.read_models.case_state import Change
from bus.read_models.read_models import ReadModels
from bus.replica.replica import Replica
from bus.sealing.keyring import Keyring
from bus.store import Store, Transaction
from contracts.vocabulary.agencies import COORDINATOR

_CASES_AT_ONCE: Final = 20
_TASKS_AT_ONCE: Final = 200
_AGAIN_AFTER: Final = 5.0

log = logging.getLogger(__name__)


class Rebuilding:
    """Rebuilds the read models where they are not whole."""

    def __init__(self, read_models: ReadModels, *, store: Store, replica: Replica, keyring: Keyring) -> None:
        self._read_models = read_models
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self.done = 0
        """How many cases were listed anew."""
        self._of = 0
        # The national coordinator counts every case, the others list their own.
        self._all = read_models.agency == COORDINATOR

    @property
    def progress(self) -> str | None:
        """How far it is, in plain words; None when the read models are whole."""
        if self._read_models.rebuilt_through is None:
            return None
        return f"the lists are being rebuilt: {self.done} of {self._of} cases"

    async def running(self, *, share: float = 0.5) -> None:
        """Rebuild until the read models are whole, in this share of the time; what fails is tried again."""
        while self._read_models.rebuilt_through is not None:
            try:
                await self.go_on(share)
            except Exception as error:
                log.warning("lists not rebuilt", extra={"error": type(error).__name__})
                await asyncio.sleep(_AGAIN_AFTER)

    async def go_on(self, share: float) -> None:
        """Rebuild what is left of the read models. Raises StoreError; called again, it goes on."""
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
        """One case that cannot be read stays without its summary, and keeps no other from being listed."""
        for case_id in page:
            try:
                await self._replica.list_anew([case_id], ())
            except Exception as error:
                log.error("case not listed", extra={"case_id": case_id, "error": type(error).__name__})

    async def _tasks(self, after: str, share: float) -> None:
        while page := await self._store.open_tasks_after(after, _TASKS_AT_ONCE):
            begun, after = monotonic(), page[-1].task_id
            keys = await self._keyring.of_all(sorted({task.case_id for task in page}))
            more: list[Change] = []
            for task in page:
                known, due = due_of(task, keys.get(task.case_id, ()), self._read_models.agency)
                if known:
                    more += tasks.asked(self._read_models.index, task.task_id, due)
            await self._store.write(Transaction.of([*more, *self._read_models.through(f"tasks/{after}")]))
            self._note(f"tasks/{after}", 0)
            await _rest(begun, share)

    def _note(self, cursor: str, cases: int) -> None:
        self._read_models.rebuilt_through = cursor
        self.done += cases


async def _rest(begun: float, share: float) -> None:
    """Leave the rest of the time to others."""
    await asyncio.sleep((monotonic() - begun) * (1 / share - 1))
