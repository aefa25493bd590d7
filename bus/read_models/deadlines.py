"""The list of everything that runs out in the cases that this agency takes part in, the first due first."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bus.read_models.case_state import CaseState, Change
from bus.read_models.due_dates import PUT as PUT_DATE
from bus.read_models.due_dates import cleared, date_of
from bus.read_models.index_key import IndexKey
from bus.sealing.keyring import Keys
from bus.sealing.rows import open_row, seal_row
from contracts.law.deadlines import Deadline, deadlines
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId

LIST: Final = "deadlines"

log = logging.getLogger(__name__)

_UNCOUNT: Final = """UPDATE due_dates SET n = n - (SELECT COUNT(*) FROM deadline_list
    WHERE deadline_list.case_id = :case_id AND deadline_list.due = due_dates.due AND number >= :first)
    WHERE list = 'deadlines' AND due IN (
        SELECT due FROM deadline_list WHERE case_id = :case_id AND number >= :first)"""
_DROP: Final = "DELETE FROM deadline_list WHERE case_id = :case_id AND number >= :first"
_PUT: Final = """INSERT INTO deadline_list (case_id, number, due, sealed)
    VALUES (:case_id, :number, :due, :sealed)"""


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
    """What events of a case change in the list."""
    if _what_runs(agency, before.view) == _what_runs(agency, after.view):
        return []
    if not before.view.takes_part(agency) or before.keys.current is None:
        return put(agency, index, after, known=before.view.takes_part(agency))
    same = 0  # in a long case most stay, and sealing them anew would cost more than all else
    for one, other in zip(_running(before.view), _running(after.view), strict=False):
        if one != other:
            break
        same += 1
    return put(agency, index, after, first=same)


def _what_runs(agency: AgencyId, view: CaseView) -> object:
    """What deadlines follow from: most events change nothing of it, and it is the same objects then."""
    if not view.takes_part(agency):
        return None
    return (
        view.status,
        view.lead,
        *map(
            id,
            (
                view.participants,
                view.offers,
                view.consents,
                view.reflection_periods,
                view.permits,
                view.child_concerns,
                view.reminded,
            ),
        ),
    )


def put(agency: AgencyId, index: IndexKey, case: CaseState, *, known: bool = True, first: int = 0) -> list[Change]:
    """What runs out in the case as it stands. `known`: whether the list may hold something of it already. `first`: how
    many of the list stand as they are.
    """
    case_id, key = case.view.case_id, case.keys.current
    if key is None or not case.view.takes_part(agency):
        return dropped(case_id) if known else []
    gone = dropped(case_id, first) if known else []
    rows, dates = [], Counter[str]()
    for number, deadline in enumerate(_running(case.view)[first:], first):
        dates[label(deadline)] += 1
        rows.append(
            {
                "case_id": case_id,
                "number": number,
                "due": index.token("due", LIST, label(deadline)),
                "sealed": seal_row(key, deadline.model_dump(mode="json"), _place(case_id, number)),
            }
        )
    if not rows:
        return gone
    return [
        *gone[:-1],
        (_PUT, rows),
        (PUT_DATE, [date_of(index, LIST, name, n) for name, n in dates.items()]),
        *gone[-1:],
    ]


def _running(case: CaseView) -> tuple[Deadline, ...]:
    try:
        return deadlines(case)
    except Exception as error:  # a date that nobody can count from must not stop the replica of every other case
        log.error("deadlines not listed", extra={"case_id": case.case_id, "error": type(error).__name__})
        return ()


def dropped(case_id: str, first: int = 0) -> list[Change]:
    """The list without a case, or without what stands in it from a number on."""
    row = {"case_id": case_id, "first": first}
    return [(_UNCOUNT, [row]), (_DROP, [row]), cleared(LIST)]


def _place(case_id: str, number: int) -> str:
    return f"deadlines/{case_id}/{number}"


def opened(row: Mapping[str, Any], keys: Keys) -> ListedDeadline | None:
    """The deadline of a row; None when none of these keys opens it."""
    case_id = row["case_id"]
    said = open_row(keys, bytes(row["sealed"]), _place(case_id, int(row["number"])))
    return None if said is None else ListedDeadline(case_id, Deadline.model_validate(said, strict=False))
