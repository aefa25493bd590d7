"""`stafett rotate-vault` over the store of a stopped service: everything opens afterwards, for each kind of vault."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from harness.postgres import Database, running_postgres

from bus.errors import StoreError
from bus.operator.provision import provision
from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE, Keyring
from bus.sealing.vault import VARIABLE, Vault, id_of, key_of
from bus.settings import BusSettings
from bus.store import Transaction, open_store
from services import mandate_of
from stafett.commands.home import settings_at
from stafett.commands.main import main
from stafett.injected import new_id, now

pytestmark = pytest.mark.long

KEYS = [ContentKey.new(new_id(), CASE) for _ in range(300)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    """A real PostgreSQL."""
    with running_postgres() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A provisioned folder; where the store is, the environment says, as for a service."""
    provision(tmp_path, {"ngo": mandate_of("ngo"), "coordinator": mandate_of("coordinator")}, now())
    if request.param == "postgres":
        named = request.getfixturevalue("postgres")()
        password = tmp_path / "password"
        password.write_text(named.pop("POSTGRES_PASSWORD"))
        for name, value in (named | {"STAFETT_POSTGRES_PASSWORD_FILE": str(password)}).items():
            monkeypatch.setenv(name, value)
    return tmp_path


def settings(home: Path) -> BusSettings:
    """The agency's."""
    return settings_at(home, "ngo")


async def fill(home: Path, vault: Vault) -> None:
    """The agency holds keys."""
    store = open_store(settings(home).store_environment)
    keyring = Keyring(store, vault)
    transaction = Transaction()
    transaction.put_keys(keyring.wrapped(key, "police") for key in KEYS)
    await store.write(transaction)
    await store.close()


async def held(home: Path, vault: Vault) -> tuple[list[ContentKey], set[str]]:
    """The keys as they open now, and the vault keys that they need."""
    store = open_store(settings(home).store_environment)
    try:
        keyring = Keyring(store, vault)
        found = [key for case_keys in (await keyring.of_all([k.case_id for k in KEYS])).values() for key in case_keys]
        return sorted(found, key=lambda k: k.kid), {
            key_of(wrapped.blob) for wrapped in await store.keys_after("", 1_000_000)
        }
    finally:
        await store.close()


async def holds_all(home: Path, vault: Vault) -> set[str]:
    """Every key opens; the vault keys that they need."""
    found, needed = await held(home, vault)
    assert found == sorted(KEYS, key=lambda k: k.kid)
    return needed


def rotate(home: Path) -> int:
    """The command, in a process of its own as far as event loops go."""
    return main(["rotate-vault", "ngo", f"--home={home}"])


def load(home: Path, environment: Mapping[str, str] | None = None) -> Vault:
    """The agency's vault as it lies there now."""
    return Vault.load(settings(home).vault, environment)


def test_everything_is_wrapped_anew_and_the_old_key_destroyed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also when it is done again."""
    old = load(home)
    asyncio.run(fill(home, old))
    for _ in range(2):
        before = load(home).newest
        assert rotate(home) == 0
        assert "300 keys wrapped under a new vault key" in capsys.readouterr().out
        vault = load(home)
        assert before not in vault.ids and len(vault.ids) == 1
        assert asyncio.run(holds_all(home, vault)) == {vault.newest}
    assert asyncio.run(held(home, old)) == ([], {load(home).newest}), "the old one opens nothing"


@pytest.mark.parametrize("step", ["Keyring.wrap_anew", "Vault.keeping_only", "Vault.rotated"])
def test_cut_short_it_is_run_again(home: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before or after each step everything opens, and the next run leaves one key."""
    asyncio.run(fill(home, load(home)))
    owner, name = {"Keyring": Keyring, "Vault": Vault}[step.split(".")[0]], step.split(".")[1]

    def cut_short(*_: object) -> None:
        raise StoreError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cut_short)
        assert rotate(home) == 2
    asyncio.run(holds_all(home, load(home)))
    assert rotate(home) == 0
    vault = load(home)
    assert (len(vault.ids), asyncio.run(holds_all(home, vault))) == (1, {vault.newest})


def test_keys_of_a_secret_manager_are_left_to_it(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new one is put before the old; then all is wrapped under the new one, and the old one can be dropped."""
    old, new = os.urandom(32), os.urandom(32)
    asyncio.run(fill(home, Vault([old])))
    monkeypatch.setenv(VARIABLE, ",".join(base64.b64encode(key).decode() for key in (new, old)))
    assert rotate(home) == 0
    assert "the others can be dropped" in capsys.readouterr().out
    assert asyncio.run(holds_all(home, Vault([new]))) == {id_of(new)}


def test_what_cannot_be_done_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No such home; a vault that others may read; keys that no vault key opens: nothing is changed."""
    asyncio.run(fill(home, load(home)))
    assert main(["rotate-vault", "tax", f"--home={home}"]) == 2
    assert "is not there" in capsys.readouterr().err
    settings(home).vault.chmod(0o644)
    assert rotate(home) == 2
    assert "vault.key may be read by others" in capsys.readouterr().err
    settings(home).vault.chmod(0o600)
    away = home / "away.key"
    shutil.move(settings(home).vault, away)
    Vault.create(settings(home).vault)
    assert rotate(home) == 2
    assert "restore that vault from your backup" in capsys.readouterr().err
    settings(home).vault.unlink()
    shutil.move(away, settings(home).vault)
    asyncio.run(holds_all(home, load(home)))
