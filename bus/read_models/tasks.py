"""The list of the open tasks, the soonest due first. The tasks themselves are sealed in a table of the store."""

from __future__ import annotations

from typing import Final

from bus.read_models.case_state import Change
from bus.read_models.due_dates import PUT as PUT_DATE
from bus.read_models.due_dates import cleared, date_of
from bus.read_models.index_key import IndexKey

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
