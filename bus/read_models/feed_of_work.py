"""The feed's rows about work: tasks, events that need a person, and messages that were set aside. Pure.

The statements look at the rows as they were before the change that they tell, so each comes first in its transaction.
The rows have no content; the reader of the feed opens a task or an event when it reads the row.
"""

from __future__ import annotations

from typing import Final

from bus.read_models.case_state import Change
from bus.store import QuarantineEntry

TOLD: Final = ",work,"
"""How `feed_told` names the open work of a case; it lacks that name when some of it could not be opened."""

_ROW: Final = "feed (case_id, version, kind, about, token)"
_RAISED: Final = f"""INSERT INTO {_ROW} SELECT :case_id, 0, 'task', :task_id, :token
    WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE task_id = :task_id)"""  # noqa: S608 - constant columns
_TASKS: Final = f"""INSERT INTO {_ROW} SELECT case_id, 0, :kind, task_id, :token FROM tasks
    WHERE done = 0 AND """  # noqa: S608 - constant columns
_OUTBOX: Final = f"""INSERT INTO {_ROW} SELECT case_id, 0, :kind, event_id, :token FROM outbox
    WHERE """  # noqa: S608 - constant columns
_ONE_TASK: Final = f"{_TASKS} task_id = :task_id"
_TASKS_OF: Final = f"{_TASKS} case_id = :case_id"
_PARKED: Final = f"{_OUTBOX} event_id = :event_id AND status = 'pending'"
_ATTENDED: Final = f"{_OUTBOX} event_id = :event_id AND status = 'attention'"
_PARKED_OF: Final = f"{_OUTBOX} status = 'attention' AND case_id = :case_id"
_NOT_TOLD: Final = "AND NOT EXISTS (SELECT 1 FROM feed_told WHERE feed_told.case_id = :case_id AND parts LIKE :told)"
_TASKS_AGAIN: Final = f"{_TASKS_OF} {_NOT_TOLD} ORDER BY task_id"
_PARKED_AGAIN: Final = f"{_PARKED_OF} {_NOT_TOLD} ORDER BY position"
_NO_CASE: Final = "NOT EXISTS (SELECT 1 FROM feed_told WHERE feed_told.case_id = {}.case_id)"
_TASKS_OF_NO_CASE: Final = f"{_TASKS} {_NO_CASE.format('tasks')}"
_PARKED_OF_NO_CASE: Final = f"{_OUTBOX} status = 'attention' AND {_NO_CASE.format('outbox')}"
_SET_ASIDE: Final = f"""INSERT INTO {_ROW} SELECT :case_id, 0, 'quarantined', :place, :token
    WHERE EXISTS (SELECT 1 FROM feed_told WHERE feed_told.case_id = :case_id)"""  # noqa: S608 - constant columns

_ERASED: Final = f"INSERT INTO {_ROW} VALUES (:case_id, 0, 'erased', '', :token)"  # noqa: S608 - constant columns

UNTOLD: Final = "UPDATE feed_told SET parts = REPLACE(parts, ',work,', '') WHERE case_id = :case_id"
"""Owes the open work of a case again, because some of it could not be opened when it was read."""
SET_ASIDE_AT: Final = """SELECT incarnation, sequence, case_id, event_id, agency, reason, detail FROM quarantine
    WHERE incarnation = :incarnation AND sequence = :sequence"""


def task_raised(token: str, case_id: str, task_id: str) -> Change:
    """Return the change that tells a task, unless it was raised before."""
    return _RAISED, [{"case_id": case_id, "task_id": task_id, "token": token}]


def task_done(token: str, task_id: str) -> Change:
    """Return the change that tells that a task is done, if it was open."""
    return _ONE_TASK, [{"task_id": task_id, "kind": "task-done", "token": token}]


def parked(token: str, event_id: str) -> Change:
    """Return the change that tells that a pending event of ours needs a person."""
    return _PARKED, [{"event_id": event_id, "kind": "attention", "token": token}]


def attended(token: str, event_id: str) -> Change:
    """Return the change that tells that an event needs no person any more, if it did."""
    return _ATTENDED, [{"event_id": event_id, "kind": "attention-over", "token": token}]


def over(token: str, case_id: str) -> list[Change]:
    """Return the changes that tell the end of all open work of a case before it is erased, and then to forget it.

    The feed says to forget it when the erasure is asked for; until it is carried out, work may be told after that.
    """
    row = {"case_id": case_id, "token": token}
    ends = [(_TASKS_OF, [row | {"kind": "task-done"}]), (_PARKED_OF, [row | {"kind": "attention-over"}])]
    return [*ends, (_ERASED, [row])]


def again(token: str, case_id: str) -> list[Change]:
    """Return the changes that tell the open work of a case, unless `feed_told` says that it is told."""
    row = {"case_id": case_id, "token": token, "told": f"%{TOLD}%"}
    return [(_TASKS_AGAIN, [row | {"kind": "task"}]), (_PARKED_AGAIN, [row | {"kind": "attention"}])]


def without_a_case(token: str) -> list[Change]:
    """Return the changes that tell the open work of the cases of which nothing is told, as an older store has it."""
    row = {"token": token}
    return [(_TASKS_OF_NO_CASE, [row | {"kind": "task"}]), (_PARKED_OF_NO_CASE, [row | {"kind": "attention"}])]


def set_aside(token: str, message: QuarantineEntry) -> Change:
    """Return the change that tells a quarantined message, if the feed tells its case."""
    place = f"{message.incarnation}.{message.sequence}"
    return _SET_ASIDE, [{"case_id": message.case_id, "place": place, "token": token}]
