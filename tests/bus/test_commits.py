"""What a replica has on its way to the disk, and what it knows of cases without loading them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.forging import a_directory, a_signer, after, sealed

from bus.log import LogMessage
from bus.replica import Replica
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.store import Batch, Head, Store, open_store

NGO = a_signer("ngo-fyren")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    opened = open_store({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")})
    yield opened
    await opened.close()


@pytest.fixture
async def replica(store: Store, tmp_path: Path) -> Replica:
    """A replica that believes one agency."""
    keyring = Keyring(store, Vault.create(tmp_path / "vault.key"))
    return Replica("police", store, a_directory(NGO), keyring, 10)


def messages(count: int) -> list[LogMessage]:
    """Detections, each of its own case."""
    envelopes = [sealed(NGO) for _ in range(count)]
    return [LogMessage(n, e.subject, e.headers, e.data) for n, e in enumerate(envelopes, 1)]


async def test_a_commit_is_seen_through_whoever_stops_waiting(
    replica: Replica, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the next session would begin before what is already kept, and could never commit it again."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    write = store.write

    async def slow_write(batch: Batch) -> None:
        begun.set()
        await go_on.wait()
        await write(batch)

    monkeypatch.setattr(store, "write", slow_write)
    arrived = messages(3)
    session = asyncio.create_task(replica.ingest(arrived))
    await begun.wait()
    session.cancel()
    with pytest.raises(asyncio.CancelledError):
        await session
    go_on.set()

    assert (await replica.settled()).sequence == 3
    assert (await store.position()).sequence == 3
    await replica.ingest(arrived)
    assert replica.counts == {"accepted": 3, "quarantined": 0, "set_aside": 0}


async def test_what_is_checked_ahead_is_taken_once(replica: Replica) -> None:
    arrived = messages(20)
    first, second = await replica.check(arrived[:12]), await replica.check(arrived[8:])
    await replica.take(first)
    await replica.take(second)
    assert replica.counts["accepted"] == 20
    assert replica.position.sequence == 20


async def test_a_case_that_left_the_memory_goes_on_from_the_disk(replica: Replica) -> None:
    """More cases than are kept in memory, in one batch, and again in the next."""
    first = [sealed(NGO) for _ in range(60)]
    again = [sealed(NGO, **after(envelope)) for envelope in first]
    for start, envelopes in ((1, first), (61, again)):
        await replica.ingest([LogMessage(n, e.subject, e.headers, e.data) for n, e in enumerate(envelopes, start)])
    assert replica.counts["accepted"] == 120
    assert (await replica.case(first[0].case_id)).version == 2


async def test_the_known_among_many_cases_are_told(store: Store) -> None:
    ids = [f"case-{n:03}" for n in range(120)]
    assert await store.known(ids) == set()
    await store.write(Batch(heads={i: Head(i, 1, "h", 1, 1, False) for i in ids[::7]}))
    assert await store.known(ids) == set(ids[::7])
    assert await store.known([]) == set()
