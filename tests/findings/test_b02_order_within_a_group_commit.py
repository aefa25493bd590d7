"""B2: writes that queue behind one commit are committed together, in the order in which they were given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bus.store import Kind, Obligation, Store, Transaction, WrappedKey, open_store

CASE, PART, OTHERS, OWN = "018e0a00-0000-7000-8000-000000000000", "identity", "ngo-fyren", "police"
KEY = WrappedKey(CASE, PART, "kid", OTHERS, b"wrapped")
DUE = Obligation(Kind.GRANT, CASE, f"{PART}/municipality-0180")


def written(*steps: str) -> Transaction:
    """A transaction made of these steps."""
    transaction = Transaction()
    for step in steps:
        match step:
            case "take the key":
                transaction.put_keys([KEY])
            case "destroy what others gave":
                transaction.withdraw_keys(CASE, PART, OWN)
            case "owe":
                transaction.oblige(DUE)
            case "settle":
                transaction.fulfil(DUE)
            case "nothing":
                transaction.give([])
            case _:
                raise ValueError(step)
    return transaction


async def held(store: Store) -> bool:
    """Whether the key is in the store."""
    return [key.kid for key in await store.keys_of([CASE])] == ["kid"]


async def owed(store: Store) -> bool:
    """Whether the grant is due."""
    return (await store.work_due(1.0, 10)).now == [DUE]


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on either database."""
    if request.param == "sqlite":
        environment = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")}
    else:
        environment = request.getfixturevalue("postgres")()
    opened = open_store(environment)
    yield opened
    await opened.close()


async def in_one_turn(store: Store, *steps: str) -> None:
    """Write these one after another, without waiting for any, while another write is on its way to the disk."""
    await asyncio.gather(*(store.write(written(step)) for step in ("nothing", *steps)))


async def test_a_key_withdrawn_and_granted_anew_is_held(store: Store) -> None:
    """And one that is granted and then withdrawn is gone: the last word stands."""
    await in_one_turn(store, "take the key", "destroy what others gave")
    assert not await held(store)
    await store.write(written("take the key"))
    await in_one_turn(store, "destroy what others gave", "take the key")
    assert await held(store), "the key that was granted anew is lost"


async def test_a_debt_settled_and_owed_anew_is_due(store: Store) -> None:
    """And one that is owed and then settled is not: the last word stands."""
    await in_one_turn(store, "owe", "settle")
    assert not await owed(store)
    await store.write(written("owe"))
    await in_one_turn(store, "settle", "owe")
    assert await owed(store), "the debt that was owed anew is lost"


async def test_within_one_write_the_order_stands_too(store: Store) -> None:
    """What withdraws and grants in one transaction means what it says."""
    await store.write(written("take the key", "owe"))
    await store.write(written("destroy what others gave", "take the key", "settle", "owe"))
    assert await held(store) and await owed(store)
