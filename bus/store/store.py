"""The store as the service uses it: asynchronous, one writer, group commit, and nothing blocks the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Protocol, TypeVar, cast

from eventsourcing.persistence import InfrastructureFactory, IntegrityError, ProcessRecorder, StoredEvent

from bus.envelope import Envelope
from bus.errors import EnvelopeError, StoreError
from bus.store import statements
from bus.store.batch import (
    Batch,
    Dismissal,
    DismissalReason,
    GrantDue,
    Head,
    OutboxRow,
    OutboxStatus,
    Position,
    Quarantined,
    SealedTask,
    WrappedKey,
)

_FACTORIES: Final = {
    "eventsourcing.sqlite": "bus.store.sqlite:Factory",
    "eventsourcing.postgres": "bus.store.postgres:Factory",
}
_TABLE_NAMES: Final = {"ORIGINATOR_ID_TYPE": "text"}
_PROBE_AFTER: Final = 1.0

T = TypeVar("T")

log = logging.getLogger(__name__)


class Recorder(Protocol):
    """A process recorder that also runs our statements and queries."""

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]: ...


class DuplicateKeyError(StoreError):
    """A unique key exists already. The caller looks up what stands under it."""


def open_store(environment: Mapping[str, str]) -> Store:
    """Open the store that the environment names, as eventsourcing does: `PERSISTENCE_MODULE` and its variables."""
    module = environment.get("PERSISTENCE_MODULE", "eventsourcing.sqlite")
    topic = _FACTORIES.get(module)
    if topic is None:
        raise StoreError(f"PERSISTENCE_MODULE is {module}; set one of {', '.join(_FACTORIES)}")
    factory = InfrastructureFactory[Any].construct({**environment, **_TABLE_NAMES, "PERSISTENCE_MODULE": topic})
    return Store(factory, factory.process_recorder())


class Store:
    """Reads run beside each other; writes are committed in the order given, several in one commit when they queue.

    `write` returns when the batch is on disk. Raises DuplicateKeyError or StoreError; then nothing of the batch is
    kept.
    """

    def __init__(self, factory: InfrastructureFactory[Any], recorder: ProcessRecorder) -> None:
        self._factory = factory
        self._recorder = recorder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="store-reader")
        self._waiting: list[tuple[Batch, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._probing: asyncio.Task[None] | None = None
        self.failure: str | None = None
        """Why the last commit failed, until one succeeds: what health reports."""

    async def write(self, batch: Batch) -> None:
        """Commit the batch, together with whatever else waits."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_waiting())
        await done

    async def _commit_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                merged = Batch()
                for batch, _ in group:
                    merged.merge(batch)
                await self._commit(merged)
            except StoreError as error:
                await self._settle_one_by_one(group, error)
                continue
            except Exception as error:  # nobody may wait for ever, not even for a mistake of ours
                log.error("store commit failed", extra={"error": type(error).__name__})
                for _, done in group:
                    if not done.done():
                        done.set_exception(StoreError("the store did not take the write"))
                continue
            for _, done in group:
                if not done.done():
                    done.set_result(None)

    async def _settle_one_by_one(self, group: list[tuple[Batch, asyncio.Future[None]]], error: StoreError) -> None:
        """One batch of a group failed: commit each alone, so that only the one at fault fails."""
        for batch, done in group:
            failure: StoreError | None = error
            if len(group) > 1:
                try:
                    await self._commit(batch)
                    failure = None
                except StoreError as own:
                    failure = own
            if not done.done():
                done.set_result(None) if failure is None else done.set_exception(failure)

    async def _commit(self, batch: Batch) -> None:
        def commit() -> None:
            self._recorder.insert_events(
                batch.events, tracking=batch.tracking, before_events=batch.before_events(), changes=batch.changes()
            )

        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, commit)
        except IntegrityError as error:
            raise DuplicateKeyError("a key exists already") from error
        except Exception as error:  # whatever the driver raises, those who wait must learn of it
            self.failure = type(error).__name__
            log.error("store commit failed", extra={"error": self.failure})
            if self._probing is None or self._probing.done():
                self._probing = asyncio.create_task(self._probe())
            raise StoreError("the store did not take the write") from error
        self.failure = None

    async def _probe(self) -> None:
        """Write something of no meaning until it succeeds: whoever is unwell gets no requests that would tell."""
        while self.failure is not None:
            await asyncio.sleep(_PROBE_AFTER)
            with suppress(StoreError):
                await self.write(Batch(probe=True))

    async def _query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        recorder = cast(Recorder, self._recorder)
        return await self._read(lambda: recorder.query(statement, **parameters))

    async def _read(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, call)
        except Exception as error:  # whatever the driver raises
            raise StoreError("the store could not be read") from error

    async def position(self) -> Position:
        """How far the log was followed."""
        rows = await self._query(statements.POSITION)
        return Position(**rows[0]) if rows else Position()

    async def head(self, case_id: str) -> Head | None:
        """Where a case stands, or None when no message about it was seen."""
        rows = await self._query(statements.HEAD, case_id=case_id)
        return _head(rows[0]) if rows else None

    async def known(self, case_ids: list[str]) -> set[str]:
        """Those of these cases about which any message was seen."""
        recorder = cast(Recorder, self._recorder)
        asked = [{f"case_{n}": case_id for n, case_id in enumerate(part)} for part in _parts(case_ids)]
        found = await self._read(lambda: [recorder.query(statements.KNOWN, **parameters) for parameters in asked])
        return {row["case_id"] for rows in found for row in rows}

    async def envelopes(self, case_id: str, after: int = 0, limit: int | None = None) -> list[Envelope]:
        """A case's accepted events in order, those past a version. StoreError when one is not as it was written."""
        found = await self._read(
            lambda: [_if_as_written(event) for event in self._recorder.select_events(case_id, gt=after, limit=limit)]
        )
        for each in found:
            if isinstance(each, StoreError):
                raise each
        return cast(list[Envelope], found)

    async def accepted(self, after: int, limit: int) -> list[tuple[int, str, Envelope | StoreError]]:
        """Accepted events of all cases in the order of the log, past a place: (place, case, event), at most `limit`.

        One that is not as it was written is given as the StoreError that says so.
        """
        stored = await self._read(lambda: self._recorder.select_notifications(after + 1, limit))
        return [(event.id, str(event.originator_id), _if_as_written(event)) for event in stored]

    async def listed(self, limit: int, offset: int) -> list[str]:
        """The ids of the cases that this agency takes part in, most recently changed first."""
        return [row["case_id"] for row in await self._query(statements.LISTED, limit=limit, offset=offset)]

    async def count(self, what: str) -> int:
        """How many `listed` cases, `cases`, `quarantined` messages or `dismissed` events there are."""
        statement = {
            "listed": statements.COUNT_LISTED,
            "cases": statements.COUNT_CASES,
            "quarantined": statements.COUNT_QUARANTINED,
            "dismissed": statements.COUNT_DISMISSED,
        }[what]
        return int((await self._query(statement))[0]["n"])

    async def all_cases(self) -> list[str]:
        """The ids of every case in the replica."""
        return [row["case_id"] for row in await self._query(statements.ALL_CASES)]

    async def cases_with_erasures(self) -> list[str]:
        """The cases in whose chain an erasure was requested."""
        return [str(row["originator_id"]) for row in await self._query(statements.WITH_ERASURES)]

    async def erased(self, case_id: str) -> frozenset[str]:
        """The ids of the events for whose sake this agency destroyed what it held of a case."""
        return frozenset(row["event_id"] for row in await self._query(statements.ERASED, case_id=case_id))

    async def keys_of(self, case_ids: list[str]) -> list[WrappedKey]:
        """The wrapped keys of these cases."""
        recorder = cast(Recorder, self._recorder)
        asked = [{f"case_{n}": case_id for n, case_id in enumerate(part)} for part in _parts(case_ids)]
        found = await self._read(lambda: [recorder.query(statements.KEYS_OF, **parameters) for parameters in asked])
        return [_key(row) for rows in found for row in rows]

    async def all_keys(self) -> list[WrappedKey]:
        """Every wrapped key."""
        return [_key(row) for row in await self._query(statements.ALL_KEYS)]

    async def given(self, case_id: str, compartment: str, kid: str) -> list[str]:
        """The agencies that were given a key."""
        rows = await self._query(statements.GIVEN, case_id=case_id, compartment=compartment, kid=kid)
        return [row["recipient"] for row in rows]

    async def opened(self) -> dict[str, int]:
        """The cases that became readable, and how many times since they were last reacted to."""
        return {row["case_id"]: int(row["times"]) for row in await self._query(statements.OPENED)}

    async def is_opened(self, case_id: str) -> bool:
        """Whether a case became readable and what it holds is still to be reacted to."""
        return bool(await self._query(statements.OPENED_OF, case_id=case_id))

    async def grants_due(self) -> list[GrantDue]:
        """Who is still to be given keys."""
        return [GrantDue(**row) for row in await self._query(statements.GRANTS_DUE)]

    async def cases_after(self, case_id: str, limit: int, *, listed: bool = False) -> list[str]:
        """The next cases in the order of their ids, all or the listed; from an empty id on, page by page, each once."""
        statement = statements.LISTED_AFTER if listed else statements.CASES_AFTER
        return [row["case_id"] for row in await self._query(statement, after=case_id, limit=limit)]

    async def set_aside(self, case_id: str) -> set[str]:
        """The ids of those events in a case's chain whose content had no effect."""
        return {row["event_id"] for row in await self._query(statements.SET_ASIDE, case_id=case_id)}

    async def to_reseed(self) -> list[tuple[str, int, int]]:
        """The cases of which the log lost events: (case, version here, version in the log)."""
        rows = await self._query(statements.TO_RESEED)
        return [(row["case_id"], row["version"], row["log_version"]) for row in rows]

    async def outbox(self) -> list[OutboxRow]:
        """The submitted events that are pending or need attention, oldest first."""
        return _outbox(await self._query(statements.OUTBOX_OPEN))

    async def submission(self, event_id: str) -> OutboxRow | None:
        """What became of an event that this agency submitted."""
        return next(iter(_outbox(await self._query(statements.OUTBOX_ROW, event_id=event_id))), None)

    async def submission_under(self, key: str) -> OutboxRow | None:
        """What was submitted under an idempotency key."""
        return next(iter(_outbox(await self._query(statements.OUTBOX_BY_KEY, key=key))), None)

    async def quarantined(self, limit: int, offset: int) -> list[Quarantined]:
        """What was set aside, newest first."""
        rows = await self._query(statements.QUARANTINED, limit=limit, offset=offset)
        return [Quarantined(**row) for row in rows]

    async def dismissal(self, event_id: str) -> Dismissal | None:
        """Why an event was dismissed, if it was."""
        return next(iter(_dismissals(await self._query(statements.DISMISSAL, event_id=event_id))), None)

    async def dismissed(self, limit: int, offset: int) -> list[Dismissal]:
        """What was dismissed, newest first."""
        return _dismissals(await self._query(statements.DISMISSED, limit=limit, offset=offset))

    async def open_tasks(self, case_id: str | None = None) -> list[SealedTask]:
        """What is left for caseworkers to do, about a case where one is named."""
        if case_id is None:
            return _tasks(await self._query(statements.OPEN_TASKS))
        return _tasks(await self._query(statements.OPEN_TASKS_OF, case_id=case_id))

    async def task(self, task_id: str) -> SealedTask | None:
        """A task, done or not."""
        return next(iter(_tasks(await self._query(statements.TASK, task_id=task_id))), None)

    async def close(self) -> None:
        """Commit what waits, then close."""
        if self._probing is not None:
            self._probing.cancel()
        if self._committing is not None:
            await self._committing
        for pool in (self._writer, self._readers):
            pool.shutdown()
        self._factory.close()


def _as_written(stored: StoredEvent) -> Envelope:
    try:
        return Envelope.from_bytes(stored.state)
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


def _outbox(rows: Iterable[Mapping[str, Any]]) -> list[OutboxRow]:
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
