"""The health report of a node for a person: plain words that name the case, and never its content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bus.health import _WORDS, NodeHealth, degraded
from bus.replica.losses import Losses
from bus.sealing.keyring import Keyring
from bus.sealing.vault import Vault
from bus.store import Kind, Obligation, Store, Transaction, WrappedKey

CASE = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10"
NOW = 1000.0


@pytest.fixture
def keyring(store: Store, tmp_path: Path) -> Keyring:
    """An agency's keys."""
    return Keyring(store, Vault.create(tmp_path / "vault.key"))


@pytest.fixture
def losses(store: Store) -> Losses:
    """What the log is known to have lost: nothing."""
    return Losses(store)


async def owe(store: Store, *rows: Obligation) -> None:
    """These rows stand as they are."""
    transaction = Transaction()
    transaction.oblige(*rows)
    for row in rows:
        transaction.postpone(row)
    await store.write(transaction)


async def told(store: Store, keyring: Keyring, losses: Losses, *, grants_move: bool = True) -> list[str]:
    """What a person is told now."""
    return list(await degraded(store, keyring, losses, NOW, grants_move=grants_move))


async def test_a_node_that_is_well_says_nothing(store: Store, keyring: Keyring, losses: Losses) -> None:
    """Nor while it is only busy: what is new, what failed just now, and what is due later is no trouble."""
    assert await told(store, keyring, losses) == []
    await owe(
        store,
        Obligation(Kind.GRANT, CASE, due_at=NOW - 1, since=NOW - 1),
        Obligation(Kind.REACT, CASE, due_at=NOW - 1, since=NOW - 1, attempts=2, trouble="ConnectionError"),
        Obligation(Kind.CLOCK, CASE, due_at=NOW + 9, since=NOW + 9),
        Obligation(Kind.WITHDRAW, CASE, due_at=NOW + 30, since=1.0),
    )
    assert await told(store, keyring, losses) == []


@pytest.mark.parametrize("kind", Kind)
async def test_what_fails_is_said_of_every_kind(store: Store, keyring: Keyring, losses: Losses, kind: Kind) -> None:
    """Which case, how often it was tried and what for it failed, by its kind alone; then who has to act."""
    row = Obligation(kind, CASE, "detail", due_at=NOW + 5, attempts=4, trouble="ConnectionError", since=NOW - 9)
    await owe(store, row)
    assert await told(store, keyring, losses) == [f"{_WORDS[kind]}, case {CASE}: ConnectionError, tried 4 times"]
    await owe(store, replace(row, revision=2, attempts=12, parked=True))
    assert await told(store, keyring, losses) == [f"{_WORDS[kind]}, case {CASE}: ConnectionError, a person has to look"]


async def test_what_concerns_no_case_names_none(store: Store, keyring: Keyring, losses: Losses) -> None:
    """Such as grants that are looked for."""
    await owe(store, Obligation(Kind.LOOK, "", attempts=1, trouble="BrokerAwayError", since=1.0, due_at=NOW + 1))
    assert await told(store, keyring, losses) == ["the grants to us are not read again: BrokerAwayError, tried 1 times"]


async def test_what_nobody_tries_is_said(store: Store, keyring: Keyring, losses: Losses) -> None:
    """The reconciler itself does not move; before that a moment is no trouble."""
    await owe(store, Obligation(Kind.CLOCK, CASE, due_at=NOW - 6, since=NOW - 6))
    assert await told(store, keyring, losses) == [f"what is owed is not being done: clock, case {CASE}"]


async def test_the_oldest_trouble_of_each_kind_is_said_once(store: Store, keyring: Keyring, losses: Losses) -> None:
    """However much fails: the page of a person who looks is not flooded."""
    await owe(
        store,
        *(
            Obligation(Kind.GRANT, CASE, f"case/{n}", NOW + 5, attempts=1, trouble="Error", since=10.0 + n)
            for n in range(50)
        ),
        Obligation(Kind.REACT, CASE, due_at=NOW + 5, attempts=1, trouble="Error", since=5.0),
    )
    assert await told(store, keyring, losses) == [
        f"a reaction fails, case {CASE}: Error, tried 1 times",
        f"a key is not given, case {CASE}: Error, tried 1 times",
    ]


async def test_keys_losses_and_grants_are_said(store: Store, keyring: Keyring, losses: Losses) -> None:
    """A key that does not open, what nobody has given, and grants that are not followed; some of each."""
    damages = Transaction()
    damages.put_keys(WrappedKey(f"case-{n}", "case", "kid", "ngo", b"no such key") for n in range(5))
    await store.write(damages)
    await keyring.of_all([f"case-{n}" for n in range(5)])
    await losses.replace([(first, first + 1, first < 5) for first in range(3, 43, 10)])
    found = await told(store, keyring, losses, grants_move=False)
    assert [text for text in found if text.startswith("a key of case case-")] == [
        f"a key of case case-{n} in the store does not open; it is looked for among the grants to us" for n in range(3)
    ]
    assert [text for text in found if "nobody has given" in text] == [
        f"nobody has given what the log lost from {first} to {first + 1}" for first in (13, 23, 33)
    ]
    assert found[-1] == "the grants of keys to us are not followed" and len(found) == 7


def test_a_service_is_ready_when_nothing_stops_it() -> None:
    """What a person should look at does not stop it; anything else does."""
    well = NodeHealth(None, None, None, degraded=("something",))
    assert well.ready
    for part in ("broker", "store", "replica", "agency"):
        assert not replace(well, **{part: "in trouble"}).ready  # type: ignore[arg-type]
