"""The rows of an agency's store, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


def values(item: Any) -> dict[str, Any]:
    """A slotted dataclass's fields by name; unlike `asdict` it copies nothing, which takes a tenth of the time."""
    return {name: getattr(item, name) for name in item.__slots__}


@dataclass(frozen=True, slots=True)
class Position:
    """How far the replica has followed the log.

    `incarnation`: 1, and one more each time the log was read again from its beginning. `sequence`: of the last message
    taken, 0 before the first. `digest`: SHA-256 of that message, since after a rollback the same sequence can carry
    another one. `fingerprint`: a running digest of all heads, by which a head that vanished is noticed. `recovering`:
    whether a recovery was begun and has not ended.
    """

    incarnation: int = 1
    sequence: int = 0
    digest: str = ""
    fingerprint: str = "0"
    recovering: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """Where a case stands: its chain (version, head hash) and its place in the log.

    `sequence`: of the chain's last message in the log. `listed`: whether this agency takes part in the case.
    """

    case_id: str
    version: int
    hash: str
    sequence: int
    listed: bool


class OutboxStatus(StrEnum):
    """What became of an event that this agency submitted."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "attention"
    DISMISSED = "dismissed"


class DismissalReason(StrEnum):
    """Why a caseworker gives up an event that the rules refused. A closed list: no free text about a case."""

    NO_LONGER_NEEDED = "no-longer-needed"
    DONE_ANOTHER_WAY = "done-another-way"
    ISSUED_ANEW = "issued-anew"
    ENTERED_IN_ERROR = "entered-in-error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Dismissal:
    """That an event which needed attention needs none any more, why, and when that was said (RFC 3339, UTC)."""

    event_id: str
    reason: DismissalReason
    dismissed_at: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event that this agency submitted, from before it is sent until it stands in the log.

    `draft`: the event without its place in the chain, as JSON. `reason`: why it needs attention. `if_match`: the digest
    of the view that the caller decided on; the event is parked when the case has another one at sending time.
    """

    event_id: str
    case_id: str
    draft: bytes
    idempotency_key: str | None = None
    request_digest: str | None = None
    status: OutboxStatus = OutboxStatus.PENDING
    version: int | None = None
    sequence: int | None = None
    reason: str | None = None
    if_match: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A message that was rejected, or whose event is void: why, and where it stands in the log. Never its content."""

    incarnation: int
    sequence: int
    case_id: str
    event_id: str
    agency: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class SealedTask:
    """Something for a caseworker to do, which only the case's keys open; its id makes raising it twice the same.

    `sealed`: empty when it was done before it was asked.
    """

    task_id: str
    case_id: str
    sealed: bytes
    done: bool = False


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A content key of a case, wrapped under the agency's vault; `granter`: the agency that gave it."""

    case_id: str
    compartment: str
    kid: str
    granter: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class IssuedGrant:
    """A key of a compartment of a case that was given to an agency."""

    case_id: str
    compartment: str
    kid: str
    recipient: str


class Kind(StrEnum):
    """The kinds of obligation; `bus.reconciler.obligations` says which event brings which."""

    DELIVER = "deliver"
    GRANT = "grant"
    CONSENT = "consent"
    LOOK = "look"
    ERASE = "erase"
    WITHDRAW = "withdraw"
    CLOCK = "clock"
    REACT = "react"
    PUT_BACK = "put-back"
    FILL = "fill"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Owed:
    """Obligations of one kind that are due: how many, how many of them parked, their failed attempts, and the age of
    the oldest in seconds.
    """

    kind: str
    due: int
    parked: int
    attempts: int
    age: float


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that this agency owes, until it is done. One row for each kind, case and detail.

    `detail`: which of several of a kind. `due_at`: when it is to be done, in seconds since 1970. `attempts`: how often
    it failed. `revision`: counts how often the obligation arose, so that one that arises again while it is being done
    is not struck off. `parked`: it failed as often as the bound allows and waits for a person. `trouble`: the kind of
    the last failure. `since`: when it arose, or, of one with a date, became due.
    """

    kind: Kind
    case_id: str
    detail: str = ""
    due_at: float = 0.0
    attempts: int = 0
    revision: int = 1
    parked: bool = False
    trouble: str = ""
    since: float = 0.0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Obligation:
        """The obligation that stands in a row."""
        return cls(**{**row, "kind": Kind(row["kind"]), "parked": bool(row["parked"])})


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now: of each kind and case what is next.

    `left_out`: whether more is due. `next_at`: when the next after those is, in seconds since 1970; None when none is.
    """

    now: Sequence[Obligation]
    left_out: bool
    next_at: float | None
