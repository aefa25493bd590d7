"""The store as the service uses it: asynchronous, and nothing blocks the event loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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

__all__ = ["DuplicateKeyError", "Store", "open_store"]

_FACTORIES: Final = {
    "eventsourcing.sqlite": "bus.store.sqlite:Factory",
    "eventsourcing.postgres": "bus.store.postgres:Factory",
}
_DEFAULTS: Final = {"POSTGRES_CONNECT_TIMEOUT": "3"}
_TABLE_NAMES: Final = {"ORIGINATOR_ID_TYPE": "text"}


class Recorder(Protocol):
    """A process recorder that also runs our statements and queries."""

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]: ...


def open_store(environment: Mapping[str, str]) -> Store:
    """Open the store that the environment names, as eventsourcing does: `PERSISTENCE_MODULE` and its variables."""
    module = environment.get("PERSISTENCE_MODULE", "eventsourcing.sqlite")
    topic = _FACTORIES.get(module)
    if topic is None:
        raise StoreError(f"PERSISTENCE_MODULE is {module}; set one of {', '.join(_FACTORIES)}")
    settings = {**_DEFAULTS, **environment, **_TABLE_NAMES, "PERSISTENCE_MODULE": topic}
    return Store(InfrastructureFactory[Any].construct(settings))


class Store:
    """Reads run beside each other; writes are committed in the order given.

    Raises StoreError, and DamagedCaseError where a case's events are not as they were written.
    """

    def __init__(self, factory: InfrastructureFactory[Any]) -> None:
        self._factory = factory
        recorder: Any = factory.process_recorder()
        self._recorder = recorder
        self._writer = Writer(recorder)
        self.obliged = 0
        """How many commits have brought obligations, or moved them forward."""

    def start(self) -> None:
        """Begin to look after the store."""
        self._writer.start()

    @property
    def failure(self) -> str | None:
        """Why the store did not answer last, until it does: what health reports."""
        return self._writer.failure

    async def write(self, transaction: Transaction, position: Position | None = None) -> None:
        """Commit the transaction, and with it how far the log was followed; raises what `Writer.write` does."""
        tracking = None
        if position is not None:
            transaction.put_position(position)
            if position.sequence:
                tracking = Tracking(_tracked(position.incarnation), position.sequence)
        try:
            await self._writer.write(transaction, tracking)
        finally:  # also where the outcome is unknown
            self.obliged += transaction.obliges

    async def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """The rows of a reading statement."""
        recorder = cast(Recorder, self._recorder)
        return await self._writer.read(lambda: recorder.query(statement, **parameters))

    async def owned_by(self, agency: str) -> None:
        """Let the store be this agency's, or nobody's yet; raises StoreError when it is another's."""
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
        """How far the log was followed."""
        rows = await self.query(statements.POSITION)
        if not rows:
            return Position()
        name = _tracked(int(rows[0]["incarnation"]))
        sequence = await self._writer.read(lambda: self._recorder.max_tracking_id(name))
        return Position(**{**rows[0], "sequence": sequence or 0, "recovering": bool(rows[0]["recovering"])})

    async def head(self, case_id: str) -> Head | None:
        """Where a case stands, or None when no event of it was taken."""
        rows = await self.query(statements.HEAD, case_id=case_id)
        return _head(rows[0]) if rows else None

    async def heads(self, after: str, limit: int) -> list[Head]:
        """Where cases stand, page by page in the order of their ids."""
        return [_head(row) for row in await self.query(statements.HEADS, after=after, limit=limit)]

    async def known(self, case_ids: list[str]) -> set[str]:
        """Those of these cases of which any event was taken."""
        recorder = cast(Recorder, self._recorder)
        asked = [{f"case_{n}": case_id for n, case_id in enumerate(part)} for part in _parts(case_ids)]
        found = await self._writer.read(lambda: [recorder.query(statements.KNOWN, **each) for each in asked])
        return {row["case_id"] for rows in found for row in rows}

    async def envelopes(self, case_id: str, after: int = 0, limit: int | None = None) -> list[Envelope]:
        """A case's accepted events in order, those past a version."""

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
        """Accepted events of all cases in the order of the log, past a place: (place, case, event), at most `limit`.

        One that is not as it was written is given as the StoreError that says so.
        """
        stored = await self._writer.read(lambda: self._recorder.select_notifications(after + 1, limit))
        return [(event.id, str(event.originator_id), _if_as_written(event)) for event in stored]

    async def places(self, first: int, last: int, limit: int, *, former: bool = False) -> list[tuple[int, str, int]]:
        """The accepted events between two sequences of the log: (sequence, case, version); `former`: as before the
        reading that is under way.
        """
        statement = statements.FORMER_PLACES if former else statements.PLACES
        rows = await self.query(statement, first=first, last=last, limit=limit)
        return [(int(row["sequence"]), row["case_id"], int(row["version"])) for row in rows]

    async def followed(self) -> int:
        """The last place of an event before the reading that is under way."""
        return int((await self.query(statements.FOLLOWED))[0]["sequence"] or 0)

    async def in_log(self) -> dict[str, int]:
        """How many events of each case were met in the log itself since it was last read from its beginning."""
        return {row["case_id"]: int(row["n"]) for row in await self.query(statements.IN_LOG)}

    async def losses(self) -> list[tuple[int, int, bool]]:
        """The ranges of sequences that the log has lost: (first, last, whether others gave what stood there)."""
        rows = await self.query(statements.LOSSES)
        return [(int(row["first"]), int(row["last"]), bool(row["filled"])) for row in rows]

    # Obligations

    async def work_due(self, now: float, limit: int) -> Due:
        """What is due, the longest due first; of each kind and case the one that is next, however many there are."""
        recorder = cast(Recorder, self._recorder)

        def read() -> Due:
            rows = recorder.query(statements.WORK_DUE, now=now, limit=limit)
            due = recorder.query(statements.MANY_DUE, now=now, limit=len(rows) + 1)[0]["n"]
            later = recorder.query(statements.NEXT_DUE, now=now)[0]["due_at"]
            return Due([Obligation.of(row) for row in rows], due > len(rows), later)

        return await self._writer.read(read)

    async def cases_owed(self, kind: Kind) -> list[str]:
        """The cases for which something of a kind is owed."""
        return [row["case_id"] for row in await self.query(statements.WORK_OF, kind=kind.value)]

    async def parked(self, limit: int) -> list[Obligation]:
        """What failed as often as the bound allows, and waits for a person."""
        return [Obligation.of(row) for row in await self.query(statements.WORK_PARKED, limit=limit)]

    async def failing(self, before: float) -> list[Obligation]:
        """Of each kind the oldest obligation that failed and arose before a moment, the oldest first."""
        return [Obligation.of(row) for row in await self.query(statements.WORK_FAILED, before=before)]

    async def undone(self, before: float) -> Obligation | None:
        """The obligation longest due before a moment that nobody has tried."""
        rows = await self.query(statements.WORK_UNDONE, before=before)
        return Obligation.of(rows[0]) if rows else None

    async def work(self, now: float) -> list[Owed]:
        """What is due, by kind."""
        rows = await self.query(statements.WORK_SUMMARY, now=now)
        return [
            Owed(row["kind"], int(row["n"]), int(row["parked"]), int(row["attempts"]), max(0.0, now - row["oldest"]))
            for row in rows
        ]

    async def hurry(self, now: float, kind: Kind | None = None, case_id: str = "") -> None:
        """Try what failed again now; or what of a kind is owed for a case."""
        transaction = Transaction(durable=False)
        if kind is None:
            transaction.hurry_what_failed(now)
        else:
            transaction.hurry(kind, case_id, now)
        await self.write(transaction)

    async def unpark(self, now: float) -> None:
        """Try what was parked once more."""
        transaction = Transaction(durable=False)
        transaction.add(statements.UNPARK, {"now": now})
        await self.write(transaction)

    async def reacted(self, case_id: str) -> int:
        """Through which version the mandate's reactions have run."""
        rows = await self.query(statements.REACTED, case_id=case_id)
        return int(rows[0]["version"]) if rows else 0

    # Lists

    async def listed(self, limit: int, offset: int) -> list[str]:
        """The ids of the cases that this agency takes part in, most recently changed first."""
        return [row["case_id"] for row in await self.query(statements.LISTED, limit=limit, offset=offset)]

    async def count(self, what: str) -> int:
        """How many `listed` cases, `cases`, `quarantined` messages or `dismissed` events there are."""
        statement = {
            "listed": statements.COUNT_LISTED,
            "cases": statements.COUNT_CASES,
            "quarantined": statements.COUNT_QUARANTINED,
            "dismissed": statements.COUNT_DISMISSED,
        }[what]
        return int((await self.query(statement))[0]["n"])

    async def all_cases(self) -> list[str]:
        """The ids of every case in the replica."""
        return [row["case_id"] for row in await self.query(statements.ALL_CASES)]

    async def erased(self, case_id: str) -> frozenset[str]:
        """The ids of the events for whose sake this agency destroyed what it held of a case."""
        return frozenset(row["event_id"] for row in await self.query(statements.ERASED, case_id=case_id))

    async def keys_of(self, case_ids: list[str]) -> list[WrappedKey]:
        """The wrapped keys of these cases."""
        recorder = cast(Recorder, self._recorder)
        asked = [{f"case_{n}": case_id for n, case_id in enumerate(part)} for part in _parts(case_ids)]
        found = await self._writer.read(lambda: [recorder.query(statements.KEYS_OF, **each) for each in asked])
        return [_key(row) for rows in found for row in rows]

    async def keys_after(self, case_id: str, limit: int) -> list[WrappedKey]:
        """Some `limit` wrapped keys of the cases after this one, and all keys of the last of them."""
        keys = [_key(row) for row in await self.query(statements.KEYS_AFTER, after=case_id, limit=limit)]
        if len(keys) < limit:
            return keys
        last = keys[-1].case_id
        return [key for key in keys if key.case_id != last] + await self.keys_of([last])

    async def vault_keys(self) -> set[str]:
        """The ids of the vault keys under which keys of this store are wrapped."""
        return {bytes(row["id"]).hex() for row in await self.query(statements.VAULT_KEYS)}

    async def given(self, case_id: str, compartment: str, kid: str) -> list[str]:
        """The agencies that were given a key."""
        rows = await self.query(statements.GIVEN, case_id=case_id, compartment=compartment, kid=kid)
        return [row["recipient"] for row in rows]

    async def cases_after(self, case_id: str, limit: int, *, listed: bool = False) -> list[str]:
        """The next cases in the order of their ids, all or the listed; from an empty id on, page by page, each once."""
        statement = statements.LISTED_AFTER if listed else statements.CASES_AFTER
        return [row["case_id"] for row in await self.query(statement, after=case_id, limit=limit)]

    async def count_through(self, case_id: str, *, listed: bool) -> int:
        """How many cases there are up to this one in the order of their ids, all or the listed."""
        statement = statements.LISTED_THROUGH if listed else statements.CASES_THROUGH
        return int((await self.query(statement, case_id=case_id))[0]["n"])

    async def void_events(self, case_id: str) -> set[str]:
        """The ids of those events in a case's chain whose content had no effect."""
        return {row["event_id"] for row in await self.query(statements.VOID_EVENTS, case_id=case_id)}

    async def outbox(self) -> list[OutboxRow]:
        """The submitted events that are pending or need attention, oldest first."""
        return outbox_rows(await self.query(statements.OUTBOX_OPEN))

    async def outbox_of(self, case_id: str) -> list[OutboxRow]:
        """The same of one case."""
        return outbox_rows(await self.query(statements.OUTBOX_OF, case_id=case_id))

    async def submission(self, event_id: str) -> OutboxRow | None:
        """What became of an event that this agency submitted."""
        return next(iter(outbox_rows(await self.query(statements.OUTBOX_ROW, event_id=event_id))), None)

    async def submission_under(self, key: str) -> OutboxRow | None:
        """What was submitted under an idempotency key."""
        return next(iter(outbox_rows(await self.query(statements.OUTBOX_BY_KEY, key=key))), None)

    async def quarantined(self, limit: int, offset: int) -> list[QuarantineEntry]:
        """The rejected messages and void events, the newest first."""
        rows = await self.query(statements.QUARANTINED, limit=limit, offset=offset)
        return [QuarantineEntry(**row) for row in rows]

    async def rejected_by(self) -> dict[str, int]:
        """How many messages are kept that joined no chain, by agency."""
        return {row["agency"]: int(row["n"]) for row in await self.query(statements.REJECTED_BY)}

    async def dismissal(self, event_id: str) -> Dismissal | None:
        """Why an event was dismissed, if it was."""
        return next(iter(_dismissals(await self.query(statements.DISMISSAL, event_id=event_id))), None)

    async def dismissed(self, limit: int, offset: int) -> list[Dismissal]:
        """What was dismissed, newest first."""
        return _dismissals(await self.query(statements.DISMISSED, limit=limit, offset=offset))

    async def open_tasks(self, case_id: str | None = None) -> list[SealedTask]:
        """What is left for caseworkers to do, about a case where one is named."""
        if case_id is None:
            return _tasks(await self.query(statements.OPEN_TASKS))
        return _tasks(await self.query(statements.OPEN_TASKS_OF, case_id=case_id))

    async def open_tasks_after(self, task_id: str, limit: int) -> list[SealedTask]:
        """The next open tasks in the order of their ids; from an empty id on, page by page, each once."""
        return _tasks(await self.query(statements.OPEN_TASKS_AFTER, after=task_id, limit=limit))

    async def task(self, task_id: str) -> SealedTask | None:
        """A task, done or not."""
        return next(iter(_tasks(await self.query(statements.TASK, task_id=task_id))), None)

    async def close(self) -> None:
        """Commit what waits, then close."""
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


def _key(row: Mapping[str, Any]) -> WrappedKey:
    return WrappedKey(**{**row, "blob": bytes(row["blob"])})


def _head(row: Mapping[str, Any]) -> Head:
    return Head(**{**row, "listed": bool(row["listed"])})


def outbox_rows(rows: Iterable[Mapping[str, Any]]) -> list[OutboxRow]:
    """Rows of the outbox, as the store gives them."""
    return [OutboxRow(**{**row, "status": OutboxStatus(row["status"]), "draft": bytes(row["draft"])}) for row in rows]


def _dismissals(rows: Iterable[Mapping[str, Any]]) -> list[Dismissal]:
    return [Dismissal(**{**row, "reason": DismissalReason(row["reason"])}) for row in rows]


def _tasks(rows: Iterable[Mapping[str, Any]]) -> list[SealedTask]:
    return [SealedTask(**{**row, "sealed": bytes(row["sealed"]), "done": bool(row["done"])}) for row in rows]


def _parts(case_ids: list[str]) -> Iterator[list[str]]:
    """As many at a time as the statement takes, the last part filled up by repeating."""
    for first in range(0, len(case_ids), statements.KNOWN_AT_ONCE):
        part = case_ids[first : first + statements.KNOWN_AT_ONCE]
        yield part + part[:1] * (statements.KNOWN_AT_ONCE - len(part))


def _tracked(incarnation: int) -> str:
    """The name under which eventsourcing tracks how far the log is followed, in each of its incarnations."""
    return f"CASES#{incarnation}"
