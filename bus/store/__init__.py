"""One agency's durable store: its replica of the log, its outbox and what it needs to resume.

Everything that belongs to one step is committed in one transaction, with the position in the log (exactly once).
SQLite and PostgreSQL behave the same; `PERSISTENCE_MODULE` chooses.
"""

from bus.store.batch import (
    Batch,
    Dismissal,
    DismissalReason,
    Given,
    GrantDue,
    Head,
    OutboxRow,
    OutboxStatus,
    Position,
    Quarantined,
    SealedTask,
    WrappedKey,
)
from bus.store.store import Store, open_store

__all__ = [
    "Batch",
    "Dismissal",
    "DismissalReason",
    "Given",
    "GrantDue",
    "Head",
    "OutboxRow",
    "OutboxStatus",
    "Position",
    "Quarantined",
    "SealedTask",
    "Store",
    "WrappedKey",
    "open_store",
]
