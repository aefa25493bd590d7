"""One agency's durable store: its replica of the log, its outbox, its keys, tasks and obligations, and its checkpoint.

All rows of one step are committed in one transaction together with the position in the log, so each message takes
effect exactly once. SQLite and PostgreSQL behave the same; `PERSISTENCE_MODULE` chooses.
"""

from bus.store.rows import (
    Dismissal,
    DismissalReason,
    Due,
    Head,
    IssuedGrant,
    Kind,
    Obligation,
    OutboxRow,
    OutboxStatus,
    Owed,
    Position,
    QuarantineEntry,
    SealedTask,
    WrappedKey,
)
from bus.store.store import Place, Store, open_store
from bus.store.transaction import Change, Transaction

__all__ = [
    "Change",
    "Dismissal",
    "DismissalReason",
    "Due",
    "Head",
    "IssuedGrant",
    "Kind",
    "Obligation",
    "OutboxRow",
    "OutboxStatus",
    "Owed",
    "Place",
    "Position",
    "QuarantineEntry",
    "SealedTask",
    "Store",
    "Transaction",
    "WrappedKey",
    "open_store",
]
