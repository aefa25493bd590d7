"""A wrapped secret comes back whole or not at all, wherever the replacement of the vault key was interrupted."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness.examples import examples
from hypothesis import given
from hypothesis import strategies as st

from bus.errors import StoreError
from bus.sealing.vault import VARIABLE, Vault, id_of, key_of
from bus.secret_files import finish_replacing, replace_private

SECRET = b"s" * 32
OLD, NEW = b"o" * 32, b"n" * 32
HELD = Vault([OLD])
BLOB = HELD.wrap(SECRET, "key.case")


def encoded(*keys: bytes) -> str:
    """Keys as the environment has them."""
    return ",".join(base64.b64encode(key).decode() for key in keys)


def leftovers(folder: Path) -> list[str]:
    """What lies beside the vault's file."""
    return sorted(path.name for path in folder.iterdir() if path.name != "vault.key")


@examples(100)
@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_is_wrapped_comes_back(secret: bytes, context: str) -> None:
    """Any secret, in any context."""
    blob = HELD.wrap(secret, context)
    assert HELD.unwrap(blob, context) == secret
    assert key_of(blob) == HELD.newest == id_of(OLD)


def test_wrapping_twice_looks_different() -> None:
    """Each time with a nonce of its own, and the secret is not seen."""
    assert len({HELD.wrap(SECRET, "x") for _ in range(100)}) == 100
    assert SECRET[:8] not in BLOB


def test_another_context_is_refused() -> None:
    """A blob put in another's place does not open."""
    with pytest.raises(StoreError, match="was altered"):
        HELD.unwrap(BLOB, "key.identity")


def test_another_vault_says_which_key_is_missing() -> None:
    """The operator learns what to restore."""
    with pytest.raises(StoreError, match=f"needs vault key {id_of(OLD)}"):
        Vault([NEW]).unwrap(BLOB, "key.case")


@examples(300)
@given(st.integers(0, len(BLOB) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused(place: int, bit: int) -> None:
    """In whatever part, with every key held."""
    flipped = bytearray(BLOB)
    flipped[place] ^= 1 << bit
    with pytest.raises(StoreError):
        Vault([NEW, OLD]).unwrap(bytes(flipped), "key.case")


def test_every_truncation_is_refused() -> None:
    """Wherever it is cut off."""
    for length in range(len(BLOB)):
        with pytest.raises(StoreError):
            HELD.unwrap(BLOB[:length], "key.case")


def test_a_vault_comes_back_from_its_file(tmp_path: Path) -> None:
    """Its owner's alone, and not made twice."""
    path = tmp_path / "vault.key"
    blob = Vault.create(path).wrap(SECRET, "x")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Vault.load(path, {}).unwrap(blob, "x") == SECRET
    with pytest.raises(FileExistsError):
        Vault.create(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_vault_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A key that may have been copied is no longer only the agency's."""
    path = tmp_path / "vault.key"
    Vault.create(path)
    path.chmod(mode)
    with pytest.raises(StoreError, match=r"vault\.key may be read by others"):
        Vault.load(path)


@examples(100)
@given(st.data())
def test_a_damaged_vault_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Cut off, or with a bit flipped anywhere; what lies beside it is left alone, since it may be all there is."""
    path = tmp_path_factory.mktemp("home") / "vault.key"
    Vault.create(path)
    content = bytearray(path.read_bytes())
    path.with_name("vault.key.former").write_bytes(content)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"vault\.key is not a whole vault"):
        Vault.load(path)
    assert leftovers(path.parent) == ["vault.key.former"]


@pytest.mark.parametrize("neighbour", ["vault.key.former", "vault.key.next"])
def test_a_missing_vault_is_named_and_its_neighbours_are_kept(tmp_path: Path, neighbour: str) -> None:
    """Nothing is created or cleared away in its stead: both would lose what the old keys open."""
    path = tmp_path / "vault.key"
    path.with_name(neighbour).write_bytes(b"all there is")
    with pytest.raises(StoreError, match=r"vault\.key cannot be read"):
        Vault.load(path)
    with pytest.raises(StoreError, match=r"vault\.key cannot be replaced"):
        replace_private(path, b"new")
    assert path.with_name(neighbour).read_bytes() == b"all there is"
    assert leftovers(tmp_path) == [neighbour]


def test_a_key_is_replaced_step_by_step(tmp_path: Path) -> None:
    """After each step everything opens, in this process and in one started then; at the end the old key is gone."""
    path = tmp_path / "vault.key"
    old = Vault.create(path, lambda size: OLD[:size])
    blob = old.wrap(SECRET, "x")
    both = old.rotated(lambda size: NEW[:size])
    assert both.ids == Vault.load(path).ids == (id_of(NEW), id_of(OLD))
    assert Vault.load(path).unwrap(blob, "x") == SECRET
    again = both.wrap(both.unwrap(blob, "x"), "x")
    assert key_of(again) == both.newest == id_of(NEW)
    new = both.keeping_only()
    assert new.ids == Vault.load(path).ids == (id_of(NEW),)
    assert Vault.load(path).unwrap(again, "x") == SECRET
    with pytest.raises(StoreError, match="needs vault key"):
        new.unwrap(blob, "x")
    assert leftovers(tmp_path) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_a_blob_needs_is_kept(tmp_path: Path) -> None:
    """Only what no blob names is forgotten, and nothing at all when a needed key is lacking already."""
    path = tmp_path / "vault.key"
    first = Vault.create(path)
    third = first.rotated().rotated()
    newest, middle, oldest = third.ids
    assert third.keeping_only([oldest]).ids == Vault.load(path).ids == (newest, oldest)
    with pytest.raises(StoreError, match=f"need vault keys \\['{middle}'\\]"):
        Vault.load(path).keeping_only([middle])
    assert Vault.load(path).ids == (newest, oldest)


def test_a_vault_that_was_replaced_meanwhile_replaces_nothing(tmp_path: Path) -> None:
    """Writing over what another process, or a newer vault, left there would lose its key."""
    path = tmp_path / "vault.key"
    stale = Vault.create(path)
    newer = stale.rotated()
    for step in (stale.rotated, stale.keeping_only):
        with pytest.raises(StoreError, match="has other keys by now"):
            step()
    assert Vault.load(path).ids == newer.ids


def test_the_old_content_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    """Whoever still holds the old file, such as by another name, finds zeros."""
    path, held = tmp_path / "vault.key", tmp_path / "held"
    vault = Vault.create(path).rotated()
    held.hardlink_to(path)
    vault.keeping_only()
    assert set(held.read_bytes()) == {0}


def test_a_disk_that_takes_no_new_key_loses_nothing(tmp_path: Path) -> None:
    """The operator is told, the old key still opens everything, and rotating works once the disk does."""
    path = tmp_path / "vault.key"
    vault = Vault.create(path)
    blob = vault.wrap(SECRET, "x")
    blocked = path.with_name("vault.key.former")
    blocked.mkdir()
    with pytest.raises(StoreError, match=r"vault\.key cannot be replaced"):
        vault.rotated()
    blocked.rmdir()
    assert Vault.load(path).unwrap(blob, "x") == SECRET
    assert Vault.load(path).rotated().unwrap(blob, "x") == SECRET


def ended_well(work: Callable[[], Any], before: Callable[[int], Any]) -> bool:
    """Do the work in a process of its own, and something else before its nth touch of the file system; whether both
    came to their end.
    """
    child = os.fork()
    if child == 0:
        touched, beside = 0, False

        def touch(event: str, _: tuple[Any, ...]) -> None:
            nonlocal touched, beside
            if not beside and event in {"open", "os.rename", "os.link", "os.remove"}:
                touched, beside = touched + 1, True
                before(touched)
                beside = False

        sys.addaudithook(touch)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def stopped_at(step: int, work: Callable[[], Any]) -> bool:
    """Do the work in a process that dies before its nth touch of the file system; whether it came to the end."""
    return ended_well(work, lambda touched: os._exit(1) if touched == step else None)


def test_a_vault_is_read_while_its_key_is_replaced(tmp_path: Path) -> None:
    """An auditor's command may look at any moment: it opens what the service wrapped, and undoes nothing."""
    path = tmp_path / "vault.key"
    vault = Vault.create(path)
    blob = vault.wrap(SECRET, "x")
    looked = tmp_path / "looked"

    def look(touched: int) -> None:
        assert Vault.load(path).unwrap(blob, "x") == SECRET
        looked.write_text(str(touched))

    assert ended_well(vault.rotated, look)
    assert int(looked.read_text()) > 8
    looked.unlink()
    assert len(Vault.load(path).ids) == 2
    assert leftovers(tmp_path) == []


def test_a_vault_replaced_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file, once open, is overwritten under the reader's eyes: what counts is the one in its place."""
    path = tmp_path / "vault.key"
    blob = Vault.create(path).wrap(SECRET, "x")

    fstat = os.fstat

    def replaced(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        monkeypatch.undo()
        Vault.load(path).rotated()
        return found

    monkeypatch.setattr(os, "fstat", replaced)
    vault = Vault.load(path)
    assert vault.unwrap(blob, "x") == SECRET
    assert len(vault.ids) == 2


def test_a_crash_while_a_key_is_added_loses_nothing(tmp_path: Path) -> None:
    """Wherever the process dies, the next one reads everything, has nothing left over, and can rotate again."""
    for step in range(1, 100):
        path = tmp_path / f"{step}" / "vault.key"
        path.parent.mkdir()
        vault = Vault.create(path)
        blob = vault.wrap(SECRET, "x")
        done = stopped_at(step, vault.rotated)
        after = Vault.load(path)
        after.finish_replacing()
        assert after.unwrap(blob, "x") == SECRET
        assert leftovers(path.parent) == []
        assert Vault.load(path).ids == after.ids
        assert len(after.rotated().ids) == len(after.ids) + 1
        if done:
            break
    assert done and step > 8
    assert len(after.ids) == 2


def test_a_crash_while_old_keys_are_forgotten_loses_nothing(tmp_path: Path) -> None:
    """Wherever the process dies, what the new key wrapped opens, and forgetting again finishes the work."""
    for step in range(1, 100):
        path = tmp_path / f"{step}" / "vault.key"
        path.parent.mkdir()
        vault = Vault.create(path).rotated()
        blob = vault.wrap(SECRET, "x")
        done = stopped_at(step, vault.keeping_only)
        after = Vault.load(path)
        after.finish_replacing()
        assert after.unwrap(blob, "x") == SECRET
        assert leftovers(path.parent) == []
        assert Vault.load(path).ids == after.ids
        assert after.keeping_only().ids == Vault.load(path).ids == (vault.newest,)
        if done:
            break
    assert done and step > 8


@pytest.mark.parametrize("written", [0, 1, 100])
def test_a_replacement_cut_short_while_writing_is_cleared_away(tmp_path: Path, written: int) -> None:
    """Half a new file beside the old one counts for nothing, and does not stop the next replacement."""
    path = tmp_path / "vault.key"
    vault = Vault.create(path)
    path.with_name("vault.key.next").write_bytes(path.read_bytes()[:written])
    assert len(vault.rotated().ids) == 2
    path.with_name("vault.key.next").write_bytes(path.read_bytes()[:written])
    finish_replacing(path)
    assert leftovers(tmp_path) == []


def test_a_secret_manager_may_hold_the_keys(tmp_path: Path) -> None:
    """The environment comes before the file; the newest key wraps, the others still unwrap."""
    path = tmp_path / "vault.key"
    Vault.create(path)
    vault = Vault.load(path, {VARIABLE: encoded(NEW, OLD)})
    assert vault.ids == (id_of(NEW), id_of(OLD))
    assert vault.unwrap(BLOB, "key.case") == SECRET
    assert key_of(vault.wrap(SECRET, "x")) == id_of(NEW)
    spaced = encoded(NEW, OLD).replace(",", " ,\n ") + "\n"
    assert Vault.load(path, {VARIABLE: spaced}).ids == vault.ids
    assert not vault.rotates and Vault.load(path, {}).rotates
    assert Vault.load(tmp_path / "none", {VARIABLE: encoded(OLD)}).ids == (id_of(OLD),)


def test_a_secret_manager_replaces_its_keys_itself(tmp_path: Path) -> None:
    """We say how, and touch no file."""
    vault = Vault.load(tmp_path / "vault.key", {VARIABLE: encoded(OLD)})
    for step in (vault.rotated, vault.keeping_only):
        with pytest.raises(StoreError, match=f"put a new key before the others in {VARIABLE}"):
            step()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value", ["", ",", "x", encoded(OLD) + ",", encoded(OLD[:31]), encoded(OLD) + " " + encoded(NEW)]
)
def test_an_environment_without_keys_is_refused(tmp_path: Path, value: str) -> None:
    """Rather than fall back on another key than was meant; the value is not shown."""
    Vault.create(tmp_path / "vault.key")
    with pytest.raises(StoreError, match="is not base64 of 32 bytes") as refused:
        Vault.load(tmp_path / "vault.key", {VARIABLE: value})
    assert not value.strip(", x") or value not in str(refused.value)


def test_a_vault_does_not_show_its_keys() -> None:
    """Neither in logs nor in a test's output."""
    assert "oooo" not in repr(HELD) and base64.b64encode(OLD).decode() not in repr(HELD)


@pytest.mark.parametrize("keys", [[], [b""], [OLD, OLD[:16]]])
def test_a_vault_without_proper_keys_is_refused(keys: list[bytes]) -> None:
    """One key or more, of 32 bytes each."""
    with pytest.raises(ValueError, match="one key or more"):
        Vault(keys)
