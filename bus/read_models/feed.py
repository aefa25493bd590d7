"""The feed of an agency: which events it may read, in the order in which its replica made them readable.

A row has a case, a version and a kind, and no content; the reader of the feed opens the event when it reads the row.
`feed_told` says how far each case is told. Every statement compares with it, so that the same statement may run twice,
and what a crash kept from being told is told by the next one. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bus.read_models import feed_of_work
from bus.read_models.case_state import CaseState, Change
from bus.store.statements import DIRECTORY
from contracts.event.case_event import EVENTS
from contracts.event.upcasting import PUBLICATIONS
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part


class FeedKind(StrEnum):
    """The kinds of rows of the feed."""

    EVENT = "event"
    OFFERED = "offered"
    AGAIN = "again"
    ERASED = "erased"
    LEFT = "left"
    PART_LOST = "part-lost"
    REPLACED = "replaced"
    DIRECTORY = "directory"
    TASK = "task"
    TASK_DONE = "task-done"
    ATTENTION = "attention"
    ATTENTION_OVER = "attention-over"
    QUARANTINED = "quarantined"


FORGETS: Final = frozenset({FeedKind.ERASED, FeedKind.LEFT, FeedKind.PART_LOST, FeedKind.REPLACED})
"""The kinds that say what to forget."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A row of the feed.

    Attributes:
        position: Its place. It grows by time, and may leave gaps.
        token: The session of the service that wrote it. After a restart, and after a failure of the store, it is
            another one; so a number alone is no place in a store that was rolled back.
        case_id: The case.
        version: The event's version; of a REPLACED row, the last version that stays; 0 in a row about work.
        kind: The kind.
        about: The part that is told again or lost; the id of the task or of the event that needs a person; the place
            of the quarantined message; or empty.
    """

    position: int
    token: str
    case_id: str
    version: int
    kind: FeedKind
    about: str


_EVENT: Final = FeedKind.EVENT.value
_ROW: Final = "feed (case_id, version, kind, about, token)"
_TELL: Final = f"""INSERT INTO {_ROW}
    SELECT originator_id, originator_version, :kind, '', :token FROM stored_events
    WHERE originator_id = :case_id AND originator_version <= :version
    AND originator_version > COALESCE((SELECT version FROM feed_told WHERE case_id = :case_id), 0)
    ORDER BY originator_version"""  # noqa: S608 - constant columns
_NOTE: Final = """INSERT INTO feed_told (case_id, version, parts, replaced)
    VALUES (:case_id, :version, :parts, NULL) ON CONFLICT (case_id) DO UPDATE SET version = excluded.version"""
_NOTE_PARTS: Final = f"{_NOTE}, parts = excluded.parts, replaced = NULL"
_OFFERED: Final = ",offered,"
"""How `feed_told` names the preview of a case that is only offered to the agency, beside its open work."""
_PREVIEW: Final = f"{_OFFERED}{feed_of_work.TOLD}"
_IS_OFFERED: Final = f"(parts = '{_OFFERED}' OR parts = '{_PREVIEW}')"
_OFFER: Final = f"""INSERT INTO {_ROW} SELECT :case_id, :version, 'offered', '', :token
    WHERE :version > COALESCE((SELECT version FROM feed_told WHERE case_id = :case_id), 0)"""  # noqa: S608 - constant columns
_END_OFFERED: Final = f"""UPDATE feed_told SET version = 0, parts = REPLACE(parts, '{_OFFERED}', '')
    WHERE case_id = :case_id AND {_IS_OFFERED}"""  # noqa: S608 - a constant
_FORGET: Final = f"""INSERT INTO {_ROW}
    SELECT case_id, :version, :kind, :part, :token FROM feed_told
    WHERE case_id = :case_id AND """  # noqa: S608 - constant columns
_FORGET_PART: Final = f"{_FORGET} (parts LIKE :told OR parts LIKE :awaited)"
_FORGET_REPLACED: Final = f"""INSERT INTO {_ROW}
    SELECT case_id, replaced, :kind, '', :token FROM feed_told
    WHERE case_id = :case_id AND replaced IS NOT NULL"""  # noqa: S608 - constant columns
_FORGET_ERASED: Final = f"{_FORGET} version >= 0"
_END_ERASED: Final = "DELETE FROM feed_told WHERE case_id = :case_id"
_FORGET_LEFT: Final = f"{_FORGET} version <= :version"
_END_LEFT: Final = "DELETE FROM feed_told WHERE case_id = :case_id AND version <= :version"


def _again(part: Part) -> str:
    """The statement that tells the events again whose details lie in a part, unless the part was told already."""
    named = {name for name, event in EVENTS.items() if event.part is part and event.details}
    types = sorted(each for each in PUBLICATIONS.type_names if each.split(".")[2] in named)
    listed = ", ".join(f"'{each}'" for each in types) or "''"
    return f"""INSERT INTO {_ROW}
        SELECT originator_id, originator_version, 'again', :part, :token FROM stored_events
        JOIN feed_told ON feed_told.case_id = originator_id
        WHERE originator_id = :case_id AND originator_version <= feed_told.version AND parts NOT LIKE :told
        AND topic IN ({listed}) ORDER BY originator_version"""  # noqa: S608 - constant columns and types


_AGAIN: Final = {part: _again(part) for part in Part if part is not Part.CORE}

PAGE: Final = """SELECT feed.position, feed.token, feed.case_id, feed.version, feed.kind, feed.about,
    stored_events.state, tasks.sealed, tasks.done FROM feed LEFT JOIN stored_events
    ON stored_events.originator_id = feed.case_id AND stored_events.originator_version = feed.version
    LEFT JOIN tasks ON feed.kind = 'task' AND tasks.task_id = feed.about
    WHERE feed.position > :after ORDER BY feed.position LIMIT :limit"""
"""The next rows, each with its event or its task as the store keeps it, sealed."""
AT: Final = "SELECT token FROM feed WHERE position = :position"
LAST: Final = "SELECT position, token FROM feed ORDER BY position DESC LIMIT 1"
KEPT: Final = "SELECT MAX(position) AS position FROM feed WHERE token = :token AND position <= :position"
TOLD: Final = "SELECT version, parts FROM feed_told WHERE case_id = :case_id"
UNTOLD: Final = f"""UPDATE feed_told SET version = :version
    WHERE case_id = :case_id AND version > :version AND NOT {_IS_OFFERED}"""  # noqa: S608 - a constant
"""Owes again what could not be opened when it was read."""
PART_UNTOLD: Final = "UPDATE feed_told SET parts = REPLACE(parts, :told, :awaited) WHERE case_id = :case_id"


def told(part: Part) -> str:
    """How `feed_told` names a part whose details were told."""
    return f",{part},"


def awaited(part: Part) -> str:
    """How `feed_told` names a part that the agency may read and cannot follow yet."""
    return f",~{part},"


def parts_of(agency: AgencyId, case: CaseState) -> str:
    """Return the parts of a case as `feed_told` keeps them."""
    may_read = case.readers.get(agency, frozenset())
    named = (told(part) if part in case.parts else awaited(part) for part in sorted(may_read | case.parts))
    return "".join((*named, feed_of_work.TOLD))


def is_level(agency: AgencyId, case: CaseState, row: dict[str, Any] | None) -> bool:
    """Return whether all of a case is told that can be. `row`: the case's row of `feed_told`, or None."""
    if case.previewed:
        return row is not None and (row["version"], row["parts"]) == (case.previewed[-1], _PREVIEW)
    if case.view.status is CaseStatus.ERASED or not case.view.takes_part(agency):
        return row is None
    return row is not None and (row["version"], row["parts"]) == (case.view.version, parts_of(agency, case))


def changes(agency: AgencyId, token: str, before: CaseState, after: CaseState) -> list[Change]:
    """Return the changes of the feed when a case goes from `before` to `after` by events."""
    if after.previewed:
        return opened(agency, token, after) if after.previewed != before.previewed else []
    takes_part = after.view.takes_part(agency)
    if not takes_part and not before.view.takes_part(agency):
        return []
    same = takes_part and before.view.takes_part(agency) and before.parts == after.parts
    if not same or before.readers is not after.readers or after.view.status is CaseStatus.ERASED:
        return opened(agency, token, after)
    row = {"case_id": after.view.case_id, "version": after.view.version, "token": token, "kind": _EVENT}
    return [(_TELL, [row]), (_NOTE, [row | {"parts": parts_of(agency, after)}])]


def opened(agency: AgencyId, token: str, case: CaseState) -> list[Change]:
    """Return the changes that make the feed level with a case, whatever was told of it before."""
    view = case.view
    row: dict[str, Any] = {"case_id": view.case_id, "version": view.version, "token": token, "part": ""}
    found: list[Change] = [(_FORGET_REPLACED, [row | {"kind": FeedKind.REPLACED.value}])]
    if view.status is CaseStatus.ERASED:
        return [(_FORGET_ERASED, [row | {"kind": FeedKind.ERASED.value}]), (_END_ERASED, [row])]
    if case.previewed:
        rows = [row | {"version": version} for version in case.previewed]
        found += feed_of_work.again(token, view.case_id)
        return [*found, (_OFFER, rows), (_NOTE_PARTS, [rows[-1] | {"parts": _PREVIEW}])]
    if not view.takes_part(agency):
        # Without its keys, a case stands before the event by which we joined it: then nothing is forgotten.
        return [*found, (_FORGET_LEFT, [row | {"kind": FeedKind.LEFT.value}]), (_END_LEFT, [row]), (UNTOLD, [row])]
    found.append((_END_OFFERED, [row]))
    may_read = case.readers.get(agency, frozenset())
    for part, again in _AGAIN.items():
        of_part = row | {"part": part.value, "told": f"%{told(part)}%", "awaited": f"%{awaited(part)}%"}
        if part in case.parts:
            found.append((again, [of_part]))
        elif part not in may_read:
            found.append((_FORGET_PART, [of_part | {"kind": FeedKind.PART_LOST.value}]))
    found += feed_of_work.again(token, view.case_id)
    return [*found, (_TELL, [row | {"kind": _EVENT}]), (_NOTE_PARTS, [row | {"parts": parts_of(agency, case)}])]


def directory(token: str, version: int) -> list[Change]:
    """Return the changes that tell the directory's events up to a version."""
    row = {"case_id": DIRECTORY, "version": version, "token": token, "parts": ""}
    told_so_far = [(_FORGET_REPLACED, [row | {"kind": FeedKind.REPLACED.value}])]
    return [*told_so_far, (_TELL, [row | {"kind": FeedKind.DIRECTORY.value}]), (_NOTE_PARTS, [row])]
