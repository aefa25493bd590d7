"""Every store keeps the same promises: whole transactions in order, exactly once, found again after reopening."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from eventsourcing.persistence import PersistenceError
from harness.forging import a_signer, after, sealed

from bus.envelope.envelope import Envelope
from bus.errors import StoreError
from bus.store import (
    Dismissal,
    DismissalReason,
    Head,
    IssuedGrant,
    Kind,
    Obligation,
    OutboxRow,
    OutboxStatus,
    Position,
    QuarantineEntry,
    SealedTask,
    Store,
    Transaction,
    WrappedKey,
    open_store,
    statements,
)
from bus.store.store import DuplicateKeyError

NGO = a_signer("ngo-fyren")
CASE = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10"
OTHER = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b11"


def holding(
    *,
    accepted: Iterable[Envelope] = (),
    heads: Iterable[Head] = (),
    submitted: Iterable[OutboxRow] = (),
    settled: Iterable[OutboxRow] = (),
    tasks: Iterable[SealedTask] = (),
    durable: bool = True,
) -> Transaction:
    """A transaction that keeps these."""
    made = Transaction(durable=durable)
    for sequence, envelope in enumerate(accepted, 1):
        made.accept(envelope, sequence)
    made.put_heads(heads)
    for each in submitted:
        made.submit(each)
    for each in settled:
        made.settle(each)
    made.put_tasks(tasks)
    return made


def row(event_id: str, **more: Any) -> OutboxRow:
    """An outbox row."""
    return OutboxRow(event_id, CASE, b'{"draft": "\xc3\xa5"}', **more)


async def test_a_transaction_is_found_whole(store: Store) -> None:
    """What one transaction holds, from events to position, is all there once `write` returns."""
    first = sealed(NGO)
    second = sealed(NGO, **after(first))
    whole = holding(
        accepted=[first, second],
        heads=[Head(first.case_id, 2, second.hash, 7, True)],
        submitted=[row(first.event_id)],
        tasks=[SealedTask("t", CASE, b"sealed")],
    )
    whole.quarantine(QuarantineEntry(1, 3, CASE, "", "police", "gap", "why"))
    whole.oblige(Obligation(Kind.REACT, CASE, since=3.5))
    await store.write(whole, Position(1, 7, "d" * 64, "ab", recovering=True))
    assert await store.envelopes(first.case_id) == [first, second]
    assert await store.head(first.case_id) == Head(first.case_id, 2, second.hash, 7, True)
    assert await store.places(1, 9, 10) == [(1, first.case_id, 1), (2, first.case_id, 2)]
    assert await store.position() == Position(1, 7, "d" * 64, "ab", recovering=True)
    assert (await store.work_due(0.0, 10)).now == [Obligation(Kind.REACT, CASE, since=3.5)]
    assert await store.outbox() == [row(first.event_id)]
    assert await store.quarantined(10, 0) == [QuarantineEntry(1, 3, CASE, "", "police", "gap", "why")]
    assert await store.open_tasks() == [SealedTask("t", CASE, b"sealed")]
    assert [await store.count(what) for what in ("listed", "cases", "quarantined")] == [1, 1, 1]


async def test_an_empty_store_knows_nothing(store: Store) -> None:
    """Before the first write there is the position before the first message, and no case."""
    assert await store.position() == Position(1, 0, "")
    assert await store.head(CASE) is None
    assert await store.envelopes(CASE) == []
    assert await store.submission("nothing") is None


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    """When one row breaks a key, the events, head, outbox row and position beside it are not kept either."""
    await store.write(holding(submitted=[row("one", idempotency_key="key")]))
    envelope = sealed(NGO)
    failing = holding(
        accepted=[envelope],
        heads=[Head(envelope.case_id, 1, envelope.hash, 1, True)],
        submitted=[row("two"), row("three", idempotency_key="key")],
    )
    failing.oblige(Obligation(Kind.REACT, envelope.case_id))
    with pytest.raises(DuplicateKeyError):
        await store.write(failing, Position(1, 1, "d"))
    assert await store.envelopes(envelope.case_id) == []
    assert await store.head(envelope.case_id) is None
    assert await store.submission("two") is None
    assert await store.position() == Position()
    assert (await store.work_due(0.0, 10)).now == []
    assert store.failure is None, "a duplicate key is the caller's trouble, not the store's"


async def test_the_same_position_twice_keeps_nothing_of_the_second(store: Store) -> None:
    """A message taken twice is refused by its tracking: exactly once, whatever else the second transaction holds."""
    await store.write(Transaction(), Position(1, 5, "a"))
    envelope = sealed(NGO)
    again = holding(accepted=[envelope], tasks=[SealedTask("t", CASE, b"sealed")])
    with pytest.raises(StoreError):
        await store.write(again, Position(1, 5, "b"))
    assert await store.envelopes(envelope.case_id) == []
    assert await store.open_tasks() == []
    assert await store.position() == Position(1, 5, "a")


async def test_the_same_event_twice_keeps_nothing_of_the_second(store: Store) -> None:
    """A case's version is taken once."""
    envelope = sealed(NGO)
    await store.write(holding(accepted=[envelope]))
    with pytest.raises(StoreError):
        await store.write(holding(accepted=[sealed(NGO, case_id=envelope.case_id)]), Position(1, 2, "d"))
    assert await store.envelopes(envelope.case_id) == [envelope]
    assert await store.position() == Position()


async def test_a_new_incarnation_may_take_the_same_sequence_again(store: Store) -> None:
    """After a rollback the log's sequences begin anew; the tracking of the old incarnation is not in the way."""
    envelope = sealed(NGO)
    head, aside = (
        Head(envelope.case_id, 1, envelope.hash, 1, True),
        QuarantineEntry(1, 2, CASE, "e", "ngo", "refused", "R3"),
    )
    taken = holding(accepted=[envelope], heads=[head])
    taken.quarantine(aside)
    taken.quarantine(QuarantineEntry(1, 3, CASE, "", "police", "gap", "why"))
    await store.write(taken, Position(1, 5, "a"))
    assert await store.places(1, 9, 10) == [(1, envelope.case_id, 1)]
    begun = Transaction()
    for statement in (*statements.REMEMBER_PLACES, *statements.BEGIN_READING):
        begun.add(statement, {})
    await store.write(begun, Position(2, 0, "", recovering=True))
    assert await store.head(envelope.case_id) == head, "the log places are forgotten, the chain is not"
    assert await store.places(1, 9, 10) == []
    assert await store.places(1, 9, 10, former=True) == [(1, envelope.case_id, 1)]
    assert await store.quarantined(10, 0) == [aside], "what no chain took is judged anew"
    await store.write(holding(heads=[replace(head, sequence=5)]), Position(2, 5, "b"))
    assert await store.position() == Position(2, 5, "b")


async def test_a_transaction_keeps_its_order(store: Store) -> None:
    """The same steps in another order come to something else."""
    first = sealed(NGO)
    second, instead = sealed(NGO, **after(first)), sealed(NGO, **after(first))
    ordered = Transaction()
    ordered.accept(first, 1)
    ordered.accept(second, 2)
    ordered.forget_after(first.case_id, 1)
    ordered.accept(instead, 3)
    await store.write(ordered)
    assert await store.envelopes(first.case_id) == [first, instead]
    backwards = Transaction()
    backwards.forget_after(first.case_id, 0)
    backwards.accept(first, 1)
    backwards.forget_after(first.case_id, 0)
    await store.write(backwards)
    assert await store.envelopes(first.case_id) == []


async def test_a_group_commit_keeps_the_order_in_which_transactions_were_given(store: Store) -> None:
    """Each undoes what the one before did: the last one stands, whichever statements they share."""
    key = WrappedKey(CASE, "case", "kid", "ngo", b"wrapped")
    puts, erases = Transaction(), Transaction()
    puts.put_keys([key])
    puts.oblige(Obligation(Kind.GRANT, CASE, "case/police"))
    erases.erase(CASE, "wish")
    await asyncio.gather(*map(store.write, [puts, erases, puts, erases]))
    assert await store.keys_of([CASE]) == [] and (await store.work_due(0.0, 10)).now == []
    again, destroys = Transaction(), Transaction()
    again.put_keys([replace(key, case_id=OTHER)])  # of an erased case no key is kept
    destroys.destroy_keys(OTHER, "case")
    await asyncio.gather(*map(store.write, [again, destroys, again]))
    assert [held.case_id for held in await store.keys_of([OTHER])] == [OTHER]


async def test_group_commit_fails_only_the_transaction_at_fault(store: Store) -> None:
    """Transactions that queue are committed together; one with a duplicate key fails alone and the others are kept."""
    await store.write(holding(submitted=[row("taken", idempotency_key="key")]))
    transactions = [holding(submitted=[row(f"event-{n}")]) for n in range(8)]
    transactions[4] = holding(submitted=[row("bad", idempotency_key="key")])
    outcomes = await asyncio.gather(*map(store.write, transactions), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [DuplicateKeyError]
    assert isinstance(outcomes[4], DuplicateKeyError)
    kept = [waiting.event_id for waiting in await store.outbox()]
    assert kept == ["taken", *(f"event-{n}" for n in range(8) if n != 4)]


async def test_many_writers_are_committed_in_a_few_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred waiting transactions need two commits, not a hundred syncs."""
    commits = 0
    commit = store._recorder.commit

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal commits
        commits += 1
        return commit(*args, **kwargs)

    monkeypatch.setattr(store._recorder, "commit", counted)
    await asyncio.gather(*(store.write(holding(submitted=[row(f"event-{n}")])) for n in range(100)))
    assert commits <= 2
    assert len(await store.outbox()) == 100


async def test_a_store_that_cannot_write_says_so_until_it_can(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fails: the writer learns it, health shows it, and the next good commit clears it."""

    def fails(*args: Any, **kwargs: Any) -> None:
        raise PersistenceError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(store._recorder, "commit", fails)
        with pytest.raises(StoreError):
            await store.write(holding(submitted=[row("one")]))
        assert store.failure == "PersistenceError"
    await store.write(holding(submitted=[row("two")]))
    assert store.failure is None
    assert [waiting.event_id for waiting in await store.outbox()] == ["two"]


async def test_a_write_that_breaks_in_an_unforeseen_way_answers_all_who_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the database driver raises, nobody waits for ever and the store goes on."""

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as broken:
        broken.setattr(store._recorder, "commit", fails)
        async with asyncio.timeout(5):
            outcomes = await asyncio.gather(
                store.write(holding(submitted=[row("one")])),
                store.write(holding(submitted=[row("two")])),
                return_exceptions=True,
            )
        assert all(isinstance(outcome, StoreError) for outcome in outcomes)
    await store.write(holding(submitted=[row("three")]))
    assert [waiting.event_id for waiting in await store.outbox()] == ["three"]


async def test_text_that_a_database_cannot_hold_fails_the_write_alone(store: Store) -> None:
    """A character that PostgreSQL refuses is that write's trouble: it is answered, and the store goes on."""
    with suppress(StoreError):  # SQLite takes it
        await store.write(holding(tasks=[SealedTask("nul \x00", CASE, b"sealed")]))
    await store.write(holding(submitted=[row("one")]))
    assert [waiting.event_id for waiting in await store.outbox()] == ["one"]


async def test_outbox_rows_round_trip_in_every_status(store: Store) -> None:
    """A row is found by its event and by its key, and shows what became of it; delivered ones are no longer open."""
    pending = row("one", idempotency_key="key", request_digest="digest")
    await store.write(holding(submitted=[pending, row("two"), row("three"), row("four")]))
    delivered = replace(row("two"), status=OutboxStatus.DELIVERED, version=3, sequence=9)
    refused = replace(row("three"), status=OutboxStatus.PARKED, reason="R18")
    await store.write(holding(settled=[delivered, refused]))
    withdrawn = Transaction()
    withdrawn.withdraw(row("four"))
    await store.write(withdrawn)
    assert await store.submission("one") == pending
    assert await store.submission_under("key") == pending
    assert await store.submission("two") == delivered
    assert await store.submission("three") == refused
    assert await store.submission("four") is None
    assert await store.outbox() == [pending, refused]


async def test_what_was_dismissed_is_no_longer_open_and_never_lost(store: Store) -> None:
    """The row stays as it was refused, with the first reason and moment for which it was given up."""
    await store.write(holding(submitted=[row("one"), row("two")]))
    refused = replace(row("one"), status=OutboxStatus.PARKED, reason="R18")
    await store.write(holding(settled=[refused]))
    first = Dismissal("one", DismissalReason.ISSUED_ANEW, "2024-03-05T08:20:00Z")
    for dismissal in (first, Dismissal("one", DismissalReason.OTHER, "2024-03-06T08:20:00Z")):
        gives_up = Transaction()
        gives_up.dismiss(dismissal)
        await store.write(gives_up)
    assert [waiting.event_id for waiting in await store.outbox()] == ["two"]
    assert await store.submission("one") == replace(refused, status=OutboxStatus.DISMISSED)
    assert await store.dismissal("one") == first and await store.dismissal("two") is None
    assert await store.dismissed(10, 0) == [first] and await store.dismissed(10, 1) == []
    assert await store.count("dismissed") == 1


async def test_a_task_is_found_by_its_case_until_it_is_done(store: Store) -> None:
    """Done once is done; raising it again does not open it."""
    ours, other = SealedTask("t", CASE, b"sealed"), SealedTask("u", "another", b"sealed")
    await store.write(holding(tasks=[ours, other]))
    assert await store.open_tasks(CASE) == [ours] and await store.open_tasks() == [ours, other]
    await store.write(holding(tasks=[replace(ours, done=True)]))
    await store.write(holding(tasks=[ours]))
    assert await store.open_tasks(CASE) == []
    assert await store.task("t") == replace(ours, done=True) and await store.task("nothing") is None


async def test_an_idempotency_key_is_taken_once(store: Store) -> None:
    """Two requests under one key: the second is refused; rows without a key do not collide."""
    await store.write(holding(submitted=[row("one", idempotency_key="key"), row("two"), row("three")]))
    with pytest.raises(DuplicateKeyError):
        await store.write(holding(submitted=[row("four", idempotency_key="key")]))
    await store.write(holding(submitted=[row("five", idempotency_key="other")]))


async def test_a_head_is_replaced(store: Store) -> None:
    """A case has one head: the latest."""
    await store.write(holding(heads=[Head(CASE, 1, "a", 1, False)]))
    await store.write(holding(heads=[Head(CASE, 2, "b", 5, True)]))
    assert await store.head(CASE) == Head(CASE, 2, "b", 5, True)
    assert await store.listed(10, 0) == [CASE]


async def test_a_finished_task_stays_finished(store: Store) -> None:
    """A reaction that runs again does not put back what a caseworker has done."""
    task = SealedTask("t", CASE, b"sealed")
    await store.write(holding(tasks=[task]))
    await store.write(holding(tasks=[replace(task, done=True)]))
    await store.write(holding(tasks=[task]))
    assert await store.open_tasks() == []


async def test_what_was_set_aside_is_listed_once(store: Store) -> None:
    """The same message set aside twice is one entry."""
    item = QuarantineEntry(1, 3, CASE, "", "police", "gap", "why")
    for _ in range(2):
        sets_aside = Transaction()
        sets_aside.quarantine(item)
        await store.write(sets_aside)
    assert await store.quarantined(10, 0) == [item]


async def test_a_case_gives_up_its_tail_and_takes_another_in_one_step(store: Store) -> None:
    """Events past a version make room for others at the same versions; other cases keep theirs."""
    first = sealed(NGO)
    second = sealed(NGO, **after(first))
    elsewhere = [sealed(NGO)]
    elsewhere.append(sealed(NGO, **after(elsewhere[0])))
    await store.write(holding(accepted=[first, second, sealed(NGO, **after(second)), *elsewhere]))
    instead = sealed(NGO, **after(first))
    replacing = Transaction()
    replacing.forget_after(first.case_id, 1)
    replacing.accept(instead, 9)
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
    await store.write(holding(accepted=[envelope]))
    (found,) = await store.envelopes(envelope.case_id)
    assert (found.data, dict(found.headers)) == (data, dict(envelope.headers))
    assert list(found.headers) == list(envelope.headers)
    assert found == envelope


async def test_reopening_finds_everything(environment: dict[str, str]) -> None:
    """What was committed before the end is there after the next start."""
    opened = open_store(environment)
    envelope = sealed(NGO)
    head, waiting = Head(envelope.case_id, 1, envelope.hash, 4, True), row("one", idempotency_key="key")
    task, owed = SealedTask("t", CASE, b"sealed"), Obligation(Kind.DELIVER, CASE, due_at=2.5, since=1.5)
    everything = holding(accepted=[envelope], heads=[head], submitted=[waiting], tasks=[task])
    everything.oblige(owed)
    everything.give([IssuedGrant(CASE, "case", "kid", "police")])
    everything.reacted(CASE, 4)
    await opened.write(everything, Position(2, 4, "d"))
    await opened.close()
    again = open_store(environment)
    try:
        assert await again.envelopes(envelope.case_id) == [envelope]
        assert await again.head(envelope.case_id) == head
        assert await again.outbox() == [waiting]
        assert await again.position() == Position(2, 4, "d")
        assert await again.open_tasks() == [task]
        assert (await again.work_due(3.0, 10)).now == [owed]
        assert await again.given(CASE, "case", "kid") == ["police"]
        assert await again.reacted(CASE) == 4
        with pytest.raises(StoreError):
            await again.write(Transaction(), Position(2, 4, "d"))
    finally:
        await again.close()


async def test_closing_commits_what_waits(environment: dict[str, str]) -> None:
    """A write that was begun is not lost by an orderly end."""
    opened = open_store(environment)
    writing = asyncio.create_task(opened.write(holding(submitted=[row("one")])))
    await asyncio.sleep(0)
    await opened.close()
    await writing
    again = open_store(environment)
    assert [waiting.event_id for waiting in await again.outbox()] == ["one"]
    await again.close()


def test_an_unknown_kind_of_store_is_refused() -> None:
    """The operator is told which modules there are."""
    with pytest.raises(StoreError, match=r"eventsourcing\.postgres"):
        open_store({"PERSISTENCE_MODULE": "eventsourcing.dynamodb"})
