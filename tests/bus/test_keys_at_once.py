"""Keys are taken, wrapped again and destroyed at the same time: destroyed keys stay destroyed, and no other is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.bus import Bus
from harness.sharing import consent, refer
from harness.waiting import eventually

from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE, Keyring
from bus.sealing.vault import Vault
from bus.store import Store, Transaction, WrappedKey

FIRST, SECOND = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10", "7a52f3f5-2e9a-5c4d-1b8f-f6a3c2b100d9"


async def test_a_key_that_is_destroyed_while_all_are_wrapped_anew_is_gone(store: Store, tmp_path: Path) -> None:
    """Two erasures at once: the one that wraps what is left writes back nothing that the other destroys."""
    keyring = Keyring(store, Vault.create(tmp_path / "vault.key"))
    transaction = Transaction()
    transaction.put_keys(
        keyring.wrapped(ContentKey.new(case_id, part), "ngo")
        for case_id in (FIRST, SECOND)
        for part in (CASE, "contact")
    )
    await store.write(transaction)
    keys_after = store.keys_after

    async def meanwhile(case_id: str, limit: int) -> list[WrappedKey]:
        page = await keys_after(case_id, limit)
        store.keys_after = keys_after  # type: ignore[method-assign]
        destroys = Transaction()
        destroys.destroy_keys(SECOND, CASE)
        destroys.withdraw_keys(SECOND, "contact", "police")
        await store.write(destroys)
        return page

    store.keys_after = meanwhile  # type: ignore[method-assign]
    await keyring.replace_vault_key()
    assert await store.keys_of([SECOND]) == []
    assert len(await keyring.of(FIRST)) == len(await keyring.of(FIRST, "contact")) == 1
    assert keyring.damaged == {}
    await keyring.require_opening()


async def test_an_erased_case_gets_no_keys_any_more(store: Store) -> None:
    """One that was accepted just before, and is written just after; another case gets them."""
    keys = [WrappedKey(case_id, CASE, "kid", "ngo", b"wrapped") for case_id in (FIRST, SECOND)]
    erases, puts = Transaction(), Transaction()
    puts.put_keys(keys)
    erases.erase(FIRST, "wish")
    await asyncio.gather(*map(store.write, [puts, erases, puts]))
    assert await store.keys_of([FIRST, SECOND]) == keys[1:]


async def test_a_granted_key_outlasts_the_vaults_that_change_meanwhile(tmp_path: Path) -> None:
    """It waits until it may be written; by then the key that the vault had is destroyed."""
    async with Bus(tmp_path, "ngo-fyren", "municipality-0180", "coordinator") as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        await consent(bus, case_id, "municipality-0180")
        await bus.level()
        node = bus.nodes["municipality-0180"]
        take_keys, waits = node.replica.take_keys, asyncio.Event()
        opened: list[bool] = []

        async def reading(*arguments: object) -> None:
            waits.set()
            await take_keys(*arguments)  # type: ignore[arg-type]
            opened.append(await node.keyring.of(case_id) != ())

        node.replica.take_keys = reading  # type: ignore[method-assign, assignment]
        async with node.replica.committing:
            await refer(bus, case_id, "municipality-0180")
            await asyncio.wait_for(waits.wait(), 20)
            assert await node.store.keys_of([case_id]) == []
            await node.keyring.replace_vault_key()
        await bus.readable(case_id)
        await eventually(lambda: bool(opened))
        assert opened[0], "at once, not when somebody has noticed that it does not open"
        await node.keyring.require_opening()
        assert node.keyring.damaged == {}
