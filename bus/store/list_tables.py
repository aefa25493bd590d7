"""The tables of the read models, in the part of SQL that SQLite and PostgreSQL share.

A row holds a sealed summary. Beside it stand only tokens (`IndexKey`) and values that every replica can read from the
envelopes anyway. `place` is the place of the case's last event in the log: incarnation, then sequence. Every table but
those of the feed can be dropped and rebuilt.
"""

from __future__ import annotations

from typing import Final

from bus.store import webhook_tables

SCHEMA: Final = "6"
"""The version of the tables, of their sealed content, and of the deadlines that a case can have. If it differs from the
store's, the service rebuilds all lists and sets all clocks when it starts.
"""

TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS read_models (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS case_list (
        case_id TEXT PRIMARY KEY, place BIGINT NOT NULL, version BIGINT NOT NULL, updated BIGINT NOT NULL,
        status BIGINT NOT NULL, role BIGINT NOT NULL, region BIGINT NOT NULL, municipality BIGINT NOT NULL,
        identification BIGINT NOT NULL, age_band BIGINT NOT NULL, sealed {blob})""",
    """CREATE INDEX IF NOT EXISTS case_list_latest ON case_list
        (place, case_id, status, role, region, municipality, identification, age_band, updated)""",
    "CREATE INDEX IF NOT EXISTS case_list_municipality ON case_list (municipality, place, case_id)",
    """CREATE TABLE IF NOT EXISTS case_list_counts (
        status BIGINT NOT NULL, role BIGINT NOT NULL, region BIGINT NOT NULL, municipality BIGINT NOT NULL,
        identification BIGINT NOT NULL, age_band BIGINT NOT NULL, n BIGINT NOT NULL,
        PRIMARY KEY (status, role, region, municipality, identification, age_band))""",
    """CREATE TABLE IF NOT EXISTS offer_list (
        case_id TEXT NOT NULL, number BIGINT NOT NULL, due BIGINT NOT NULL, sealed {blob} NOT NULL,
        PRIMARY KEY (case_id, number))""",
    "CREATE INDEX IF NOT EXISTS offer_list_due ON offer_list (due, case_id, number)",
    """CREATE TABLE IF NOT EXISTS deadline_list (
        case_id TEXT NOT NULL, subject TEXT NOT NULL, number BIGINT NOT NULL, due BIGINT NOT NULL,
        sealed {blob} NOT NULL, PRIMARY KEY (case_id, subject, number))""",
    "CREATE INDEX IF NOT EXISTS deadline_list_due ON deadline_list (due, case_id, subject, number)",
    "CREATE TABLE IF NOT EXISTS task_list (task_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, due BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS task_list_due ON task_list (due, task_id)",
    "CREATE INDEX IF NOT EXISTS task_list_case ON task_list (case_id)",
    """CREATE TABLE IF NOT EXISTS due_dates (
        list TEXT NOT NULL, due BIGINT NOT NULL, label {blob} NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (list, due))""",
    "CREATE INDEX IF NOT EXISTS due_dates_over ON due_dates (list) WHERE n <= 0",
    "CREATE INDEX IF NOT EXISTS outbox_attention ON outbox (position) WHERE status = 'attention'",
    """CREATE TABLE IF NOT EXISTS case_tallies (
        case_id TEXT NOT NULL, opened_in BIGINT NOT NULL, month BIGINT NOT NULL, token BIGINT NOT NULL,
        n BIGINT NOT NULL, PRIMARY KEY (case_id, month, token))""",
    """CREATE TABLE IF NOT EXISTS tallies (
        opened_in BIGINT NOT NULL, month BIGINT NOT NULL, token BIGINT NOT NULL, n BIGINT NOT NULL,
        PRIMARY KEY (opened_in, month, token))""",
    """CREATE TABLE IF NOT EXISTS feed (
        position {serial}, case_id TEXT NOT NULL, version BIGINT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL,
        token TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS feed_session ON feed (token, position)",
    """CREATE TABLE IF NOT EXISTS feed_told (
        case_id TEXT PRIMARY KEY, version BIGINT NOT NULL, parts TEXT NOT NULL, replaced BIGINT)""",
    *webhook_tables.TABLES,
)

CONTENT: Final = (
    "case_list",
    "case_list_counts",
    "offer_list",
    "deadline_list",
    "task_list",
    "due_dates",
    "case_tallies",
    "tallies",
)
"""The tables that a rebuild empties first. The feed is not among them: its positions are with those who read it."""

PUT_STATE: Final = """INSERT INTO read_models (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
FORGET_STATE: Final = "DELETE FROM read_models WHERE name = :name"
STATE: Final = "SELECT name, value FROM read_models"
