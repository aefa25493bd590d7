"""The tables of webhooks, in the part of SQL that SQLite and PostgreSQL share.

A delivery is a row without content: the feed's entry is opened when it is sent. `number` is the number of its position.
The secrets of signatures are among the content keys, under the webhook's id, wrapped by the vault.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS webhooks (
        webhook_id TEXT PRIMARY KEY, url TEXT NOT NULL, content TEXT NOT NULL, types TEXT NOT NULL,
        state TEXT NOT NULL, position TEXT NOT NULL, secret TEXT NOT NULL, former TEXT NOT NULL,
        former_until DOUBLE PRECISION NOT NULL, created_at DOUBLE PRECISION NOT NULL, delivered BIGINT NOT NULL,
        failures BIGINT NOT NULL, last_success DOUBLE PRECISION, last_failure DOUBLE PRECISION,
        trouble TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS webhook_deliveries (
        webhook_id TEXT NOT NULL, number BIGINT NOT NULL, position TEXT NOT NULL, case_id TEXT NOT NULL,
        name TEXT NOT NULL, forgets BIGINT NOT NULL, dead BIGINT NOT NULL, attempts BIGINT NOT NULL,
        due_at DOUBLE PRECISION NOT NULL, since DOUBLE PRECISION NOT NULL, trouble TEXT NOT NULL,
        PRIMARY KEY (webhook_id, number))""",
    "CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (webhook_id, dead, due_at, number)",
    "CREATE INDEX IF NOT EXISTS webhook_deliveries_case ON webhook_deliveries (webhook_id, case_id, dead, number)",
)
