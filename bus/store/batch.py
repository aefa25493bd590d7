"""What is written together: a batch is committed whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from eventsourcing.persistence import StoredEvent, Tracking

from bus.envelope import Envelope
from bus.store import statements

Change = tuple[str, list[dict[str, Any]]]


def values(item: Any) -> dict[str, Any]:
    """A slotted dataclass's fields by name; unlike `asdict` it copies nothing, which takes a tenth of the time."""
    return {name: getattr(item, name) for name in item.__slots__}


@dataclass(frozen=True, slots=True)
class Position:
    """How far the replica has followed the log.

    `incarnation`: 1, and one more each time the log was found rolled back. `sequence`: of the last message taken, 0
    before the first. `digest`: SHA-256 of that message, since after a rollback the same sequence can carry another one.
    """

    incarnation: int = 1
    sequence: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a case stands: its chain (version, head hash) and its place in the log.

    `sequence`: of the last message on the case's subjects, valid or not; what an append must expect. `log_version`: the
    version that the log's present incarnation has reached; below `version` when events must be reseeded.
    `listed`: whether this agency takes part in the case.
    """

    case_id: str
    version: int
    hash: str
    sequence: int
    log_version: int
    listed: bool


class OutboxStatus(StrEnum):
    """What became of an event that this agency submitted."""

    PENDING = "pending"
    DELIVERED = "delivered"
    ATTENTION = "attention"
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

    `draft`: the event without its place in the chain, as JSON; `reason`: why it needs attention.
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


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that was set aside, why, and where it stands in the log. Never any of its content."""

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
    """A content key of a case, wrapped under the agency's vault; `granter`: who gave it."""

    case_id: str
    compartment: str
    kid: str
    granter: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class GrantDue:
    """An agency that is to be given the keys of a compartment of a case."""

    case_id: str
    compartment: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Given:
    """A key of a compartment of a case that was given to an agency."""

    case_id: str
    compartment: str
    kid: str
    recipient: str


@dataclass(slots=True)
class Batch:
    """Collects what is to be committed together."""

    events: list[StoredEvent] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    submitted: list[OutboxRow] = field(default_factory=list)
    settled: list[OutboxRow] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    dismissed: list[Dismissal] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    tasks: list[SealedTask] = field(default_factory=list)
    keys: list[WrappedKey] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    """Cases that became readable: what they hold is to be reacted to, late."""
    reacted: dict[str, int] = field(default_factory=dict)
    """Such cases that were reacted to, and how many times they had become readable when that began."""
    destroyed: list[tuple[str, str]] = field(default_factory=list)
    """Cases and compartments whose keys are to be gone."""
    withdrawn_keys: list[tuple[str, str, str]] = field(default_factory=list)
    """Cases and compartments of which only the keys that the named agency made itself stay."""
    grants_due: list[GrantDue] = field(default_factory=list)
    granted: list[GrantDue] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    erased: list[tuple[str, str]] = field(default_factory=list)
    """Cases of which nothing may stay but the sealed chain, and the ids of the events that asked for it."""
    position: Position | None = None
    new_incarnation: bool = False
    forgotten: list[tuple[str, int]] = field(default_factory=list)
    """Cases that give up their events past a version, because the log holds others there."""
    probe: bool = False
    """Whether to write something of no meaning, to learn whether the store takes it."""

    def accept(self, envelope: Envelope) -> None:
        """Keep an accepted envelope in the replica."""
        self.events.append(
            StoredEvent(
                originator_id=envelope.case_id,
                originator_version=envelope.version,
                topic=envelope.type,
                state=envelope.to_bytes(),
            )
        )

    @property
    def tracking(self) -> Tracking | None:
        """eventsourcing's record of the position, unique per incarnation."""
        if self.position is None or self.position.sequence == 0:
            return None
        return Tracking(f"CASES#{self.position.incarnation}", self.position.sequence)

    def before_events(self) -> list[Change]:
        """The statements and rows that make room for the batch's events."""
        rows = [{"case_id": case_id, "version": version} for case_id, version in self.forgotten]
        return [(statements.FORGET_TAIL, rows)] if rows else []

    def changes(self) -> list[Change]:
        """The statements and their rows, in the order in which they are run."""
        position = [values(self.position)] if self.position else []
        candidates: Iterable[Change] = (
            (statements.FORGET_LOG_PLACES, [{}] if self.new_incarnation else []),
            (statements.PUT_HEAD, [values(head) | {"listed": int(head.listed)} for head in self.heads.values()]),
            (statements.SUBMIT, [values(one) for one in self.submitted]),
            (statements.SETTLE, [values(one) for one in self.settled]),
            (statements.WITHDRAW, [{"event_id": event_id} for event_id in self.withdrawn]),
            (statements.DISMISS, [{"event_id": one.event_id} for one in self.dismissed]),
            (statements.PUT_DISMISSAL, [values(one) for one in self.dismissed]),
            (statements.QUARANTINE, [values(item) for item in self.quarantined]),
            (statements.PUT_TASK, [values(task) | {"done": int(task.done)} for task in self.tasks]),
            (statements.PUT_KEY, [values(key) for key in self.keys]),
            (statements.DESTROY_KEYS, [{"case_id": c, "compartment": part} for c, part in self.destroyed]),
            (
                statements.WITHDRAW_KEYS,
                [{"case_id": c, "compartment": part, "agency": own} for c, part, own in self.withdrawn_keys],
            ),
            (statements.PUT_OPENED, [{"case_id": case_id} for case_id in self.opened]),
            (statements.FORGET_OPENED, [{"case_id": c, "times": times} for c, times in self.reacted.items()]),
            (statements.PUT_GRANT_DUE, [values(due) for due in self.grants_due]),
            (statements.FORGET_GRANT_DUE, [values(due) for due in self.granted]),
            (statements.PUT_GIVEN, [values(given) for given in self.given]),
            *((statement, [{"case_id": case_id} for case_id, _ in self.erased]) for statement in statements.ERASE),
            (statements.PUT_ERASED, [{"case_id": case_id, "event_id": wish} for case_id, wish in self.erased]),
            (statements.PUT_POSITION, position),
            (statements.PROBE, [{}] if self.probe else []),
        )
        return [(statement, rows) for statement, rows in candidates if rows]

    def merge(self, other: Batch) -> None:
        """Take what another batch holds; at most one of the two follows the log."""
        self.events += other.events
        self.heads |= other.heads
        self.submitted += other.submitted
        self.settled += other.settled
        self.withdrawn += other.withdrawn
        self.dismissed += other.dismissed
        self.quarantined += other.quarantined
        self.tasks += other.tasks
        self.keys += other.keys
        self.opened += other.opened
        self.reacted |= other.reacted
        self.destroyed += other.destroyed
        self.withdrawn_keys += other.withdrawn_keys
        self.grants_due += other.grants_due
        self.granted += other.granted
        self.given += other.given
        self.erased += other.erased
        self.position = other.position or self.position
        self.new_incarnation |= other.new_incarnation
        self.probe |= other.probe
        self.forgotten += other.forgotten
