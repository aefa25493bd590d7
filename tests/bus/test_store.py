"""Every store keeps the same promises: whole batches, exactly once, found again after reopening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from eventsourcing.persistence import PersistenceError
from harness.forging import a_signer, after, sealed
from harness.postgres import Database

from bus.errors import StoreError
from bus.store import (
    Batch,
    Dismissal,
    DismissalReason,
    Head,
    OutboxRow,
    OutboxStatus,
    Position,
    Quarantined,
    SealedTask,
    Store,
    open_store,
)
from bus.store.store import DuplicateKeyError

NGO = a_signer("ngo-fyren")
CASE = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10"


@pytest.fixture(params=["sqlite", "postgres"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """What names an empty store of each kind."""
    if request.param == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")}
    database: Database = request.getfixturevalue("postgres")
    return database()


@pytest.fixture
async def store(environment: dict[str, str]) -> AsyncIterator[Store]:
    """An empty store."""
    opened = open_store(environment)
    yield opened
    await opened.close()


def row(event_id: str, **more: Any) -> OutboxRow:
    """An outbox row."""
    return OutboxRow(event_id, CASE, b'{"draft": "\xc3\xa5"}', **more)


async def test_a_batch_is_found_whole(store: Store) -> None:
    """What one batch holds, from events to position, is all there once `write` returns."""
    first = sealed(NGO)
    second = sealed(NGO, **after(first))
    batch = Batch(
        heads={first.case_id: Head(first.case_id, 2, second.hash, 7, 2, True)},
        submitted=[row(first.event_id)],
        quarantined=[Quarantined(1, 3, CASE, "", "police", "gap", "why")],
        tasks=[SealedTask("t", CASE, b"sealed")],
        position=Position(1, 7, "d" * 64),
    )
    batch.accept(first)
    batch.accept(second)
    await store.write(batch)
    assert await store.envelopes(first.case_id) == [first, second]
    assert await store.head(first.case_id) == Head(first.case_id, 2, second.hash, 7, 2, True)
    assert await store.position() == Position(1, 7, "d" * 64)
    assert await store.outbox() == [row(first.event_id)]
    assert await store.quarantined(10, 0) == [Quarantined(1, 3, CASE, "", "police", "gap", "why")]
    assert await store.open_tasks() == [SealedTask("t", CASE, b"sealed")]
    assert [await store.count(what) for what in ("listed", "cases", "quarantined")] == [1, 1, 1]


async def test_an_empty_store_knows_nothing(store: Store) -> None:
    """Before the first write there is the position before the first message, and no case."""
    assert await store.position() == Position(1, 0, "")
    assert await store.head(CASE) is None
    assert await store.envelopes(CASE) == []
    assert await store.submission("nothing") is None


async def test_a_batch_that_fails_leaves_nothing(store: Store) -> None:
    """When one row breaks a key, the events, head, outbox row and position beside it are not kept either."""
    await store.write(Batch(submitted=[row("one", idempotency_key="key")]))
    envelope = sealed(NGO)
    batch = Batch(
        heads={envelope.case_id: Head(envelope.case_id, 1, envelope.hash, 1, 1, True)},
        submitted=[row("two"), row("three", idempotency_key="key")],
        position=Position(1, 1, "d"),
    )
    batch.accept(envelope)
    with pytest.raises(DuplicateKeyError):
        await store.write(batch)
    assert await store.envelopes(envelope.case_id) == []
    assert await store.head(envelope.case_id) is None
    assert await store.submission("two") is None
    assert await store.position() == Position()
    assert store.failure is None, "a duplicate key is the caller's trouble, not the store's"


async def test_the_same_position_twice_keeps_nothing_of_the_second(store: Store) -> None:
    """A message taken twice is refused by its tracking: exactly once, whatever else the second batch holds."""
    await store.write(Batch(position=Position(1, 5, "a")))
    envelope = sealed(NGO)
    again = Batch(position=Position(1, 5, "b"), tasks=[SealedTask("t", CASE, b"sealed")])
    again.accept(envelope)
    with pytest.raises(StoreError):
        await store.write(again)
    assert await store.envelopes(envelope.case_id) == []
    assert await store.open_tasks() == []
    assert await store.position() == Position(1, 5, "a")


async def test_the_same_event_twice_keeps_nothing_of_the_second(store: Store) -> None:
    """A case's version is taken once."""
    envelope = sealed(NGO)
    first, second = Batch(), Batch(position=Position(1, 2, "d"))
    first.accept(envelope)
    second.accept(sealed(NGO, case_id=envelope.case_id))
    await store.write(first)
    with pytest.raises(StoreError):
        await store.write(second)
    assert await store.envelopes(envelope.case_id) == [envelope]
    assert await store.position() == Position()


async def test_a_new_incarnation_may_take_the_same_sequence_again(store: Store) -> None:
    """After a rollback the log's sequences begin anew; the tracking of the old incarnation is not in the way."""
    await store.write(Batch(position=Position(1, 5, "a"), heads={CASE: Head(CASE, 3, "h", 5, 3, True)}))
    await store.write(Batch(position=Position(2), new_incarnation=True))
    assert await store.head(CASE) == Head(CASE, 3, "h", 0, 0, True), "the log places are forgotten, the chain is not"
    assert await store.to_reseed() == [(CASE, 3, 0)]
    await store.write(Batch(position=Position(2, 5, "b"), heads={CASE: Head(CASE, 3, "h", 5, 3, True)}))
    assert await store.position() == Position(2, 5, "b")
    assert await store.to_reseed() == []


async def test_group_commit_fails_only_the_batch_at_fault(store: Store) -> None:
    """Batches that queue are committed together; one with a duplicate key fails alone and the others are kept."""
    await store.write(Batch(submitted=[row("taken", idempotency_key="key")]))
    batches = [Batch(submitted=[row(f"event-{n}")]) for n in range(8)]
    batches[4] = Batch(submitted=[row("bad", idempotency_key="key")])
    outcomes = await asyncio.gather(*map(store.write, batches), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [DuplicateKeyError]
    assert isinstance(outcomes[4], DuplicateKeyError)
    kept = [waiting.event_id for waiting in await store.outbox()]
    assert kept == ["taken", *(f"event-{n}" for n in range(8) if n != 4)]


async def test_many_writers_are_committed_in_a_few_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred waiting batches need two commits, not a hundred syncs."""
    commits = 0
    insert = store._recorder.insert_events

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal commits
        commits += 1
        return insert(*args, **kwargs)

    monkeypatch.setattr(store._recorder, "insert_events", counted)
    await asyncio.gather(*(store.write(Batch(submitted=[row(f"event-{n}")])) for n in range(100)))
    assert commits <= 2
    assert len(await store.outbox()) == 100


async def test_a_store_that_cannot_write_says_so_until_it_can(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fails: the writer learns it, health shows it, and the next good commit clears it."""

    def fails(*args: Any, **kwargs: Any) -> None:
        raise PersistenceError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(store._recorder, "insert_events", fails)
        with pytest.raises(StoreError):
            await store.write(Batch(submitted=[row("one")]))
        assert store.failure == "PersistenceError"
    await store.write(Batch(submitted=[row("two")]))
    assert store.failure is None
    assert [waiting.event_id for waiting in await store.outbox()] == ["two"]


async def test_a_write_that_breaks_in_an_unforeseen_way_answers_all_who_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the database driver raises, nobody waits for ever and the store goes on."""

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as broken:
        broken.setattr(store._recorder, "insert_events", fails)
        async with asyncio.timeout(5):
            outcomes = await asyncio.gather(
                store.write(Batch(submitted=[row("one")])),
                store.write(Batch(submitted=[row("two")])),
                return_exceptions=True,
            )
        assert all(isinstance(outcome, StoreError) for outcome in outcomes)
    await store.write(Batch(submitted=[row("three")]))
    assert [waiting.event_id for waiting in await store.outbox()] == ["three"]


async def test_text_that_a_database_cannot_hold_fails_the_write_alone(store: Store) -> None:
    """A character that PostgreSQL refuses is that write's trouble: it is answered, and the store goes on."""
    with suppress(StoreError):  # SQLite takes it
        await store.write(Batch(tasks=[SealedTask("nul \x00", CASE, b"sealed")]))
    await store.write(Batch(submitted=[row("one")]))
    assert [waiting.event_id for waiting in await store.outbox()] == ["one"]


async def test_outbox_rows_round_trip_in_every_status(store: Store) -> None:
    """A row is found by its event and by its key, and shows what became of it; delivered ones are no longer open."""
    pending = row("one", idempotency_key="key", request_digest="digest")
    await store.write(Batch(submitted=[pending, row("two"), row("three"), row("four")]))
    delivered = replace(row("two"), status=OutboxStatus.DELIVERED, version=3, sequence=9)
    refused = replace(row("three"), status=OutboxStatus.ATTENTION, reason="R18")
    await store.write(Batch(settled=[delivered, refused], withdrawn=["four"]))
    assert await store.submission("one") == pending
    assert await store.submission_under("key") == pending
    assert await store.submission("two") == delivered
    assert await store.submission("three") == refused
    assert await store.submission("four") is None
    assert await store.outbox() == [pending, refused]


async def test_what_was_dismissed_is_no_longer_open_and_never_lost(store: Store) -> None:
    """The row stays as it was refused, with the first reason and moment for which it was given up."""
    await store.write(Batch(submitted=[row("one"), row("two")]))
    refused = replace(row("one"), status=OutboxStatus.ATTENTION, reason="R18")
    await store.write(Batch(settled=[refused]))
    first = Dismissal("one", DismissalReason.ISSUED_ANEW, "2024-03-05T08:20:00Z")
    await store.write(Batch(dismissed=[first]))
    await store.write(Batch(dismissed=[Dismissal("one", DismissalReason.OTHER, "2024-03-06T08:20:00Z")]))
    assert [waiting.event_id for waiting in await store.outbox()] == ["two"]
    assert await store.submission("one") == replace(refused, status=OutboxStatus.DISMISSED)
    assert await store.dismissal("one") == first and await store.dismissal("two") is None
    assert await store.dismissed(10, 0) == [first] and await store.dismissed(10, 1) == []
    assert await store.count("dismissed") == 1


async def test_a_task_is_found_by_its_case_until_it_is_done(store: Store) -> None:
    """Done once is done; raising it again does not open it."""
    ours, other = SealedTask("t", CASE, b"sealed"), SealedTask("u", "another", b"sealed")
    await store.write(Batch(tasks=[ours, other]))
    assert await store.open_tasks(CASE) == [ours] and await store.open_tasks() == [ours, other]
    await store.write(Batch(tasks=[replace(ours, done=True)]))
    await store.write(Batch(tasks=[ours]))
    assert await store.open_tasks(CASE) == []
    assert await store.task("t") == replace(ours, done=True) and await store.task("nothing") is None


async def test_an_idempotency_key_is_taken_once(store: Store) -> None:
    """Two requests under one key: the second is refused; rows without a key do not collide."""
    await store.write(Batch(submitted=[row("one", idempotency_key="key"), row("two"), row("three")]))
    with pytest.raises(DuplicateKeyError):
        await store.write(Batch(submitted=[row("four", idempotency_key="key")]))
    await store.write(Batch(submitted=[row("five", idempotency_key="other")]))


async def test_a_head_is_replaced(store: Store) -> None:
    """A case has one head: the latest."""
    await store.write(Batch(heads={CASE: Head(CASE, 1, "a", 1, 1, False)}))
    await store.write(Batch(heads={CASE: Head(CASE, 2, "b", 5, 2, True)}))
    assert await store.head(CASE) == Head(CASE, 2, "b", 5, 2, True)
    assert await store.listed(10, 0) == [CASE]


async def test_a_finished_task_stays_finished(store: Store) -> None:
    """A reaction that runs again does not put back what a caseworker has done."""
    task = SealedTask("t", CASE, b"sealed")
    await store.write(Batch(tasks=[task]))
    await store.write(Batch(tasks=[replace(task, done=True)]))
    await store.write(Batch(tasks=[task]))
    assert await store.open_tasks() == []


async def test_a_case_that_opens_further_meanwhile_is_reacted_to_again(store: Store) -> None:
    """Who reacts to what one key opened does not know of what another opens: only the times it counted are over."""
    await store.write(Batch(opened=[CASE]))
    assert await store.opened() == {CASE: 1}
    assert [await store.is_opened(case_id) for case_id in (CASE, CASE[::-1])] == [True, False]
    await store.write(Batch(opened=[CASE]))
    await store.write(Batch(reacted={CASE: 1}))
    assert await store.opened() == {CASE: 2}
    await store.write(Batch(reacted={CASE: 2}))
    assert await store.opened() == {}
    assert not await store.is_opened(CASE)


async def test_what_was_set_aside_is_listed_once(store: Store) -> None:
    """The same message set aside twice is one entry."""
    item = Quarantined(1, 3, CASE, "", "police", "gap", "why")
    await store.write(Batch(quarantined=[item]))
    await store.write(Batch(quarantined=[item]))
    assert await store.quarantined(10, 0) == [item]


async def test_a_case_gives_up_its_tail_and_takes_another_in_one_step(store: Store) -> None:
    """Events past a version make room for others at the same versions; other cases keep theirs."""
    first = sealed(NGO)
    second = sealed(NGO, **after(first))
    elsewhere = [sealed(NGO)]
    elsewhere.append(sealed(NGO, **after(elsewhere[0])))
    batch = Batch()
    for envelope in (first, second, sealed(NGO, **after(second)), *elsewhere):
        batch.accept(envelope)
    await store.write(batch)
    instead = sealed(NGO, **after(first))
    replacing = Batch(forgotten=[(first.case_id, 1)])
    replacing.accept(instead)
    await store.write(replacing)
    assert await store.envelopes(first.case_id) == [first, instead]
    assert await store.envelopes(first.case_id, 1, limit=1) == [instead]
    assert await store.envelopes(elsewhere[0].case_id) == elsewhere


async def test_envelopes_come_back_to_the_byte(store: Store) -> None:
    """Data and headers are kept as received, so that hash and signature still fit."""
    data = '{"å": "\\u00e5", "n": 1.50,  "order": [2, 1]}'.encode()
    envelope = sealed(
        NGO,
        data=data,
        content_type="application/json",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    batch = Batch()
    batch.accept(envelope)
    await store.write(batch)
    (found,) = await store.envelopes(envelope.case_id)
    assert (found.data, dict(found.headers)) == (data, dict(envelope.headers))
    assert list(found.headers) == list(envelope.headers)
    assert found == envelope


async def test_reopening_finds_everything(environment: dict[str, str]) -> None:
    """What was committed before the end is there after the next start."""
    opened = open_store(environment)
    envelope = sealed(NGO)
    batch = Batch(
        heads={envelope.case_id: Head(envelope.case_id, 1, envelope.hash, 4, 1, True)},
        submitted=[row("one", idempotency_key="key")],
        position=Position(2, 4, "d"),
        tasks=[SealedTask("t", CASE, b"sealed")],
    )
    batch.accept(envelope)
    await opened.write(batch)
    await opened.close()
    again = open_store(environment)
    try:
        assert await again.envelopes(envelope.case_id) == [envelope]
        assert await again.head(envelope.case_id) == batch.heads[envelope.case_id]
        assert await again.outbox() == batch.submitted
        assert await again.position() == batch.position
        assert await again.open_tasks() == batch.tasks
        with pytest.raises(StoreError):
            await again.write(Batch(position=Position(2, 4, "d")))
    finally:
        await again.close()


async def test_closing_commits_what_waits(environment: dict[str, str]) -> None:
    """A write that was begun is not lost by an orderly end."""
    opened = open_store(environment)
    writing = asyncio.create_task(opened.write(Batch(submitted=[row("one")])))
    await asyncio.sleep(0)
    await opened.close()
    await writing
    again = open_store(environment)
    assert [waiting.event_id for waiting in await again.outbox()] == ["one"]
    await again.close()


async def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    """Every connection has synchronous=FULL and the journal is a write-ahead log."""
    opened = open_store({"SQLITE_DBNAME": str(tmp_path / "store.db")})
    try:
        query = cast(Callable[..., list[dict[str, Any]]], opened._recorder.query)  # type: ignore[attr-defined]
        assert query("PRAGMA synchronous") == [{"synchronous": 2}]
        assert query("PRAGMA journal_mode") == [{"journal_mode": "wal"}]

        def of_the_writing_connection() -> tuple[Any, Any]:
            datastore = opened._recorder.datastore  # type: ignore[attr-defined]
            with datastore.transaction(commit=True) as cursor:
                cursor.execute("PRAGMA synchronous")
                synchronous = cursor.fetchone()[0]
                cursor.execute("PRAGMA journal_mode")
                return synchronous, cursor.fetchone()[0]

        assert await asyncio.to_thread(of_the_writing_connection) == (2, "wal")
    finally:
        await opened.close()


def test_an_unknown_kind_of_store_is_refused() -> None:
    """The operator is told which modules there are."""
    with pytest.raises(StoreError, match=r"eventsourcing\.postgres"):
        open_store({"PERSISTENCE_MODULE": "eventsourcing.dynamodb"})
