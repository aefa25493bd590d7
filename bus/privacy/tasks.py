"""Tasks for caseworkers, sealed under the keys of their case.

So only readers of a case can read its tasks, and an erasure of the case erases them too. A task's id is a keyed digest
of the task's key, made with the case's key. Without that key an attacker could guess it, as there are few kinds of
tasks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import orjson

from bus.case.case_replica import CaseReplica
from bus.read_models import feed_of_work
from bus.read_models import tasks as listed
from bus.read_models.lists import ListPage
from bus.read_models.queries import tasks_page
from bus.read_models.read_models import ReadModels
from bus.read_models.tasks import Task, opened_task
from bus.replica.replica import Replica
from bus.sealing.content import seal
from bus.sealing.keyring import ROWS, Keyring
from bus.store import Change, Place, SealedTask, Store, Transaction
from contracts.vocabulary.agencies import AgencyId

NOTICE: Final = "notice"
"""The code of a task that only tells something."""

_LABEL: Final = "stafett task v1"


def code_of(what: str) -> str:
    """Return the code of a kind of work that a reaction names in words."""
    return re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")


class Tasks:
    """One agency's tasks."""

    def __init__(
        self, agency: AgencyId, *, store: Store, replica: Replica, keyring: Keyring, read_models: ReadModels
    ) -> None:
        self._read_models = read_models
        self._agency = agency
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self.on_told: Callable[[], None] = lambda: None
        """Called after tasks were raised or closed."""

    async def ask(
        self, case_id: str, *key: str, en: str, sv: str, due: str | None = None, **more: str | Sequence[str]
    ) -> str | None:
        """Raise a task under a key, unless there is one already, open or done. `more`: other attributes of `Task`.

        Return its id, or None when we hold no key of the case (any more).
        """
        case = await self._replica.case(case_id)
        task_id = _id(case, key)
        if task_id is not None:
            content = orjson.dumps({"text_en": en, "text_sv": sv, "due": due, **more})
            sealed = seal(case.keys.current or case.keys.held[0], content, agency=self._agency, id=task_id)
            told = [feed_of_work.task_raised(self._read_models.session, case_id, task_id)]
            await self._write(
                told, [SealedTask(task_id, case_id, sealed)], listed.asked(self._read_models.index, task_id, due)
            )
        return task_id

    async def over(self, case_id: str, *key: str) -> str | None:
        """Close the task under a key; if it is not raised yet, it will be closed from the start.

        Return its id, or None when we hold no key of the case (any more).
        """
        task_id = _id(await self._replica.case(case_id), key)
        if task_id is not None:
            await self._close([SealedTask(task_id, case_id, b"")])
        return task_id

    async def finish(self, task_id: str) -> SealedTask | None:
        """Close a task that somebody has done. Return the task as it was before, or None when there is none."""
        task = await self._store.task(task_id)
        if task is not None and not task.done:
            await self._close([task])
        return task

    async def _close(self, tasks: Sequence[SealedTask]) -> None:
        told = [feed_of_work.task_done(self._read_models.session, task.task_id) for task in tasks]
        more = [change for task in tasks for change in listed.done(task.task_id)]
        await self._write(told, [replace(task, done=True) for task in tasks], more)

    async def _write(self, told: Iterable[Change], tasks: Iterable[SealedTask], more: Iterable[Change]) -> None:
        """Write tasks. `told`: the rows of the feed, which follow from the tasks as they were before."""
        transaction = Transaction()
        transaction.extend(told)
        transaction.put_tasks(tasks)
        transaction.extend(more)
        await self._store.write(transaction)
        self.on_told()

    async def clear(self, case_id: str, but: Collection[str]) -> None:
        """Close the open tasks of a case, except those with these ids."""
        left = [task for task in await self._store.open_tasks(case_id) if task.task_id not in but]
        if left:
            await self._close(left)

    async def open(self, case_id: str | None = None) -> list[Task]:
        """Return the open tasks, of one case if it is named: the soonest due first, those without a due date last.

        Tasks that none of our keys opens are left out.
        """
        found = await self._opened(await self._store.open_tasks(case_id))
        return sorted(found, key=lambda task: (task.due or listed.LAST, task.task_id))

    async def page(
        self, *, until: str | None = None, limit: int, offset: int = 0, after: Place | None = None
    ) -> ListPage[Task]:
        """Return a page of the open tasks of all cases, in the same order.

        `until`: only those due on this day or before, as ISO 8601, if given.
        """
        index = self._read_models.index
        found = await tasks_page(self._store.query, index, until=until, limit=limit, offset=offset, after=after)
        items = await self._opened(
            [SealedTask(row["task_id"], row["case_id"], bytes(row["sealed"])) for row in found.rows]
        )
        return ListPage(items, found.total, self._read_models.rebuilt_through is None, found.next)

    async def _opened(self, tasks: Sequence[SealedTask]) -> list[Task]:
        keys = await self._keyring.of_all(sorted({task.case_id for task in tasks}), *ROWS)
        opened = (opened_task(task, keys.get(task.case_id, ()), self._agency) for task in tasks)
        return [task for task in opened if task is not None]


def _id(case: CaseReplica, key: Iterable[str]) -> str | None:
    """Return the id of the task under a key; None when we hold no key of the case (any more)."""
    digest = case.digest(_LABEL, *key)
    return None if digest is None else str(UUID(bytes=digest[:16], version=5))
