"""A transaction: statements with their rows, run in the order in which they were added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bus.envelope.envelope import Envelope
from bus.store import statements
from bus.store.rows import (
    Dismissal,
    Head,
    IssuedGrant,
    Kind,
    Obligation,
    OutboxRow,
    Position,
    QuarantineEntry,
    SealedTask,
    WrappedKey,
    values,
)

Change = tuple[str, list[dict[str, Any]]]


class Transaction:
    """An ordered list of statements; they are committed all or none.

    `durable`: True if the commit must be on disk before it is acknowledged. A commit that only repeats the log need not
    be: after a power cut we read its messages again, because its position is lost with it.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self.changes: list[Change] = []
        self.durable = durable
        self.obliges = False
        """True if the transaction adds an obligation or makes one due earlier."""

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Transaction:
        """Return a durable transaction of these statements."""
        transaction = cls()
        transaction.extend(changes)
        return transaction

    def add(self, statement: str, *rows: dict[str, Any]) -> None:
        """Add a statement, to be run once for each of these rows."""
        if not rows:
            return
        if self.changes and self.changes[-1][0] is statement:
            self.changes[-1][1].extend(rows)
        else:
            self.changes.append((statement, list(rows)))

    def extend(self, changes: Iterable[Change]) -> None:
        """Add these statements at the end."""
        for statement, rows in changes:
            self.add(statement, *rows)

    # The replica

    def accept(self, envelope: Envelope, sequence: int, received_at: datetime | None = None) -> None:
        """Keep an accepted envelope, its sequence in the log, and when it was received (None: that is not known)."""
        name, version = envelope.case_id, envelope.version
        event = {"case_id": name, "version": version, "topic": envelope.type, "state": envelope.to_bytes()}
        self.add(statements.PUT_EVENT, event)
        if received_at is not None:
            received = {"case_id": name, "version": version, "hash": envelope.hash}
            self.add(statements.PUT_RECEIVED, received | {"received_at": received_at.timestamp()})
        self.place(name, version, sequence)

    def place(self, case_id: str, version: int, sequence: int) -> None:
        """Keep the sequence of an event in the log."""
        self.add(statements.PUT_PLACE, {"sequence": sequence, "case_id": case_id, "version": version})

    def put_heads(self, heads: Iterable[Head]) -> None:
        """Keep the heads of cases."""
        self.add(statements.PUT_HEAD, *(values(head) | {"listed": int(head.listed)} for head in heads))

    def put_position(self, position: Position) -> None:
        """Keep the position in the log."""
        self.add(statements.PUT_POSITION, values(position) | {"recovering": int(position.recovering)})

    def quarantine(self, message: QuarantineEntry) -> None:
        """Keep the reason why a message was rejected or an event is void."""
        self.add(statements.QUARANTINE, values(message))

    def forget_after(self, case_id: str, version: int) -> None:
        """Delete a case's events after a version. The feed tells that, and what takes their place, at its next turn."""
        self.add(statements.FORGET_TAIL, {"case_id": case_id, "version": version})
        self.add(statements.FEED_REPLACED, {"case_id": case_id, "version": version})

    # The outbox

    def submit(self, row: OutboxRow) -> None:
        """Keep an event in the outbox."""
        self.add(statements.SUBMIT, values(row))

    def settle(self, row: OutboxRow) -> None:
        """Keep the new state of an event. If it was the case's last pending one, delete the obligation DELIVER."""
        self.add(statements.SETTLE, values(row))
        self.add(statements.DELIVERED, {"case_id": row.case_id})

    def withdraw(self, row: OutboxRow) -> None:
        """Delete an event that was refused while its caller waited."""
        self.add(statements.WITHDRAW, {"event_id": row.event_id})
        self.add(statements.DELIVERED, {"case_id": row.case_id})

    def dismiss(self, dismissal: Dismissal) -> None:
        """Keep the dismissal of a parked event."""
        self.add(statements.DISMISS, {"event_id": dismissal.event_id})
        self.add(statements.PUT_DISMISSAL, values(dismissal))

    # Obligations

    def oblige(self, *obligations: Obligation) -> None:
        """Add these obligations. One that exists already gets a new revision."""
        self.obliges |= bool(obligations)
        self.add(statements.OBLIGE, *(values(one) | {"parked": 0} for one in obligations))

    def fulfil(self, obligation: Obligation) -> None:
        """Delete an obligation that was met, unless it arose again in the meantime."""
        self.add(statements.FULFIL, values(obligation) | {"parked": int(obligation.parked)})

    def postpone(self, obligation: Obligation) -> None:
        """Retry an obligation at its `due_at`, unless it arose again in the meantime."""
        self.add(statements.POSTPONE, values(obligation) | {"parked": int(obligation.parked)})

    def hurry(self, kind: Kind, case_id: str, now: float = 0.0) -> None:
        """Make a case's obligations of a kind due now, also parked ones. One that is at work now will run once more."""
        self.obliges = True
        self.add(statements.HURRY_KIND, {"now": now, "kind": kind, "case_id": case_id})

    def hurry_what_failed(self, now: float) -> None:
        """Make all failed obligations due now."""
        self.obliges = True
        self.add(statements.HURRY, {"now": now})

    def hurry_all(self, kind: Kind) -> None:
        """Make all obligations of a kind due now, for all cases; see `hurry`."""
        self.obliges = True
        self.add(statements.HURRY_ALL, {"now": 0.0, "kind": kind})

    # Keys and tasks

    def put_keys(self, keys: Iterable[WrappedKey], came_at: datetime | None = None) -> None:
        """Keep wrapped keys, except those of a case that is erased here.

        `came_at`: when they came, which is kept for keys of cases; None: that is not known, or nobody will ask.
        """
        keys = tuple(keys)
        self.add(statements.PUT_KEY, *map(values, keys))
        if came_at is not None:
            came = {"came_at": came_at.timestamp()}
            named = (
                {"case_id": k.case_id, "compartment": k.compartment, "kid": k.kid, "granter": k.granter} for k in keys
            )
            self.add(statements.PUT_KEY_CAME, *(name | came for name in named))

    def wrap_keys_anew(self, keys: Iterable[WrappedKey]) -> None:
        """Replace keys by the same keys wrapped again; a key that was destroyed in the meantime stays destroyed."""
        self.add(statements.WRAP_ANEW, *map(values, keys))

    def destroy_keys(self, case_id: str, compartment: str) -> None:
        """Destroy the keys of a compartment of a case."""
        self.add(statements.DESTROY_KEYS, {"case_id": case_id, "compartment": compartment})

    def withdraw_keys(self, case_id: str, compartment: str, own: str) -> None:
        """Destroy the keys of a compartment of a case, except those that the agency `own` granted."""
        self.add(statements.WITHDRAW_KEYS, {"case_id": case_id, "compartment": compartment, "agency": own})

    def give(self, given: Sequence[IssuedGrant]) -> None:
        """Record grants of keys to agencies."""
        self.add(statements.PUT_GIVEN, *map(values, given))

    def put_tasks(self, tasks: Iterable[SealedTask]) -> None:
        """Keep tasks. A task that is done already stays done."""
        self.add(statements.PUT_TASK, *(values(task) | {"done": int(task.done)} for task in tasks))

    def erase(self, case_id: str, wish: str) -> None:
        """Delete a case, except the rest named at `statements.ERASE`. `wish`: the id of the erasure request."""
        for statement in statements.ERASE:
            self.add(statement, {"case_id": case_id})
        self.add(statements.PUT_ERASED, {"case_id": case_id, "event_id": wish})

    def reacted(self, case_id: str, version: int) -> None:
        """Keep the version up to which the reactions have run."""
        self.add(statements.PUT_REACTED, {"case_id": case_id, "version": version})

    def react_again(self, case_id: str, version: int) -> None:
        """Make the reactions run again for the events after a version."""
        self.add(statements.REACT_AGAIN, {"case_id": case_id, "version": version})
