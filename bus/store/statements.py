"""The SQL of the tables beside eventsourcing's, in the part of the language that SQLite and PostgreSQL share.

Parameters are written `:name`; the PostgreSQL recorder rewrites them to its own form.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS heads (
        case_id TEXT PRIMARY KEY, version BIGINT NOT NULL, hash TEXT NOT NULL, sequence BIGINT NOT NULL,
        log_version BIGINT NOT NULL, listed BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS heads_listed ON heads (listed, sequence)",
    """CREATE TABLE IF NOT EXISTS outbox (
        position {serial}, event_id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL, draft {blob} NOT NULL,
        idempotency_key TEXT UNIQUE, request_digest TEXT, status TEXT NOT NULL, version BIGINT, sequence BIGINT,
        reason TEXT)""",
    "CREATE INDEX IF NOT EXISTS outbox_open ON outbox (position) WHERE status <> 'delivered'",
    """CREATE TABLE IF NOT EXISTS quarantine (
        incarnation BIGINT NOT NULL, sequence BIGINT NOT NULL, case_id TEXT NOT NULL, event_id TEXT NOT NULL,
        agency TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (incarnation, sequence))""",
    """CREATE TABLE IF NOT EXISTS tasks (
        task_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, sealed {blob} NOT NULL, done BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS content_keys (
        case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL, granter TEXT NOT NULL,
        blob {blob} NOT NULL, PRIMARY KEY (case_id, compartment, kid, granter))""",
    "CREATE TABLE IF NOT EXISTS opened (case_id TEXT PRIMARY KEY, times BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS grants_due (
        case_id TEXT NOT NULL, compartment TEXT NOT NULL, recipient TEXT NOT NULL,
        PRIMARY KEY (case_id, compartment, recipient))""",
    """CREATE TABLE IF NOT EXISTS dismissals (
        event_id TEXT PRIMARY KEY, reason TEXT NOT NULL, dismissed_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS given (
        case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL, recipient TEXT NOT NULL,
        PRIMARY KEY (case_id, compartment, kid, recipient))""",
    """CREATE TABLE IF NOT EXISTS erased (
        case_id TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (case_id, event_id))""",
    """CREATE INDEX IF NOT EXISTS stored_events_erasures ON stored_events (originator_id)
        WHERE topic = 'se.nrm.ErasureRequested.v1'""",
    """CREATE TABLE IF NOT EXISTS positions (
        stream TEXT PRIMARY KEY, incarnation BIGINT NOT NULL, sequence BIGINT NOT NULL, digest TEXT NOT NULL)""",
)

PUT_HEAD: Final = """INSERT INTO heads (case_id, version, hash, sequence, log_version, listed)
    VALUES (:case_id, :version, :hash, :sequence, :log_version, :listed)
    ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, hash = excluded.hash,
    sequence = excluded.sequence, log_version = excluded.log_version, listed = excluded.listed"""

FORGET_TAIL: Final = "DELETE FROM stored_events WHERE originator_id = :case_id AND originator_version > :version"

FORGET_LOG_PLACES: Final = "UPDATE heads SET sequence = 0, log_version = 0"

SUBMIT: Final = """INSERT INTO outbox
    (event_id, case_id, draft, idempotency_key, request_digest, status, version, sequence, reason)
    VALUES (:event_id, :case_id, :draft, :idempotency_key, :request_digest, :status, :version, :sequence, :reason)"""

SETTLE: Final = """UPDATE outbox SET status = :status, version = :version, sequence = :sequence, reason = :reason
    WHERE event_id = :event_id"""

WITHDRAW: Final = "DELETE FROM outbox WHERE event_id = :event_id"

DISMISS: Final = "UPDATE outbox SET status = 'dismissed' WHERE event_id = :event_id"

PUT_DISMISSAL: Final = """INSERT INTO dismissals (event_id, reason, dismissed_at)
    VALUES (:event_id, :reason, :dismissed_at) ON CONFLICT DO NOTHING"""

QUARANTINE: Final = """INSERT INTO quarantine (incarnation, sequence, case_id, event_id, agency, reason, detail)
    VALUES (:incarnation, :sequence, :case_id, :event_id, :agency, :reason, :detail) ON CONFLICT DO NOTHING"""

PUT_TASK: Final = """INSERT INTO tasks (task_id, case_id, sealed, done)
    VALUES (:task_id, :case_id, :sealed, :done)
    ON CONFLICT (task_id) DO UPDATE SET done = excluded.done WHERE excluded.done = 1"""

PUT_KEY: Final = """INSERT INTO content_keys (case_id, compartment, kid, granter, blob)
    VALUES (:case_id, :compartment, :kid, :granter, :blob)
    ON CONFLICT (case_id, compartment, kid, granter) DO UPDATE SET blob = excluded.blob"""

DESTROY_KEYS: Final = "DELETE FROM content_keys WHERE case_id = :case_id AND compartment = :compartment"

WITHDRAW_KEYS: Final = """DELETE FROM content_keys
    WHERE case_id = :case_id AND compartment = :compartment AND granter <> :agency"""

PUT_OPENED: Final = """INSERT INTO opened (case_id, times) VALUES (:case_id, 1)
    ON CONFLICT (case_id) DO UPDATE SET times = opened.times + 1"""

FORGET_OPENED: Final = "DELETE FROM opened WHERE case_id = :case_id AND times = :times"

PUT_GRANT_DUE: Final = """INSERT INTO grants_due (case_id, compartment, recipient)
    VALUES (:case_id, :compartment, :recipient) ON CONFLICT DO NOTHING"""

FORGET_GRANT_DUE: Final = """DELETE FROM grants_due
    WHERE case_id = :case_id AND compartment = :compartment AND recipient = :recipient"""

PUT_GIVEN: Final = """INSERT INTO given (case_id, compartment, kid, recipient)
    VALUES (:case_id, :compartment, :kid, :recipient) ON CONFLICT DO NOTHING"""

ERASE: Final = (
    "DELETE FROM content_keys WHERE case_id = :case_id",
    "DELETE FROM given WHERE case_id = :case_id",
    "DELETE FROM grants_due WHERE case_id = :case_id",
    "DELETE FROM opened WHERE case_id = :case_id",
    "DELETE FROM tasks WHERE case_id = :case_id",
    "DELETE FROM outbox WHERE case_id = :case_id AND status <> 'delivered'",
)
"""What is left of a case when it is erased here: its sealed chain, its head, and receipts without content."""

PUT_ERASED: Final = "INSERT INTO erased (case_id, event_id) VALUES (:case_id, :event_id) ON CONFLICT DO NOTHING"

PUT_POSITION: Final = """INSERT INTO positions (stream, incarnation, sequence, digest)
    VALUES ('CASES', :incarnation, :sequence, :digest)
    ON CONFLICT (stream) DO UPDATE SET incarnation = excluded.incarnation, sequence = excluded.sequence,
    digest = excluded.digest"""

PROBE: Final = """INSERT INTO positions (stream, incarnation, sequence, digest) VALUES ('PROBE', 1, 1, '')
    ON CONFLICT (stream) DO UPDATE SET sequence = positions.sequence + 1"""

_OUTBOX_COLUMNS: Final = "event_id, case_id, draft, idempotency_key, request_digest, status, version, sequence, reason"

POSITION: Final = "SELECT incarnation, sequence, digest FROM positions WHERE stream = 'CASES'"
HEAD: Final = "SELECT case_id, version, hash, sequence, log_version, listed FROM heads WHERE case_id = :case_id"
KNOWN_AT_ONCE: Final = 50
_ASKED: Final = ", ".join(f":case_{n}" for n in range(KNOWN_AT_ONCE))
KNOWN: Final = f"SELECT case_id FROM heads WHERE case_id IN ({_ASKED})"  # noqa: S608 - names of parameters
LISTED: Final = """SELECT case_id FROM heads WHERE listed = 1 ORDER BY sequence DESC, case_id
    LIMIT :limit OFFSET :offset"""
COUNT_LISTED: Final = "SELECT COUNT(*) AS n FROM heads WHERE listed = 1"
_KEY_COLUMNS: Final = "case_id, compartment, kid, granter, blob"
KEYS_OF: Final = f"SELECT {_KEY_COLUMNS} FROM content_keys WHERE case_id IN ({_ASKED}) ORDER BY kid, granter"  # noqa: S608 - names of parameters
ALL_KEYS: Final = f"SELECT {_KEY_COLUMNS} FROM content_keys"  # noqa: S608 - constant columns
WITH_ERASURES: Final = "SELECT DISTINCT originator_id FROM stored_events WHERE topic = 'se.nrm.ErasureRequested.v1'"
ERASED: Final = "SELECT event_id FROM erased WHERE case_id = :case_id"
GIVEN: Final = """SELECT recipient FROM given
    WHERE case_id = :case_id AND compartment = :compartment AND kid = :kid"""
OPENED: Final = "SELECT case_id, times FROM opened ORDER BY case_id"
OPENED_OF: Final = "SELECT times FROM opened WHERE case_id = :case_id"
GRANTS_DUE: Final = "SELECT case_id, compartment, recipient FROM grants_due ORDER BY case_id, compartment, recipient"
_A_CASE: Final = "version > 0 AND case_id <> '00000000-0000-0000-0000-000000000000'"  # which is the directory
COUNT_CASES: Final = f"SELECT COUNT(*) AS n FROM heads WHERE {_A_CASE}"  # noqa: S608 - constant
ALL_CASES: Final = f"SELECT case_id FROM heads WHERE {_A_CASE} ORDER BY case_id"  # noqa: S608 - constant
CASES_AFTER: Final = f"""SELECT case_id FROM heads WHERE {_A_CASE} AND case_id > :after
    ORDER BY case_id LIMIT :limit"""  # noqa: S608 - constant
LISTED_AFTER: Final = """SELECT case_id FROM heads WHERE listed = 1 AND case_id > :after
    ORDER BY case_id LIMIT :limit"""
SET_ASIDE: Final = """SELECT event_id FROM quarantine WHERE case_id = :case_id
    AND reason IN ('refused', 'unreadable', 'wrong-ruleset', 'failed')"""
TO_RESEED: Final = "SELECT case_id, version, log_version FROM heads WHERE log_version < version"
OUTBOX_OPEN: Final = f"""SELECT {_OUTBOX_COLUMNS} FROM outbox
    WHERE status <> 'delivered' AND status <> 'dismissed' ORDER BY position"""  # noqa: S608 - constant columns
OUTBOX_ROW: Final = f"SELECT {_OUTBOX_COLUMNS} FROM outbox WHERE event_id = :event_id"  # noqa: S608 - constant columns
OUTBOX_BY_KEY: Final = f"SELECT {_OUTBOX_COLUMNS} FROM outbox WHERE idempotency_key = :key"  # noqa: S608 - constant columns
DISMISSED: Final = """SELECT event_id, reason, dismissed_at FROM dismissals
    ORDER BY dismissed_at DESC, event_id LIMIT :limit OFFSET :offset"""
DISMISSAL: Final = "SELECT event_id, reason, dismissed_at FROM dismissals WHERE event_id = :event_id"
COUNT_DISMISSED: Final = "SELECT COUNT(*) AS n FROM dismissals"
QUARANTINED: Final = """SELECT incarnation, sequence, case_id, event_id, agency, reason, detail FROM quarantine
    ORDER BY incarnation DESC, sequence DESC LIMIT :limit OFFSET :offset"""
COUNT_QUARANTINED: Final = "SELECT COUNT(*) AS n FROM quarantine"
_TASK_COLUMNS: Final = "task_id, case_id, sealed, done"
OPEN_TASKS: Final = f"SELECT {_TASK_COLUMNS} FROM tasks WHERE done = 0 ORDER BY task_id"  # noqa: S608 - constant columns
OPEN_TASKS_OF: Final = f"""SELECT {_TASK_COLUMNS} FROM tasks
    WHERE done = 0 AND case_id = :case_id ORDER BY task_id"""  # noqa: S608 - constant columns
TASK: Final = f"SELECT {_TASK_COLUMNS} FROM tasks WHERE task_id = :task_id"  # noqa: S608 - constant columns
