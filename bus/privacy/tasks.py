"""What is left for caseworkers to do, sealed under the keys of the case that it is about.

So whoever cannot read the case cannot read its tasks, and they are gone when it is erased. A task's id follows from its
key; it too is made with the case's keys, or it could be guessed from the few things that there are to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import orjson

from bus.case.case_replica import CaseReplica
from bus.errors import SealError
from bus.read_models import tasks as listed
from bus.read_models.lists import ListPage
from bus.read_models.queries import tasks_page
from bus.read_models.read_models import ReadModels
from bus.replica.replica import Replica
from bus.sealing.content import kid_of, open_sealed, seal
from bus.sealing.keyring import Keyring, Keys
from bus.store import Change, SealedTask, Store, Transaction
from contracts.vocabulary.agencies import AgencyId

_LABEL: Final = "stafett task v1"


@dataclass(frozen=True, slots=True)
class Task:
    """Something for a caseworker to do, in both languages. `due`: a date or a moment (RFC 3339), if there is one."""

    task_id: str
    case_id: str
    text_en: str
    text_sv: str
    due: str | None = None


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

    async def ask(self, case_id: str, *key: str, en: str, sv: str, due: str | None = None) -> str | None:
        """Raise a task under a key, unless it was raised or is done already; its id, None when the case is erased."""
        case = await self._replica.case(case_id)
        task_id = _id(case, key)
        if task_id is not None:
            content = orjson.dumps({"text_en": en, "text_sv": sv, "due": due})
            sealed = seal(case.keys.current or case.keys.held[0], content, agency=self._agency, id=task_id)
            await self._write(
                [SealedTask(task_id, case_id, sealed)], listed.asked(self._read_models.index, task_id, due)
            )
        return task_id

    async def over(self, case_id: str, *key: str) -> str | None:
        """Whatever the key asks for is done, whether or not it has been asked; the task's id."""
        task_id = _id(await self._replica.case(case_id), key)
        if task_id is not None:
            await self._write([SealedTask(task_id, case_id, b"", done=True)], listed.done(task_id))
        return task_id

    async def finish(self, task_id: str) -> SealedTask | None:
        """Somebody has done a task; the task, or None when there is none."""
        task = await self._store.task(task_id)
        if task is not None and not task.done:
            await self._write([replace(task, done=True)], listed.done(task_id))
        return task

    async def _write(self, tasks: Iterable[SealedTask], more: Iterable[Change]) -> None:
        transaction = Transaction()
        transaction.put_tasks(tasks)
        transaction.extend(more)
        await self._store.write(transaction)

    async def clear(self, case_id: str, but: Collection[str]) -> None:
        """Nothing of a case is left to do, but the tasks with these ids."""
        left = [task for task in await self._store.open_tasks(case_id) if task.task_id not in but]
        if left:
            more = [change for task in left for change in listed.done(task.task_id)]
            await self._write([replace(task, done=True) for task in left], more)

    async def open(self, case_id: str | None = None) -> list[Task]:
        """What is left to do, about a case where one is named: the soonest due first, what has no due date last.

        Without the tasks that no key opens which we hold.
        """
        found = await self._opened(await self._store.open_tasks(case_id))
        return sorted(found, key=lambda task: (task.due or listed.LAST, task.task_id))

    async def page(self, *, limit: int, offset: int) -> ListPage[Task]:
        """Part of what is left to do about all cases, in the same order."""
        found = await tasks_page(self._store.query, self._read_models.index, limit=limit, offset=offset)
        items = await self._opened(
            [SealedTask(row["task_id"], row["case_id"], bytes(row["sealed"])) for row in found.rows]
        )
        return ListPage(items, found.total, self._read_models.rebuilt_through is None)

    async def _opened(self, tasks: Sequence[SealedTask]) -> list[Task]:
        keys = await self._keyring.of_all(sorted({task.case_id for task in tasks}))
        opened = (_opened(task, keys.get(task.case_id, ()), self._agency) for task in tasks)
        return [task for task in opened if task is not None]


def _id(case: CaseReplica, key: Iterable[str]) -> str | None:
    """The id under a key; None when we hold no key of the case any more."""
    digest = case.digest(_LABEL, *key)
    return None if digest is None else str(UUID(bytes=digest[:16], version=5))


def due_of(task: SealedTask, keys: Keys, agency: AgencyId) -> tuple[bool, str | None]:
    """Whether these keys open a task, and when it is due."""
    opened = _opened(task, keys, agency)
    return (False, None) if opened is None else (True, opened.due)


def _opened(task: SealedTask, keys: Keys, agency: AgencyId) -> Task | None:
    for key in keys:
        try:
            if key.kid == kid_of(task.sealed):
                content = open_sealed(key, task.sealed, agency=agency, id=task.task_id)
                return Task(task.task_id, task.case_id, **orjson.loads(content))
        except SealError:
            continue  # anybody may have granted us a key under this name
    return None
