"""The store on PostgreSQL: eventsourcing's process recorder and our own tables, written in one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eventsourcing.persistence import InterfaceError, OperationalError, Tracking
from eventsourcing.postgres import PostgresFactory, PostgresProcessRecorder
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL

from bus.store import statements
from bus.store.list_tables import TABLES
from bus.store.transaction import Change


@cache
def _translated(statement: str) -> SQL:
    return SQL(re.sub(r":(\w+)", r"%(\1)s", statement))


class Recorder(PostgresProcessRecorder):
    """Commits our statements, among them the inserts of eventsourcing's events, together with its tracking."""

    unreachable = (InterfaceError, OperationalError)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sql_create_statements += [
            SQL("{ddl}").format(
                ddl=SQL(
                    statement.format(
                        serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                        place="BIGINT PRIMARY KEY",
                        blob="BYTEA",
                    )
                )
            )
            for statement in (*statements.TABLES, *TABLES)
        ]

    def _create_table(self, curs: Cursor[DictRow]) -> None:
        curs.execute(SQL("SELECT to_regclass('grants_due') IS NOT NULL AS is_old"))
        row = curs.fetchone()
        super()._create_table(curs)
        curs.execute(
            SQL(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'positions' "
                "AND table_schema = current_schema() AND column_name = 'sequence'"
            )
        )
        if curs.fetchone() is not None:
            curs.execute(_translated(statements.SEQUENCE_IS_TRACKED))
        for statement in statements.UPGRADE_FROM_0_1 if row is not None and row["is_old"] else ():
            curs.execute(_translated(statement))

    def commit(self, changes: Sequence[Change], tracking: Tracking | None, *, durable: bool) -> None:
        """Run these statements in order and commit. If not `durable`, a later commit syncs them to disk."""
        with self.datastore.transaction(commit=True) as cursor:
            if not durable:
                cursor.execute(SQL("SET LOCAL synchronous_commit = off"))
            for statement, rows in changes:
                cursor.executemany(_translated(statement), rows)
            if tracking is not None:
                self._insert_tracking(cursor, tracking)

    def query(self, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """Return the rows that a reading statement finds."""
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(_translated(statement), parameters)
            return [dict(row) for row in cursor.fetchall()]


class Factory(PostgresFactory):
    """eventsourcing's factory with our recorder."""

    process_recorder_class = Recorder
