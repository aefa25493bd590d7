"""The list of everything that runs out in the cases that this agency takes part in, the first due first."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bus.read_models.case_state import CaseState, Change
from bus.read_models.due_dates import cleared, replaced
from bus.read_models.index_key import IndexKey
from bus.sealing.content import ContentKey
from bus.sealing.keyring import Keys
from bus.sealing.rows import open_row, seal_row
from contracts.event.fact import EventId
from contracts.law.deadlines import Deadline, deadlines
from contracts.law.running_out import changed
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId

LIST: Final = "deadlines"

log = logging.getLogger(__name__)

_OF: Final = "case_id = :case_id AND (:subject = '' OR subject = :subject)"
_UNCOUNT: Final = f"""UPDATE due_dates SET n = n - (SELECT COUNT(*) FROM deadline_list
    WHERE {_OF} AND deadline_list.due = due_dates.due)
    WHERE list = 'deadlines' AND due IN (SELECT due FROM deadline_list WHERE {_OF})"""  # noqa: S608 - constant text
_DROP: Final = f"DELETE FROM deadline_list WHERE {_OF}"  # noqa: S608 - constant text
_PUT: Final = """INSERT INTO deadline_list (case_id, subject, number, due, sealed)
    VALUES (:case_id, :subject, :number, :due, :sealed)"""

_EVERYTHING: Final = ""
"""Instead of the event that began something: all that runs in the case."""


@dataclass(frozen=True, slots=True)
class ListedDeadline:
    """Something that runs out, and the case that it is of."""

    case_id: str
    deadline: Deadline


def label(deadline: Deadline) -> str:
    """When it runs out and what it is, so that labels sort as the moments do."""
    return f"{deadline.due_at.astimezone(UTC).isoformat(timespec='microseconds')} {deadline.kind}"


def due_at(label: str) -> datetime:
    """When what has this label runs out."""
    return datetime.fromisoformat(label.partition(" ")[0])


def kind_of(label: str) -> str:
    """What has this label."""
    return label.partition(" ")[2]


def changes(agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState) -> list[Change]:
    """What events of a case change in the list: in a long case most of it stays as it is."""
    known = before.view.takes_part(agency)
    subjects, key = changed(before.view, after.view), after.keys.current
    if subjects is None or not known or before.keys.current is None or key is None:
        return put(agency, index, after, known=known)
    found: list[Change] = []
    for subject in sorted(subjects.before | subjects.after):
        gone = dropped(after.view.case_id, subject) if subject in subjects.before else []
        found += _put(index, after.view, key, subject, gone)
    return found


def put(agency: AgencyId, index: IndexKey, case: CaseState, *, known: bool = True) -> list[Change]:
    """What runs out in the case as it stands. `known`: whether the list may hold something of it already."""
    key, gone = case.keys.current, dropped(case.view.case_id) if known else []
    if key is None or not case.view.takes_part(agency):
        return gone
    return _put(index, case.view, key, _EVERYTHING, gone)


def _put(index: IndexKey, case: CaseView, key: ContentKey, subject: EventId, gone: list[Change]) -> list[Change]:
    case_id = case.case_id
    rows, dates, numbers = [], Counter[str](), Counter[EventId]()
    for deadline in _running(case, subject):
        number = numbers[deadline.subject]
        numbers[deadline.subject] += 1
        dates[label(deadline)] += 1
        place = _place(case_id, deadline.subject, number)
        rows.append(
            {
                "case_id": case_id,
                "subject": deadline.subject,
                "number": number,
                "due": index.token("due", LIST, label(deadline)),
                "sealed": seal_row(key, deadline.model_dump(mode="json"), place),
            }
        )
    return replaced(LIST, gone, (_PUT, rows), index, dates) if rows else gone


def _running(case: CaseView, subject: EventId) -> tuple[Deadline, ...]:
    try:
        return deadlines(case, subject or None)
    except Exception as error:  # a date that nobody can count from must not stop the replica of every other case
        log.error("deadlines not listed", extra={"case_id": case.case_id, "error": type(error).__name__})
        return ()


def dropped(case_id: str, subject: EventId = _EVERYTHING) -> list[Change]:
    """The list without a case, or without what an event of the case began."""
    row = {"case_id": case_id, "subject": subject}
    return [(_UNCOUNT, [row]), (_DROP, [row]), cleared(LIST)]


def _place(case_id: str, subject: EventId, number: int) -> str:
    return f"deadlines/{case_id}/{subject}/{number}"


def opened(row: Mapping[str, Any], keys: Keys) -> ListedDeadline | None:
    """The deadline of a row; None when none of these keys opens it."""
    case_id = row["case_id"]
    said = open_row(keys, bytes(row["sealed"]), _place(case_id, row["subject"], int(row["number"])))
    return None if said is None else ListedDeadline(case_id, Deadline.model_validate(said, strict=False))
