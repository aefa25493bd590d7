"""In every store, an acknowledgement waits for the disk; data that only repeats the log is synced a second later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from harness.waiting import eventually

from bus.store import OutboxRow, Position, Store, Transaction, open_store

CASE = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10"
_SETTING = "INSERT INTO owner (agency) VALUES (:agency || current_setting('synchronous_commit'))"


def outboxed(event_id: str) -> Transaction:
    """An event that is to be sent: a caller waits for its acknowledgement."""
    durable = Transaction()
    durable.submit(OutboxRow(event_id, CASE, b"draft"))
    return durable


def followed() -> Transaction:
    """What repeats the log."""
    return Transaction(durable=False)


class Commits:
    """Sees which commits of a store wait for the disk."""

    def __init__(self, store: Store) -> None:
        self.durable: list[bool] = []
        commit = store._recorder.commit

        def seen(*arguments: Any, durable: bool) -> None:
            self.durable.append(durable)
            commit(*arguments, durable=durable)

        store._recorder.commit = seen


async def test_one_that_waits_for_the_disk_makes_its_group_wait(store: Store) -> None:
    """Those beside it reach the disk with it; alone they do not wait."""
    commits = Commits(store)
    await store.write(followed(), Position(1, 1, "a"))
    await asyncio.gather(store.write(followed(), Position(1, 2, "b")), store.write(outboxed("one")))
    await asyncio.gather(store.write(followed(), Position(1, 3, "c")), store.write(followed(), Position(1, 4, "d")))
    assert commits.durable == [False, True, False]
    assert await store.position() == Position(1, 4, "d")


async def test_what_did_not_wait_is_on_the_disk_soon(store: Store) -> None:
    """Though nobody writes any more; and once it is there, an idle store writes nothing."""
    commits = Commits(store)
    store.start()
    await store.write(followed(), Position(1, 1, "a"))
    await eventually(lambda: commits.durable == [False, True])
    probes = 0
    query = store._recorder.query

    def asked(*arguments: Any, **parameters: Any) -> Any:
        nonlocal probes
        probes += 1
        return query(*arguments, **parameters)

    store._recorder.query = asked
    await eventually(lambda: probes == 2)
    assert commits.durable == [False, True]


async def test_closing_syncs_what_did_not_wait(environment: dict[str, str]) -> None:
    """An orderly end leaves nothing to the operating system."""
    opened = open_store(environment)
    commits = Commits(opened)
    await opened.write(followed(), Position(1, 1, "a"))
    await opened.close()
    assert commits.durable == [False, True]


async def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    """Every connection has synchronous=FULL and a write-ahead log; the one that writes is set for each commit."""
    opened = open_store({"SQLITE_DBNAME": str(tmp_path / "store.db")})
    try:
        query = cast(Callable[..., list[dict[str, Any]]], opened._recorder.query)
        assert query("PRAGMA synchronous") == [{"synchronous": 2}]
        assert query("PRAGMA journal_mode") == [{"journal_mode": "wal"}]

        def of_the_writing_connection() -> tuple[Any, Any]:
            datastore = opened._recorder.datastore
            with datastore.transaction(commit=True) as cursor:
                cursor.execute("PRAGMA synchronous")
                synchronous = cursor.fetchone()[0]
                cursor.execute("PRAGMA journal_mode")
                return synchronous, cursor.fetchone()[0]

        assert await asyncio.to_thread(of_the_writing_connection) == (2, "wal")
        await opened.write(followed(), Position(1, 1, "a"))
        assert await asyncio.to_thread(of_the_writing_connection) == (1, "wal")
        await opened.write(outboxed("one"))
        assert await asyncio.to_thread(of_the_writing_connection) == (2, "wal")
    finally:
        await opened.close()


async def test_postgresql_waits_for_the_disk(postgres: Callable[[], dict[str, str]]) -> None:
    """Each transaction says for itself whether it does."""
    opened = open_store(postgres())
    try:
        for durable in (False, True):
            asked = Transaction(durable=durable)
            asked.add(_SETTING, {"agency": f"durable={durable}: "})
            await opened.write(asked)
        found = {row["agency"] for row in await opened.query("SELECT agency FROM owner")}
        assert found == {"durable=False: off", "durable=True: on"}
    finally:
        await opened.close()
