"""The store on PostgreSQL: eventsourcing's process recorder with our tables beside, all in one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresFactory, PostgresProcessRecorder
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL

from bus.store import statements


@cache
def _translated(statement: str) -> SQL:
    return SQL(re.sub(r":(\w+)", r"%(\1)s", statement))


class Recorder(PostgresProcessRecorder):
    """Writes events, tracking and our own tables in one transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sql_create_statements += [
            SQL("{ddl}").format(
                ddl=SQL(statement.format(serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", blob="BYTEA"))
            )
            for statement in statements.TABLES
        ]

    def _insert_events(self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        for statement, rows in kwargs.get("before_events", ()):
            curs.executemany(_translated(statement), rows)
        super()._insert_events(curs, stored_events, **kwargs)
        for statement, rows in kwargs.get("changes", ()):
            curs.executemany(_translated(statement), rows)

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """The rows of a reading statement."""
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(_translated(statement), parameters)
            return [dict(row) for row in cursor.fetchall()]


class Factory(PostgresFactory):
    """eventsourcing's factory with our recorder."""

    process_recorder_class = Recorder


def is_duplicate_key(error: BaseException) -> bool:
    """Whether a commit failed because a unique key exists already."""
    return isinstance(error.__cause__, psycopg.errors.UniqueViolation) or isinstance(
        error, psycopg.errors.UniqueViolation
    )
