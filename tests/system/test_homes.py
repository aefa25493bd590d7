"""An agency's folder belongs to it alone, its vault is never replaced, and each error is one plain line."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.bus import full_mandate
from harness.running import stafett

from bus.errors import StoreError
from bus.home import owner_of
from bus.operator.provision import Layout, provision
from stafett.commands.main import main
from stafett.service.settings import ServiceSettings, SettingsError, Variables

pytestmark = pytest.mark.long

AGENCIES = ("police", "ngo", "coordinator")


def provisioned(folder: Path, told: list[str] | None = None) -> Layout:
    """A folder with three agencies."""
    mandates = {agency: full_mandate(agency) for agency in AGENCIES}
    return provision(folder, mandates, datetime.now(UTC), told=(told if told is not None else []).append)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A folder with three agencies."""
    return provisioned(tmp_path)


def environment(layout: Layout, agency: str, home: Path | None = None) -> dict[str, str]:
    """What a service is configured by."""
    return {
        "STAFETT_HOME": str(home or layout.home(agency)),
        "STAFETT_ROOT": str(layout.root),
        "STAFETT_NATS_URL": "tls://127.0.0.1:1",
        "STAFETT_ISSUER": "https://login.example",
    }


def served(agency: str, variables: dict[str, str]) -> tuple[int, str]:
    """The exit status and the words of `stafett serve` that cannot start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAFETT_")}
    process = stafett("serve", agency, env=kept | variables)
    try:
        _, said = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, said


@pytest.mark.parametrize("named", [True, False], ids=["it says so", "its credentials do"])
def test_another_agencys_folder_is_not_served(layout: Layout, named: bool) -> None:
    """Whose it is and what to set is said in one line, also of a folder of before, which has no name in it."""
    if not named:
        (layout.home("ngo") / "agency").unlink()
    assert owner_of(layout.home("ngo")) == "ngo"
    status, said = served("police", environment(layout, "police", layout.home("ngo")))
    assert status == 2
    home = layout.home("ngo")
    assert said == f"{home} is the folder of ngo, not of police: set STAFETT_HOME to that of police\n"


def test_nor_are_tools_used_on_it(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaying and verifying one agency's store as another's would tell nothing true."""
    for name, value in environment(layout, "police", layout.home("ngo")).items():
        monkeypatch.setenv(name, value)
    for command in ("verify", "replay"):
        assert main([command, "police"]) == 2


def test_swapped_folders_are_not_provisioned(layout: Layout) -> None:
    """Each would be given the other's credentials; the third agency is provisioned all the same."""
    homes = layout.home("police"), layout.home("ngo")
    homes[0].rename(layout.folder / "aside")
    homes[1].rename(homes[0])
    (layout.folder / "aside").rename(homes[1])
    (layout.home("coordinator") / "pseudonyms.key").unlink()
    told: list[str] = []
    before = [(home / "broker.creds").read_bytes() for home in homes]
    provisioned(layout.folder, told)
    assert [line.split(":")[0] for line in told] == ["police", "ngo"]
    assert "is the folder of ngo, not of police" in told[0]
    assert [(home / "broker.creds").read_bytes() for home in homes] == before
    assert (layout.home("coordinator") / "pseudonyms.key").exists()


def test_a_folder_of_before_is_made_to_say_whose_it_is(layout: Layout) -> None:
    """By the next provisioning."""
    (layout.home("ngo") / "agency").unlink()
    provisioned(layout.folder)
    assert (layout.home("ngo") / "agency").read_text() == "ngo\n"


@pytest.mark.parametrize("kept", ["store.db", "signing.pem"], ids=["a store", "a store elsewhere"])
def test_a_lost_vault_is_not_replaced(layout: Layout, kept: str) -> None:
    """A new one would open nothing, and what is sealed under it would be lost when the old one is restored."""
    home, vault = layout.home("police"), layout.home("police") / "vault.key"
    (home / kept).touch()
    lost = vault.read_bytes()
    vault.unlink()
    told: list[str] = []
    provisioned(layout.folder, told)
    assert not vault.exists()
    assert told == [
        f"police: there is no vault.key in {home}, and none is made where there may be a store: restore it from your "
        "backup, or hold it in STAFETT_VAULT_KEY"
    ]
    status, said = served("police", environment(layout, "police"))
    assert (status, said.count("\n")) == (2, 1)
    assert f"vault.key is gone from {home}" in said and "restore it from your backup" in said
    vault.write_bytes(lost)
    vault.chmod(0o600)
    told.clear()
    provisioned(layout.folder, told)
    assert (told, vault.read_bytes()) == ([], lost)


def test_a_new_vault_is_made_where_the_operator_says_so(layout: Layout) -> None:
    """For an empty store, never beside one that is there."""
    vault, store = layout.home("police") / "vault.key", layout.home("police") / "store.db"
    others = (layout.home("ngo") / "vault.key").read_bytes()
    vault.unlink()
    store.touch()
    again = ["provision", *AGENCIES, "--directory", str(layout.folder), "--new-vault"]
    assert main(again) == 0 and not vault.exists()
    store.unlink()
    assert main(again) == 0 and vault.exists()
    assert (layout.home("ngo") / "vault.key").read_bytes() == others


def test_a_root_key_that_is_kept_elsewhere_is_not_replaced(layout: Layout) -> None:
    """Another one would begin another bus: whoever provisions again without it changes nothing of what is trusted."""
    before = layout.root.read_bytes()
    key = layout.root_key.rename(layout.folder / "elsewhere.pem")
    provisioned(layout.folder)
    assert not layout.root_key.exists() and layout.root.read_bytes() == before
    other = provisioned(layout.folder / "other")
    shutil.copy(other.root_key, layout.root_key)
    with pytest.raises(StoreError, match=r"root\.pem is not the key of root\.pub"):
        provisioned(layout.folder)
    key.rename(layout.root_key)
    provisioned(layout.folder)


def test_only_its_owner_reads_a_store(layout: Layout) -> None:
    """A new one from its first byte on; one of before from the next start on, with what SQLite lays beside it."""
    store = layout.home("police") / "store.db"
    assert main(["replay", "police", "--home", str(layout.folder)]) == 1
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    beside = store.with_name("store.db-wal")
    beside.touch()
    for path in (store, beside):
        path.chmod(0o644)
    assert main(["verify", "police", "--home", str(layout.folder)]) == 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.parent.glob("store.db*")} == {0o600}


@pytest.mark.parametrize("name", ["STAFETT_HOME", "STAFETT_ROOT", "STAFETT_NATS_URL", "STAFETT_ISSUER"])
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_a_missing_variable_is_one_plain_line(layout: Layout, name: str, value: str | None) -> None:
    """It names the variable, and says what to set."""
    variables = {key: text for key, text in environment(layout, "police").items() if key != name}
    variables |= {} if value is None else {name: value}
    with pytest.raises(SettingsError) as missing:
        ServiceSettings.from_environment("police", variables)
    field = Variables.model_fields[name.removeprefix("STAFETT_").lower()]
    assert str(missing.value) == f"{name} is not set: {field.description}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("STAFETT_PORT", "http"), ("STAFETT_PORT", "70000"), ("STAFETT_KEEPS_TIME", "perhaps"), ("STAFETT_NATS_URL", ",")],
)
def test_a_wrong_variable_is_one_plain_line(layout: Layout, name: str, value: str) -> None:
    """It names the variable, and does not repeat what was in it: that may be a secret in the wrong place."""
    with pytest.raises(SettingsError, match=f"^{name} cannot be used .*: .*$") as wrong:
        ServiceSettings.from_environment("police", environment(layout, "police") | {name: value})
    assert "http" not in str(wrong.value) and "perhaps" not in str(wrong.value)


def test_the_command_says_so_and_no_more(layout: Layout) -> None:
    """Several that are missing are several lines, and no traceback."""
    status, said = served("police", {"STAFETT_ROOT": str(layout.root)})
    assert status == 2
    named = [line.split()[0] for line in said.splitlines()]
    assert named == ["STAFETT_HOME", "STAFETT_NATS_URL", "STAFETT_ISSUER"]


def test_a_password_file_that_cannot_be_read_is_named(layout: Layout) -> None:
    """And nothing else."""
    variables = environment(layout, "police") | {"STAFETT_POSTGRES_PASSWORD_FILE": str(layout.folder / "none")}
    with pytest.raises(SettingsError, match=r"^STAFETT_POSTGRES_PASSWORD_FILE: .* cannot be read \(No such file"):
        ServiceSettings.from_environment("police", variables)


def test_every_variable_is_in_the_documents() -> None:
    """An operator finds it in the table of a service's settings."""
    text = (Path(__file__).parents[2] / "docs/deployment.md").read_text()
    assert [name for name in Variables.model_fields if f"`STAFETT_{name.upper()}`" not in text] == []
