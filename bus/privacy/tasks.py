"""Tasks for caseworkers, sealed under the keys of their case.

So only readers of a case can read its tasks, and an erasure of the case erases them too. A task's id is a keyed digest
of the task's key, made with the case's key. Without that key an attacker could guess it, as there are few kinds of
tasks.
"""

from __future__ import annotations

import re
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
from bus.sealing.keyring import ROWS, Keyring, Keys
from bus.store import Change, SealedTask, Store, Transaction
from contracts.vocabulary.agencies import AgencyId

NOTICE: Final = "notice"
"""The code of a task that only tells something."""

_LABEL: Final = "stafett task v1"


@dataclass(frozen=True, slots=True)
class Task:
    """A task for a caseworker.

    Attributes:
        text_en, text_sv: its text in both languages.
        due: a date or a moment (RFC 3339), or None.
        code: the kind of work, such as `answer-the-offer`; empty in a task of an earlier release.
        about: which one of that kind, mostly the id of the event that asks for it.
        since: the moment (RFC 3339) at which that event was recorded.
        events: the names of the events of which one does the task; none if no event does.
    """

    task_id: str
    case_id: str
    text_en: str
    text_sv: str
    due: str | None = None
    code: str = ""
    about: str = ""
    since: str = ""
    events: Sequence[str] = ()


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
            await self._write(
                [SealedTask(task_id, case_id, sealed)], listed.asked(self._read_models.index, task_id, due)
            )
        return task_id

    async def over(self, case_id: str, *key: str) -> str | None:
        """Close the task under a key; if it is not raised yet, it will be closed from the start.

        Return its id, or None when we hold no key of the case (any more).
        """
        task_id = _id(await self._replica.case(case_id), key)
        if task_id is not None:
            await self._write([SealedTask(task_id, case_id, b"", done=True)], listed.done(task_id))
        return task_id

    async def finish(self, task_id: str) -> SealedTask | None:
        """Close a task that somebody has done. Return the task as it was before, or None when there is none."""
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
        """Close the open tasks of a case, except those with these ids."""
        left = [task for task in await self._store.open_tasks(case_id) if task.task_id not in but]
        if left:
            more = [change for task in left for change in listed.done(task.task_id)]
            await self._write([replace(task, done=True) for task in left], more)

    async def open(self, case_id: str | None = None) -> list[Task]:
        """Return the open tasks, of one case if it is named: the soonest due first, those without a due date last.

        Tasks that none of our keys opens are left out.
        """
        found = await self._opened(await self._store.open_tasks(case_id))
        return sorted(found, key=lambda task: (task.due or listed.LAST, task.task_id))

    async def page(self, *, limit: int, offset: int) -> ListPage[Task]:
        """Return a page of the open tasks of all cases, in the same order."""
        found = await tasks_page(self._store.query, self._read_models.index, limit=limit, offset=offset)
        items = await self._opened(
            [SealedTask(row["task_id"], row["case_id"], bytes(row["sealed"])) for row in found.rows]
        )
        return ListPage(items, found.total, self._read_models.rebuilt_through is None)

    async def _opened(self, tasks: Sequence[SealedTask]) -> list[Task]:
        keys = await self._keyring.of_all(sorted({task.case_id for task in tasks}), *ROWS)
        opened = (_opened(task, keys.get(task.case_id, ()), self._agency) for task in tasks)
        return [task for task in opened if task is not None]


def _id(case: CaseReplica, key: Iterable[str]) -> str | None:
    """Return the id of the task under a key; None when we hold no key of the case (any more)."""
    digest = case.digest(_LABEL, *key)
    return None if digest is None else str(UUID(bytes=digest[:16], version=5))


def due_of(task: SealedTask, keys: Keys, agency: AgencyId) -> tuple[bool, str | None]:
    """Return True and the due date (or None) of a task, if one of these keys opens it; else False and None."""
    opened = _opened(task, keys, agency)
    return (False, None) if opened is None else (True, opened.due)


def _opened(task: SealedTask, keys: Keys, agency: AgencyId) -> Task | None:
    for key in keys:
        try:
            if key.kid == kid_of(task.sealed):
                content = open_sealed(key, task.sealed, agency=agency, id=task.task_id)
                return Task(task.task_id, task.case_id, **orjson.loads(content))
        except SealError:
            continue  # it may be a false key that somebody granted to us
    return None
