"""The store as the service uses it: all calls are asynchronous, and none blocks the event loop.

The file has over 250 lines because it has one short method for each question to the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, cast

from eventsourcing.persistence import InfrastructureFactory, StoredEvent, Tracking

from bus.envelope.envelope import Envelope
from bus.errors import DamagedCaseError, EnvelopeError, StoreError
from bus.store import statements
from bus.store.rows import (
    Dismissal,
    DismissalReason,
    Due,
    Head,
    Kind,
    Obligation,
    OutboxRow,
    OutboxStatus,
    Owed,
    Position,
    QuarantineEntry,
    SealedTask,
    WrappedKey,
)
from bus.store.transaction import Transaction
from bus.store.writer import DuplicateKeyError, Writer

Place = tuple[str | int, ...]
"""The place of a row in a list: the values that the list is sorted by."""

__all__ = ["DuplicateKeyError", "Store", "open_store"]

_FACTORIES: Final = {
    "eventsourcing.sqlite": "bus.store.sqlite:Factory",
    "eventsourcing.postgres": "bus.store.postgres:Factory",
}
_DEFAULTS: Final = {"POSTGRES_CONNECT_TIMEOUT": "3"}
_TABLE_NAMES: Final = {"ORIGINATOR_ID_TYPE": "text"}


class Recorder(Protocol):
    """eventsourcing's process recorder, extended by our queries."""

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]: ...


def open_store(environment: Mapping[str, str]) -> Store:
    """Open the store that the environment names by eventsourcing's variables: `PERSISTENCE_MODULE` and those it needs.

    Raises StoreError when the module is neither SQLite's nor PostgreSQL's.
    """
    module = environment.get("PERSISTENCE_MODULE", "eventsourcing.sqlite")
    topic = _FACTORIES.get(module)
    if topic is None:
        raise StoreError(f"PERSISTENCE_MODULE is {module}; set one of {', '.join(_FACTORIES)}")
    settings = {**_DEFAULTS, **environment, **_TABLE_NAMES, "PERSISTENCE_MODULE": topic}
    return Store(InfrastructureFactory[Any].construct(settings))


class Store:
    """One agency's store. Reads run concurrently; writes are committed in the order given.

    All methods raise StoreError when the store fails; those that read a case's events raise DamagedCaseError when the
    events are not as they were written.
    """

    def __init__(self, factory: InfrastructureFactory[Any]) -> None:
        self._factory = factory
        recorder: Any = factory.process_recorder()
        self._recorder = recorder
        self._writer = Writer(recorder)
        self.obliged = 0
        """The number of commits so far that may have added obligations or made some due earlier."""

    def start(self) -> None:
        """Start the task that syncs and probes the store every second."""
        self._writer.start()

    @property
    def failure(self) -> str | None:
        """Why the last call failed; None once one succeeds. The node's health reports it."""
        return self._writer.failure

    async def write(self, transaction: Transaction, position: Position | None = None) -> None:
        """Commit the transaction, together with the position in the log if given.

        Raises DuplicateKeyError or StoreError; see `Writer.write`.
        """
        tracking = None
        if position is not None:
            transaction.put_position(position)
            if position.sequence:
                tracking = Tracking(_tracked(position.incarnation), position.sequence)
        try:
            await self._writer.write(transaction, tracking)
        finally:  # even on an error: the outcome may be unknown
            self.obliged += transaction.obliges

    async def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """Return the rows that a reading statement finds."""
        recorder = cast(Recorder, self._recorder)
        return await self._writer.read(lambda: recorder.query(statement, **parameters))

    async def owned_by(self, agency: str) -> None:
        """Write this agency's name into a new store. Raises StoreError when the store is another agency's."""
        transaction = Transaction()
        owners = {row["agency"] for row in await self.query(statements.OWNER)}
        if not owners:
            transaction.add(statements.PUT_OWNER, {"agency": agency})
            await self.write(transaction)
        elif owners != {agency}:
            raise StoreError(
                f"this store belongs to {', '.join(sorted(owners))}, not to {agency}: restore the right one"
            )

    async def position(self) -> Position:
        """Return the position in the log."""
        rows = await self.query(statements.POSITION)
        if not rows:
            return Position()
        name = _tracked(int(rows[0]["incarnation"]))
        sequence = await self._writer.read(lambda: self._recorder.max_tracking_id(name))
        return Position(**{**rows[0], "sequence": sequence or 0, "recovering": bool(rows[0]["recovering"])})

    async def head(self, case_id: str) -> Head | None:
        """Return the head of a case, or None when we have no event of it."""
        rows = await self.query(statements.HEAD, case_id=case_id)
        return _head(rows[0]) if rows else None

    async def heads(self, after: str, limit: int) -> list[Head]:
        """Return the next heads after the id `after`, in the order of their ids."""
        return [_head(row) for row in await self.query(statements.HEADS, after=after, limit=limit)]

    async def known(self, case_ids: list[str]) -> set[str]:
        """Return those of these cases of which we have an event."""
        recorder = cast(Recorder, self._recorder)
        asked = [{f"case_{n}": case_id for n, case_id in enumerate(part)} for part in _parts(case_ids)]
        found = await self._writer.read(lambda: [recorder.query(statements.KNOWN, **each) for each in asked])
        return {row["case_id"] for rows in found for row in rows}

    async def envelopes(self, case_id: str, after: int = 0, limit: int | None = None) -> list[Envelope]:
        """Return a case's accepted events after version `after`, in order. Raises DamagedCaseError."""

        def read() -> list[Envelope | StoreError]:
            return [_if_as_written(event) for event in self._recorder.select_events(case_id, gt=after, limit=limit)]

        found = await self._writer.read(read)
        for place, each in enumerate(found, start=after + 1):
            if isinstance(each, StoreError):
                raise DamagedCaseError(case_id, str(each)) from each
            if (each.case_id, each.version) != (case_id, place):
                raise DamagedCaseError(case_id, f"version {place} is missing")
        return cast(list[Envelope], found)

    async def accepted(self, after: int, limit: int) -> list[tuple[int, str, Envelope | StoreError]]:
        """Return the accepted events of all cases in the order in which they were stored, at most `limit`.

        Each is (place, case, event). `after`: the place after which to begin. A damaged event is returned as the
        StoreError that says so.
        """
        stored = await self._writer.read(lambda: self._recorder.select_notifications(after + 1, limit))
        return [(event.id, str(event.originator_id), _if_as_written(event)) for event in stored]

    async def places(self, first: int, last: int, limit: int, *, former: bool = False) -> list[tuple[int, str, int]]:
        """Return the accepted events from sequence `first` to `last` of the log: (sequence, case, version).

        `former`: their places before the recovery that is under way.
        """
        statement = statements.FORMER_PLACES if former else statements.PLACES
        rows = await self.query(statement, first=first, last=last, limit=limit)
        return [(int(row["sequence"]), row["case_id"], int(row["version"])) for row in rows]

    async def followed(self) -> int:
        """Return the last sequence that we had before the recovery that is under way."""
        return int((await self.query(statements.FOLLOWED))[0]["sequence"] or 0)

    async def losses(self) -> list[tuple[int, int, bool]]:
        """Return the ranges of sequences that the log has lost: (first, last, True if the lost messages are known)."""
        rows = await self.query(statements.LOSSES)
        return [(int(row["first"]), int(row["last"]), bool(row["filled"])) for row in rows]

    # Obligations

    async def work_due(self, now: float, limit: int) -> Due:
        """Return the obligations that are due, the longest due first, and only the next one of each kind and case.

        `now`: seconds since 1970.
        """
        recorder = cast(Recorder, self._recorder)

        def read() -> Due:
            rows = recorder.query(statements.WORK_DUE, now=now, limit=limit)
            due = recorder.query(statements.MANY_DUE, now=now, limit=len(rows) + 1)[0]["n"]
            later = recorder.query(statements.NEXT_DUE, now=now)[0]["due_at"]
            return Due([Obligation.of(row) for row in rows], due > len(rows), later)

        return await self._writer.read(read)

    async def cases_owed(self, kind: Kind) -> list[str]:
        """Return the cases that have an obligation of this kind."""
        return [row["case_id"] for row in await self.query(statements.WORK_OF, kind=kind.value)]

    async def parked(self, limit: int) -> list[Obligation]:
        """Return the parked obligations, which wait for a person, the oldest first."""
        return [Obligation.of(row) for row in await self.query(statements.WORK_PARKED, limit=limit)]

    async def parked_of(self, kind: Kind) -> list[str]:
        """Return the cases that have a parked obligation of this kind, in the order of their ids."""
        rows = await self.query(statements.WORK_PARKED_OF, kind=kind.value)
        return [row["case_id"] for row in rows]

    async def failing(self, before: float) -> list[Obligation]:
        """Return the failed obligations that arose before a moment: the oldest of each kind, the oldest first."""
        return [Obligation.of(row) for row in await self.query(statements.WORK_FAILED, before=before)]

    async def undone(self, before: float) -> Obligation | None:
        """Return the obligation that has been due longest without any attempt, if it was due before a moment."""
        rows = await self.query(statements.WORK_UNDONE, before=before)
        return Obligation.of(rows[0]) if rows else None

    async def work(self, now: float) -> list[Owed]:
        """Return a summary of the due obligations, by kind. `now`: seconds since 1970."""
        rows = await self.query(statements.WORK_SUMMARY, now=now)
        return [
            Owed(row["kind"], int(row["n"]), int(row["parked"]), int(row["attempts"]), max(0.0, now - row["oldest"]))
            for row in rows
        ]

    async def hurry(self, now: float, kind: Kind | None = None, case_id: str = "") -> None:
        """Make all failed obligations due now; if `kind` is given, those of this kind for one case instead."""
        transaction = Transaction(durable=False)
        if kind is None:
            transaction.hurry_what_failed(now)
        else:
            transaction.hurry(kind, case_id, now)
        await self.write(transaction)

    async def unpark(self, now: float) -> None:
        """Make all parked obligations due now, for one more try."""
        transaction = Transaction(durable=False)
        transaction.add(statements.UNPARK, {"now": now})
        await self.write(transaction)

    async def reacted(self, case_id: str) -> int:
        """Return the version of a case up to which the reactions have run."""
        rows = await self.query(statements.REACTED, case_id=case_id)
        return int(rows[0]["version"]) if rows else 0

    # Lists

    async def listed(self, limit: int, offset: int) -> list[str]:
        """Return the ids of the cases in which this agency takes part, the most recently changed first."""
        return [row["case_id"] for row in await self.query(statements.LISTED, limit=limit, offset=offset)]

    async def count(self, what: str) -> int:
        """Return a number of rows. `what`: `listed` (our cases), `cases` (all), `quarantined` or `dismissed`."""
        statement = {
            "listed": statements.COUNT_LISTED,
            "cases": statements.COUNT_CASES,
            "quarantined": statements.COUNT_QUARANTINED,
            "dismissed": statements.COUNT_DISMISSED,
        }[what]
        return int((await self.query(statement))[0]["n"])

    async def all_cases(self) -> list[str]:
        """Return the ids of all cases in the replica."""
        return [row["case_id"] for row in await self.query(statements.ALL_CASES)]

    async def erased(self, case_id: str) -> frozenset[str]:
        """Return the ids of the erasure requests for which this agency destroyed its data of a case."""
        return frozenset(row["event_id"] for row in await self.query(statements.ERASED, case_id=case_id))

    async def keys_of(self, case_ids: list[str]) -> list[WrappedKey]:
        """Return the wrapped keys of these cases."""
        recorder = cast(Recorder, self._recorder)
        asked = [{f"case_{n}": case_id for n, case_id in enumerate(part)} for part in _parts(case_ids)]
        found = await self._writer.read(lambda: [recorder.query(statements.KEYS_OF, **each) for each in asked])
        return [_key(row) for rows in found for row in rows]

    async def keys_after(self, case_id: str, limit: int) -> list[WrappedKey]:
        """Return about `limit` wrapped keys of the cases after this id, with all keys of the last case among them."""
        keys = [_key(row) for row in await self.query(statements.KEYS_AFTER, after=case_id, limit=limit)]
        if len(keys) < limit:
            return keys
        last = keys[-1].case_id
        return [key for key in keys if key.case_id != last] + await self.keys_of([last])

    async def received(self, case_id: str, after: int, last: int) -> dict[tuple[int, str], datetime]:
        """Return when the events of a case after a version, up to another, were received, by version and hash.

        Older stores did not keep it.
        """
        rows = await self.query(statements.RECEIVED, case_id=case_id, after=after, last=last)
        return {(int(row["version"]), row["hash"]): _moment(row["received_at"]) for row in rows}

    async def keys_came(self, case_id: str) -> dict[tuple[str, str, str], datetime]:
        """Return when each key of a case came, by compartment, kid and granter. Older stores did not keep it."""
        rows = await self.query(statements.KEYS_CAME, case_id=case_id)
        return {(row["compartment"], row["kid"], row["granter"]): _moment(row["came_at"]) for row in rows}

    async def vault_keys(self) -> set[str]:
        """Return the ids of the vault keys that wrap keys in this store."""
        return {bytes(row["id"]).hex() for row in await self.query(statements.VAULT_KEYS)}

    async def given(self, case_id: str, compartment: str, kid: str) -> list[str]:
        """Return the agencies to which we granted a key."""
        rows = await self.query(statements.GIVEN, case_id=case_id, compartment=compartment, kid=kid)
        return [row["recipient"] for row in rows]

    async def given_in(self, case_id: str) -> list[tuple[str, str]]:
        """Return the compartments of a case of which we granted keys, each with an agency that got one."""
        rows = await self.query(statements.GIVEN_IN, case_id=case_id)
        return [(row["compartment"], row["recipient"]) for row in rows]

    async def given_keys(self, case_id: str) -> list[tuple[str, str, str]]:
        """Return the keys of a case that we granted: (compartment, kid, recipient)."""
        rows = await self.query(statements.GIVEN_KEYS, case_id=case_id)
        return [(row["compartment"], row["kid"], row["recipient"]) for row in rows]

    async def cases_after(self, case_id: str, limit: int, *, listed: bool = False) -> list[str]:
        """Return the next cases in the order of their ids, all or only the listed. The first page is after ""."""
        statement = statements.LISTED_AFTER if listed else statements.CASES_AFTER
        return [row["case_id"] for row in await self.query(statement, after=case_id, limit=limit)]

    async def count_through(self, case_id: str, *, listed: bool) -> int:
        """Return the number of cases up to this id in the order of their ids, all or only the listed."""
        statement = statements.LISTED_THROUGH if listed else statements.CASES_THROUGH
        return int((await self.query(statement, case_id=case_id))[0]["n"])

    async def void_events(self, case_id: str) -> set[str]:
        """Return the ids of a case's void events."""
        return {row["event_id"] for row in await self.query(statements.VOID_EVENTS, case_id=case_id)}

    async def outbox(self) -> list[OutboxRow]:
        """Return the pending and the parked events, the oldest first."""
        return outbox_rows(await self.query(statements.OUTBOX_OPEN))

    async def outbox_of(self, case_id: str) -> list[OutboxRow]:
        """Return the pending and the parked events of one case, the oldest first."""
        return outbox_rows(await self.query(statements.OUTBOX_OF, case_id=case_id))

    async def submission(self, event_id: str) -> OutboxRow | None:
        """Return an event that this agency submitted, or None."""
        return next(iter(outbox_rows(await self.query(statements.OUTBOX_ROW, event_id=event_id))), None)

    async def submission_under(self, key: str) -> OutboxRow | None:
        """Return the event that was submitted under an idempotency key, or None."""
        return next(iter(outbox_rows(await self.query(statements.OUTBOX_BY_KEY, key=key))), None)

    async def quarantined(self, limit: int, offset: int, after: Place | None = None) -> list[QuarantineEntry]:
        """Return the rejected messages and void events, the newest first.

        `after`: only those that follow this incarnation and sequence.
        """
        statement = statements.QUARANTINED if after is None else statements.QUARANTINED_AFTER
        rows = await self.query(statement, limit=limit, **_after(after, offset))
        return [QuarantineEntry(**row) for row in rows]

    async def rejected_by(self) -> dict[str, int]:
        """Return the number of rejected messages that are kept, by agency."""
        return {row["agency"]: int(row["n"]) for row in await self.query(statements.REJECTED_BY)}

    async def dismissal(self, event_id: str) -> Dismissal | None:
        """Return the dismissal of an event, or None."""
        return next(iter(_dismissals(await self.query(statements.DISMISSAL, event_id=event_id))), None)

    async def dismissed(self, limit: int, offset: int, after: Place | None = None) -> list[Dismissal]:
        """Return the dismissals, the newest first. `after`: only those that follow this moment and event."""
        statement = statements.DISMISSED if after is None else statements.DISMISSED_AFTER
        return _dismissals(await self.query(statement, limit=limit, **_after(after, offset)))

    async def open_tasks(self, case_id: str | None = None) -> list[SealedTask]:
        """Return the open tasks, of one case if it is named."""
        if case_id is None:
            return _tasks(await self.query(statements.OPEN_TASKS))
        return _tasks(await self.query(statements.OPEN_TASKS_OF, case_id=case_id))

    async def open_tasks_after(self, task_id: str, limit: int) -> list[SealedTask]:
        """Return the next open tasks in the order of their ids. The first page is after ""."""
        return _tasks(await self.query(statements.OPEN_TASKS_AFTER, after=task_id, limit=limit))

    async def task(self, task_id: str) -> SealedTask | None:
        """Return a task, open or done, or None."""
        return next(iter(_tasks(await self.query(statements.TASK, task_id=task_id))), None)

    async def close(self) -> None:
        """Commit the waiting transactions, then close the store."""
        await self._writer.close()
        self._factory.close()


def _as_written(stored: StoredEvent) -> Envelope:
    try:
        envelope = Envelope.from_bytes(stored.state)
        if (envelope.case_id, envelope.version) != (str(stored.originator_id), stored.originator_version):
            raise ValueError("it stands in another event's place")
        return envelope
    except (EnvelopeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"version {stored.originator_version} is not as it was written: {error}") from error


def _if_as_written(stored: StoredEvent) -> Envelope | StoreError:
    try:
        return _as_written(stored)
    except StoreError as error:
        return error


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _key(row: Mapping[str, Any]) -> WrappedKey:
    return WrappedKey(**{**row, "blob": bytes(row["blob"])})


def _head(row: Mapping[str, Any]) -> Head:
    return Head(**{**row, "listed": bool(row["listed"])})


def _after(after: Place | None, offset: int) -> dict[str, Any]:
    if after is None:
        return {"offset": offset}
    return {"offset": 0, **{f"after_{number}": value for number, value in enumerate(after)}}


def outbox_rows(rows: Iterable[Mapping[str, Any]]) -> list[OutboxRow]:
    """Return the events in rows of the outbox."""
    return [OutboxRow(**{**row, "status": OutboxStatus(row["status"]), "draft": bytes(row["draft"])}) for row in rows]


def _dismissals(rows: Iterable[Mapping[str, Any]]) -> list[Dismissal]:
    return [Dismissal(**{**row, "reason": DismissalReason(row["reason"])}) for row in rows]


def _tasks(rows: Iterable[Mapping[str, Any]]) -> list[SealedTask]:
    return [SealedTask(**{**row, "sealed": bytes(row["sealed"]), "done": bool(row["done"])}) for row in rows]


def _parts(case_ids: list[str]) -> Iterator[list[str]]:
    """Yield parts of the size that the statement takes; the last part is filled up by repeating its first id."""
    for first in range(0, len(case_ids), statements.KNOWN_AT_ONCE):
        part = case_ids[first : first + statements.KNOWN_AT_ONCE]
        yield part + part[:1] * (statements.KNOWN_AT_ONCE - len(part))


def _tracked(incarnation: int) -> str:
    """The name under which eventsourcing tracks how far the log is followed, in each of its incarnations."""
    return f"CASES#{incarnation}"
