"""The list of the open tasks, the soonest due first. The tasks themselves are sealed in a table of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bus.errors import SealError
from bus.read_models.case_state import Change
from bus.read_models.due_dates import PUT as PUT_DATE
from bus.read_models.due_dates import cleared, date_of
from bus.read_models.index_key import IndexKey
from bus.sealing.content import kid_of, open_sealed
from bus.sealing.keyring import Keys
from bus.store import SealedTask
from contracts.vocabulary.agencies import AgencyId


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


LIST: Final = "tasks"
LAST: Final = "~"
"""The label of a task without a due date; it sorts after all dates."""

_PUT: Final = """INSERT INTO task_list (task_id, case_id, due)
    SELECT task_id, case_id, :due FROM tasks WHERE task_id = :task_id AND done = 0 ON CONFLICT DO NOTHING"""
_COUNT: Final = """UPDATE due_dates SET n = (SELECT COUNT(*) FROM task_list WHERE task_list.due = due_dates.due)
    WHERE list = 'tasks' AND due = :due"""
_UNCOUNT: Final = """UPDATE due_dates SET n = n - 1
    WHERE list = 'tasks' AND due = (SELECT due FROM task_list WHERE task_id = :task_id)"""
_DROP: Final = "DELETE FROM task_list WHERE task_id = :task_id"
_UNCOUNT_CASE: Final = """UPDATE due_dates SET n = n - (SELECT COUNT(*) FROM task_list
    WHERE task_list.case_id = :case_id AND task_list.due = due_dates.due)
    WHERE list = 'tasks' AND due IN (SELECT due FROM task_list WHERE case_id = :case_id)"""
_DROP_CASE: Final = "DELETE FROM task_list WHERE case_id = :case_id"


def is_due_by(day: str, due: str) -> bool:
    """Return whether a due date (a day or a moment, as ISO 8601, or LAST) is on this day or before."""
    return due[: len(day)] <= day


def asked(index: IndexKey, task_id: str, due: str | None) -> list[Change]:
    """Return the changes that list a task that was put into the store, unless it is closed already."""
    date = date_of(index, LIST, due or LAST, 0)
    row = {"task_id": task_id, "due": date["due"]}
    return [(_PUT, [row]), (PUT_DATE, [date]), (_COUNT, [{"due": date["due"]}]), cleared(LIST)]


def done(task_id: str) -> list[Change]:
    """Return the changes that remove a closed task from the list."""
    row = {"task_id": task_id}
    return [(_UNCOUNT, [row]), (_DROP, [row]), cleared(LIST)]


def dropped(case_id: str) -> list[Change]:
    """Return the changes that remove a case's tasks from the list."""
    row = {"case_id": case_id}
    return [(_UNCOUNT_CASE, [row]), (_DROP_CASE, [row]), cleared(LIST)]


def due_of(task: SealedTask, keys: Keys, agency: AgencyId) -> tuple[bool, str | None]:
    """Return True and the due date (or None) of a task, if one of these keys opens it; else False and None."""
    task_as_read = opened_task(task, keys, agency)
    return (False, None) if task_as_read is None else (True, task_as_read.due)


def opened_task(task: SealedTask, keys: Keys, agency: AgencyId) -> Task | None:
    """Return the task, if one of these keys opens it."""
    for key in keys:
        try:
            if key.kid == kid_of(task.sealed):
                content = open_sealed(key, task.sealed, agency=agency, id=task.task_id)
                return Task(task.task_id, task.case_id, **orjson.loads(content))
        except SealError:
            continue  # it may be a false key that somebody granted to us
    return None
