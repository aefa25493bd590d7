"""The list of the deadlines in this agency's cases, the first due first."""

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
"""In place of the event that began a deadline: all deadlines of the case."""


@dataclass(frozen=True, slots=True)
class ListedDeadline:
    """A deadline and its case."""

    case_id: str
    deadline: Deadline


def label(deadline: Deadline) -> str:
    """Return the moment and the kind of a deadline as text. Labels sort in the order of their moments."""
    return f"{deadline.due_at.astimezone(UTC).isoformat(timespec='microseconds')} {deadline.kind}"


def due_at(label: str) -> datetime:
    """Return the moment in a label."""
    return datetime.fromisoformat(label.partition(" ")[0])


def kind_of(label: str) -> str:
    """Return the kind in a label."""
    return label.partition(" ")[2]


def changes(agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState) -> list[Change]:
    """Return the changes of the list when a case goes from `before` to `after`; unchanged deadlines are left alone."""
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
    """Return the changes that put all deadlines of a case into the list.

    `known`: True if the list may hold some of its deadlines already.
    """
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
    except Exception as error:  # a date that overflows in one case must not stop the replica of all others
        log.error("deadlines not listed", extra={"case_id": case.case_id, "error": type(error).__name__})
        return ()


def dropped(case_id: str, subject: EventId = _EVERYTHING) -> list[Change]:
    """Return the changes that remove a case's deadlines, or only those that the event `subject` began."""
    row = {"case_id": case_id, "subject": subject}
    return [(_UNCOUNT, [row]), (_DROP, [row]), cleared(LIST)]


def _place(case_id: str, subject: EventId, number: int) -> str:
    return f"deadlines/{case_id}/{subject}/{number}"


def opened(row: Mapping[str, Any], keys: Keys) -> ListedDeadline | None:
    """Return the deadline in a row; None when none of these keys opens it."""
    case_id = row["case_id"]
    said = open_row(keys, bytes(row["sealed"]), _place(case_id, row["subject"], int(row["number"])))
    return None if said is None else ListedDeadline(case_id, Deadline.model_validate(said, strict=False))
