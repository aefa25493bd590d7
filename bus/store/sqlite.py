"""The store on SQLite: eventsourcing's process recorder and our own tables, written in one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteFactory,
    SQLiteProcessRecorder,
)

from bus.errors import StoreError
from bus.store import statements
from bus.store.list_tables import TABLES
from bus.store.transaction import Change

_FULL: Final = 2
_PAGE_BYTES: Final = 8192  # an event of one or two blocks fits; at 4096 bytes it spills into a page of its own
_STATEMENTS: Final = 256
_LOCKED_FOR: Final = 5.0
_CHECKPOINT_PAGES: Final = 256


class DurablePool(SQLiteConnectionPool):
    """Connections that sync every commit to disk unless told otherwise, and that cache prepared statements.

    eventsourcing's own pool does not set `synchronous`, and caches one statement.
    """

    def _create_connection(self) -> SQLiteConnection:
        path = Path(self.db_name)
        if not self.is_sqlite_memory_mode and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            self.db_name,
            check_same_thread=False,
            isolation_level=None,
            cached_statements=_STATEMENTS,
            timeout=_LOCKED_FOR,
        )
        connection.row_factory = sqlite3.Row
        for pragma in (
            f"page_size = {_PAGE_BYTES}",  # takes effect in a new file only
            "journal_mode = WAL",
            "synchronous = FULL",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if connection.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
            raise StoreError("SQLite does not sync every commit to disk")
        return SQLiteConnection(connection, max_age=None)


class Recorder(SQLiteProcessRecorder):
    """Commits our statements, among them the inserts of eventsourcing's events, together with its tracking."""

    unreachable = ()  # its file is always there

    def construct_create_table_statements(self) -> list[str]:
        own = [
            statement.format(serial="INTEGER PRIMARY KEY AUTOINCREMENT", place="INTEGER PRIMARY KEY", blob="BLOB")
            for statement in (*statements.TABLES, *TABLES)
        ]
        return super().construct_create_table_statements() + own

    def _create_table(self, c: SQLiteCursor) -> None:
        c.execute("SELECT name FROM sqlite_master WHERE name = 'grants_due'")
        is_old = c.fetchone() is not None
        super()._create_table(c)
        c.execute("SELECT name FROM pragma_table_info('positions') WHERE name = 'sequence'")
        if c.fetchone() is not None:
            c.execute(statements.SEQUENCE_IS_TRACKED)
        for statement in statements.UPGRADE_FROM_0_1 if is_old else ():
            c.execute(statement)

    def commit(self, changes: Sequence[Change], tracking: Tracking | None, *, durable: bool) -> None:
        """Run these statements in order and commit. If not `durable`, a later commit syncs them to disk."""
        with self.datastore.get_connection(commit=True) as connection:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with connection.transaction(commit=True) as transaction:
                for statement, rows in changes:
                    transaction.executemany(statement, rows)
                if tracking is not None:
                    self._insert_tracking(transaction, tracking)

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """Return the rows that a reading statement finds."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return [dict(row) for row in cursor.fetchall()]


class Factory(SQLiteFactory):
    """eventsourcing's factory, with durable connections and our recorder."""

    process_recorder_class = Recorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        pool = self.datastore.pool
        self.datastore.pool = DurablePool(db_name=pool.db_name)
        pool.close()
