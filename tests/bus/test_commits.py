"""The events that a replica has on their way to the disk, and its knowledge of cases that it has not loaded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from eventsourcing.persistence import InterfaceError, OperationalError
from harness.following import a_follower, in_log, take
from harness.forging import a_directory, a_signer, after, sealed

from bus.errors import LogHoleError, StoreError
from bus.mechanism import Mechanism
from bus.reconciler.obligations import Duties
from bus.replica.checking import check
from bus.replica.replica import Replica
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.store import Head, Kind, Position, Store, Transaction, open_store

NGO = a_signer("ngo-fyren")
DIRECTORY = a_directory(NGO)

Follower = tuple[Replica, Mechanism]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    opened = open_store({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")})
    yield opened
    await opened.close()


def following(store: Store, folder: Path) -> Follower:
    """A replica that believes one agency, and what follows the log for it."""
    vault = folder / "vault.key"
    keyring = Keyring(store, Vault.load(vault) if vault.exists() else Vault.create(vault))
    return a_follower(store, DIRECTORY, keyring, Duties("police", {}, keeps_time=False))


@pytest.fixture
async def follower(store: Store, tmp_path: Path) -> Follower:
    """One over an empty store."""
    return following(store, tmp_path)


async def test_a_commit_is_seen_through_whoever_stops_waiting(
    follower: Follower, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the next session would begin before what is already kept, and could never commit it again."""
    replica, mechanism = follower
    begun, go_on = asyncio.Event(), asyncio.Event()
    write = store.write

    async def slow_write(transaction: Transaction, position: Position | None = None) -> None:
        begun.set()
        await go_on.wait()
        await write(transaction, position)

    monkeypatch.setattr(store, "write", slow_write)
    arrived = in_log(sealed(NGO) for _ in range(3))
    session = asyncio.create_task(take(mechanism, arrived, DIRECTORY))
    await begun.wait()
    session.cancel()
    with pytest.raises(asyncio.CancelledError):
        await session
    go_on.set()

    async with replica.committing:  # the next session waits here too
        assert replica.position.sequence == 3
    assert (await store.position()).sequence == 3
    await take(mechanism, arrived, DIRECTORY)
    assert replica.counts == {"accepted": 3, "quarantined": 0, "set_aside": 0}


async def test_what_is_checked_ahead_is_taken_once(follower: Follower) -> None:
    """Messages that two batches share are folded with the first."""
    replica, mechanism = follower
    arrived = in_log(sealed(NGO) for _ in range(20))
    first, second = await check(arrived[:12], DIRECTORY), await check(arrived[8:], DIRECTORY)
    await mechanism.take(first)
    await mechanism.take(second)
    assert replica.counts["accepted"] == 20
    assert replica.position.sequence == 20


async def test_a_case_that_left_the_memory_goes_on_from_the_disk(follower: Follower) -> None:
    """More cases than are kept in memory, in one batch, and again in the next."""
    replica, mechanism = follower
    first = [sealed(NGO) for _ in range(60)]
    again = [sealed(NGO, **after(envelope)) for envelope in first]
    for start, envelopes in ((1, first), (61, again)):
        await take(mechanism, in_log(envelopes, start), DIRECTORY)
    assert replica.counts["accepted"] == 120
    assert (await replica.case(first[0].case_id)).chain.version == 2


async def test_a_missing_sequence_stops_the_replica_before_it_commits(follower: Follower, store: Store) -> None:
    """The log is dense: what stands behind a hole is not taken, and nothing of the batch is kept."""
    replica, mechanism = follower
    arrived = in_log(sealed(NGO) for _ in range(4))
    with pytest.raises(LogHoleError, match="between 2 and 4"):
        await take(mechanism, [*arrived[:2], arrived[3]], DIRECTORY)
    assert (replica.position.sequence, (await store.position()).sequence) == (0, 0)
    await take(mechanism, arrived, DIRECTORY)
    assert replica.position.sequence == 4


async def test_a_commit_without_an_answer_that_reached_the_disk_is_not_repeated(
    follower: Follower, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session ends; the next one begins behind what the store holds."""
    replica, mechanism = follower
    arrived, write = in_log(sealed(NGO) for _ in range(3)), store.write

    async def unanswered(transaction: Transaction, position: Position | None = None) -> None:
        await write(transaction, position)
        raise StoreError("no answer in time")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", unanswered)
        with pytest.raises(StoreError):
            await take(mechanism, arrived, DIRECTORY)
    await replica.start()
    assert replica.position.sequence == 3
    await take(mechanism, in_log([sealed(NGO)], 4), DIRECTORY)
    assert replica.position.sequence == 4
    assert await store.count("cases") == 4


async def test_one_message_that_the_store_does_not_take_holds_up_no_other(
    follower: Follower, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside alone, with its reason, and those beside it are kept."""
    replica, mechanism = follower
    envelopes = [sealed(NGO) for _ in range(5)]
    write = store.write

    async def choosy(transaction: Transaction, position: Position | None = None) -> None:
        if any(
            row.get("case_id") == envelopes[2].case_id and "state" in row for _, r in transaction.changes for row in r
        ):
            raise StoreError("the store did not do what was asked")
        await write(transaction, position)

    monkeypatch.setattr(store, "write", choosy)
    await take(mechanism, in_log(envelopes), DIRECTORY)
    assert replica.position.sequence == 5
    assert [(item.sequence, item.reason) for item in await store.quarantined(10, 0)] == [(3, "not-storable")]
    assert await store.all_cases() == sorted(e.case_id for e in envelopes if e is not envelopes[2])


@pytest.mark.parametrize("failures", range(1, 5))
@pytest.mark.parametrize("cause", [TimeoutError(), OperationalError("database is locked"), InterfaceError("closed")])
async def test_a_store_that_fails_for_a_moment_sets_nothing_aside(
    follower: Follower, store: Store, monkeypatch: pytest.MonkeyPatch, cause: Exception, failures: int
) -> None:
    """Somebody else holds it, or it is slow: at the latest the next session takes each message as what it is."""
    replica, mechanism = follower
    envelopes, write = [sealed(NGO) for _ in range(3)], store.write
    left = failures

    async def busy(transaction: Transaction, position: Position | None = None) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise StoreError("the store did not do what was asked") from cause
        await write(transaction, position)

    monkeypatch.setattr(store, "write", busy)
    for _ in range(2):
        with suppress(StoreError):
            await take(mechanism, in_log(envelopes), DIRECTORY)
        await replica.start()
    assert await store.quarantined(10, 0) == []
    assert await store.count("cases") == 3


async def test_a_case_that_the_store_holds_otherwise_is_owed_its_repair(
    follower: Follower, store: Store, tmp_path: Path
) -> None:
    """An event stands where the replica knows of none: its case is left, the others go on."""
    replica, mechanism = follower
    first, other = sealed(NGO), sealed(NGO)
    stray = Transaction()
    stray.accept(first, 1)
    await store.write(stray)
    await take(mechanism, in_log([first, other]), DIRECTORY)
    assert replica.position.sequence == 2
    owed = (await store.work_due(1e12, 10)).now
    assert [(one.kind, one.case_id) for one in owed] == [(Kind.REPAIR, first.case_id)]
    assert await store.all_cases() == [other.case_id]


async def test_the_mark_over_all_heads_is_noticed_to_be_wrong(follower: Follower, store: Store) -> None:
    """A head that vanished, one that was put back, and one that nobody committed: the store is not whole."""
    replica, mechanism = follower
    first, other = sealed(NGO), sealed(NGO)
    await take(mechanism, in_log([first, other, sealed(NGO, **after(first))]), DIRECTORY)
    assert await replica.is_whole()
    whole = await store.head(first.case_id)
    assert whole is not None
    former = Head(first.case_id, 1, first.hash, 1, False)
    for heads in ([former], [whole, Head("stray", 1, "h", 9, False)]):
        altered = Transaction()
        altered.put_heads(heads)
        await store.write(altered)
        assert not await replica.is_whole()


async def test_the_known_among_many_cases_are_told(store: Store) -> None:
    """However many are asked for at once."""
    ids = [f"case-{n:03}" for n in range(120)]
    assert await store.known(ids) == set()
    transaction = Transaction()
    transaction.put_heads(Head(i, 1, "h", 1, False) for i in ids[::7])
    await store.write(transaction)
    assert await store.known(ids) == set(ids[::7])
    assert await store.known([]) == set()
