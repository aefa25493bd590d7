"""Real faults in an agency's SQLite store, made through a connection of our own: no part of the service is replaced.

with failing(bus, "ngo-fyren", "DELETE", "kid"):
    ...  # each deletion from a table with a column `kid` fails, as on a broken disk
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal
from uuid import uuid4

from harness.bus import Bus

Operation = Literal["INSERT", "UPDATE", "DELETE"]

KEYS = ("kid", "blob")
"""The columns by which the table of wrapped keys is known."""
OUTBOX = ("event_id", "draft")
"""The columns by which the table of submitted events is known."""


def database(bus: Bus, agency: str) -> Path:
    """The file of an agency's store."""
    return bus.layout.home(agency) / "store.db"


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a store, beside the service's own."""
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        yield connection


def tables_with(connection: sqlite3.Connection, *columns: str) -> list[str]:
    """The tables that have these columns; AssertionError when there is none."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = [name for name in names if set(columns) <= _columns(connection, name)]
    assert found, f"no table has the columns {columns}: the test must learn the new names"
    return found


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


@contextmanager
def failing(bus: Bus, agency: str, operation: Operation, *columns: str) -> Iterator[None]:
    """Let each such statement on the tables with these columns fail as long as the block lasts, with all of its
    transaction.
    """
    path, made = database(bus, agency), []
    with connected(path) as connection:
        for table in tables_with(connection, *columns):
            made.append(f"fault_{uuid4().hex}")
            # A table that does not exist makes the statement itself fail; RAISE would look like a duplicate key.
            connection.execute(
                f"CREATE TRIGGER {made[-1]} BEFORE {operation} ON {table} BEGIN SELECT * FROM broken_disk; END"
            )
    try:
        yield
    finally:
        with connected(path) as connection:
            for name in made:
                connection.execute(f"DROP TRIGGER {name}")


@contextmanager
def locked(bus: Bus, agency: str) -> Iterator[None]:
    """Let every write wait as long as the block lasts, as on a disk that hangs; reads go on."""
    with connected(database(bus, agency)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


class Counted:
    """How many rows were written to some tables since the counting began."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def rows(self) -> int:
        """The rows until now."""
        with connected(self._path) as connection:
            return int(connection.execute("SELECT n FROM rows_counted").fetchone()[0])


@contextmanager
def counted(bus: Bus, agency: str, *columns: str) -> Iterator[Counted]:
    """Count the rows that are inserted into or changed in the tables with these columns."""
    path = database(bus, agency)
    with connected(path) as connection:
        connection.execute("CREATE TABLE rows_counted (n INTEGER NOT NULL)")
        connection.execute("INSERT INTO rows_counted VALUES (0)")
        for table in tables_with(connection, *columns):
            for operation in ("INSERT", "UPDATE"):
                connection.execute(
                    f"CREATE TRIGGER counted_{table}_{operation} AFTER {operation} ON {table} "
                    "BEGIN UPDATE rows_counted SET n = n + 1; END"
                )
    yield Counted(path)
