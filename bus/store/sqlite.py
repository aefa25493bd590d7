"""The store on SQLite: eventsourcing's process recorder, synced to disk on every commit, with our tables beside."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteFactory,
    SQLiteProcessRecorder,
)

from bus.errors import StoreError
from bus.store import statements

_FULL = 2


class DurablePool(SQLiteConnectionPool):
    """Connections that wait for the disk on every commit; eventsourcing leaves `synchronous` as it finds it."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA synchronous")
        if cursor.fetchone()[0] != _FULL:
            raise StoreError("SQLite does not sync every commit to disk")
        return connection


class Recorder(SQLiteProcessRecorder):
    """Writes events, tracking and our own tables in one transaction."""

    def construct_create_table_statements(self) -> list[str]:
        own = [
            statement.format(serial="INTEGER PRIMARY KEY AUTOINCREMENT", blob="BLOB") for statement in statements.TABLES
        ]
        return super().construct_create_table_statements() + own

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        for statement, rows in kwargs.get("before_events", ()):
            c.executemany(statement, rows)
        returning = super()._insert_events(c, stored_events, **kwargs)
        for statement, rows in kwargs.get("changes", ()):
            c.executemany(statement, rows)
        return returning

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """The rows of a reading statement."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, parameters)
            return [dict(row) for row in cursor.fetchall()]


class Factory(SQLiteFactory):
    """eventsourcing's factory, with durable connections and our recorder."""

    process_recorder_class = Recorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        pool = self.datastore.pool
        self.datastore.pool = DurablePool(db_name=pool.db_name, lock_timeout=pool.lock_timeout or 30)
        pool.close()


def is_duplicate_key(error: BaseException) -> bool:
    """Whether a commit failed because a unique key exists already."""
    return isinstance(error.__cause__, sqlite3.IntegrityError)
