"""What is committed together: statements with their rows, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """An ordered list of statements, committed whole or not at all.

    `durable`: whether the commit waits for the disk. What only repeats the log need not: after a power cut it is read
    from there again, together with its position.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self.changes: list[Change] = []
        self.durable = durable
        self.obliges = False
        """Whether something is to be done that was not to be done before, or not yet."""

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Transaction:
        """A transaction of these statements."""
        transaction = cls()
        transaction.extend(changes)
        return transaction

    def add(self, statement: str, *rows: dict[str, Any]) -> None:
        """Run a statement for each of these rows, after all that was added before."""
        if not rows:
            return
        if self.changes and self.changes[-1][0] is statement:
            self.changes[-1][1].extend(rows)
        else:
            self.changes.append((statement, list(rows)))

    def extend(self, changes: Iterable[Change]) -> None:
        """Run these after all that was added before."""
        for statement, rows in changes:
            self.add(statement, *rows)

    # The replica

    def accept(self, envelope: Envelope, sequence: int) -> None:
        """Keep an accepted envelope, and its place in the log."""
        name, version = envelope.case_id, envelope.version
        event = {"case_id": name, "version": version, "topic": envelope.type, "state": envelope.to_bytes()}
        self.add(statements.PUT_EVENT, event)
        self.place(name, version, sequence)

    def place(self, case_id: str, version: int, sequence: int) -> None:
        """Remember the place of an event in the log."""
        self.add(statements.PUT_PLACE, {"sequence": sequence, "case_id": case_id, "version": version})

    def put_heads(self, heads: Iterable[Head]) -> None:
        """Keep where cases stand."""
        self.add(statements.PUT_HEAD, *(values(head) | {"listed": int(head.listed)} for head in heads))

    def put_position(self, position: Position) -> None:
        """Keep how far the log was followed."""
        self.add(statements.PUT_POSITION, values(position) | {"recovering": int(position.recovering)})

    def quarantine(self, message: QuarantineEntry) -> None:
        """Keep why a message was rejected."""
        self.add(statements.QUARANTINE, values(message))

    def forget_after(self, case_id: str, version: int) -> None:
        """Give up a case's events past a version."""
        self.add(statements.FORGET_TAIL, {"case_id": case_id, "version": version})

    # The outbox

    def submit(self, row: OutboxRow) -> None:
        """Keep an event that is to be sent."""
        self.add(statements.SUBMIT, values(row))

    def settle(self, row: OutboxRow) -> None:
        """Keep what became of an event; when nothing of its case waits any more, there is nothing to deliver."""
        self.add(statements.SETTLE, values(row))
        self.add(statements.DELIVERED, {"case_id": row.case_id})

    def withdraw(self, row: OutboxRow) -> None:
        """Forget an event that was refused while its caller waited."""
        self.add(statements.WITHDRAW, {"event_id": row.event_id})
        self.add(statements.DELIVERED, {"case_id": row.case_id})

    def dismiss(self, dismissal: Dismissal) -> None:
        """Keep that an event needs no attention any more."""
        self.add(statements.DISMISS, {"event_id": dismissal.event_id})
        self.add(statements.PUT_DISMISSAL, values(dismissal))

    # Obligations

    def oblige(self, *obligations: Obligation) -> None:
        """Owe these; one that is owed already arises anew."""
        self.obliges |= bool(obligations)
        self.add(statements.OBLIGE, *(values(one) | {"parked": 0} for one in obligations))

    def fulfil(self, obligation: Obligation) -> None:
        """Strike off what was done, unless it arose again meanwhile."""
        self.add(statements.FULFIL, values(obligation) | {"parked": int(obligation.parked)})

    def postpone(self, obligation: Obligation) -> None:
        """Try an obligation again at its `due_at`, unless it arose again meanwhile."""
        self.add(statements.POSTPONE, values(obligation) | {"parked": int(obligation.parked)})

    def hurry(self, kind: Kind, case_id: str, now: float = 0.0) -> None:
        """Do what is owed of a kind for a case now, also what was parked; and again, if it is being done just now."""
        self.obliges = True
        self.add(statements.HURRY_KIND, {"now": now, "kind": kind, "case_id": case_id})

    def hurry_what_failed(self, now: float) -> None:
        """Try again now what failed."""
        self.obliges = True
        self.add(statements.HURRY, {"now": now})

    def hurry_all(self, kind: Kind) -> None:
        """Do now what is owed of a kind for any case; see `hurry`."""
        self.obliges = True
        self.add(statements.HURRY_ALL, {"now": 0.0, "kind": kind})

    # Keys and tasks

    def put_keys(self, keys: Iterable[WrappedKey]) -> None:
        """Keep wrapped keys, but of a case that is erased here."""
        self.add(statements.PUT_KEY, *map(values, keys))

    def wrap_keys_anew(self, keys: Iterable[WrappedKey]) -> None:
        """Keep keys wrapped anew; those that were destroyed meanwhile stay so."""
        self.add(statements.WRAP_ANEW, *map(values, keys))

    def destroy_keys(self, case_id: str, compartment: str) -> None:
        """Destroy the keys of a compartment of a case."""
        self.add(statements.DESTROY_KEYS, {"case_id": case_id, "compartment": compartment})

    def withdraw_keys(self, case_id: str, compartment: str, own: str) -> None:
        """Destroy the keys of a compartment of a case that others than `own` gave."""
        self.add(statements.WITHDRAW_KEYS, {"case_id": case_id, "compartment": compartment, "agency": own})

    def give(self, given: Sequence[IssuedGrant]) -> None:
        """Keep that keys are given to an agency."""
        self.add(statements.PUT_GIVEN, *map(values, given))

    def put_tasks(self, tasks: Iterable[SealedTask]) -> None:
        """Keep tasks; one that is done stays so."""
        self.add(statements.PUT_TASK, *(values(task) | {"done": int(task.done)} for task in tasks))

    def erase(self, case_id: str, wish: str) -> None:
        """Keep nothing of a case but its sealed chain, for the sake of the event that asked for it."""
        for statement in statements.ERASE:
            self.add(statement, {"case_id": case_id})
        self.add(statements.PUT_ERASED, {"case_id": case_id, "event_id": wish})

    def reacted(self, case_id: str, version: int) -> None:
        """Keep through which version the mandate's reactions have run."""
        self.add(statements.PUT_REACTED, {"case_id": case_id, "version": version})

    def react_again(self, case_id: str, version: int) -> None:
        """Let the mandate's reactions run again for what comes after a version."""
        self.add(statements.REACT_AGAIN, {"case_id": case_id, "version": version})
