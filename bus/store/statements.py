"""The SQL of the tables beside eventsourcing's, in the part of the language that SQLite and PostgreSQL share.

Parameters are written `:name`; the PostgreSQL recorder rewrites them to its own form. The file has over 250 lines
because it is the one list of all SQL.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS heads (
        case_id TEXT PRIMARY KEY, version BIGINT NOT NULL, hash TEXT NOT NULL, sequence BIGINT NOT NULL,
        listed BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS heads_listed ON heads (listed, sequence)",
    "CREATE TABLE IF NOT EXISTS places (sequence {place}, case_id TEXT NOT NULL, version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS former_places (sequence {place}, case_id TEXT NOT NULL, version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS losses (first BIGINT PRIMARY KEY, last BIGINT NOT NULL, filled BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS outbox (
        position {serial}, event_id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL, draft {blob} NOT NULL,
        idempotency_key TEXT UNIQUE, request_digest TEXT, status TEXT NOT NULL, version BIGINT, sequence BIGINT,
        reason TEXT, if_match TEXT)""",
    "CREATE INDEX IF NOT EXISTS outbox_open ON outbox (position) WHERE status <> 'delivered'",
    "CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (case_id) WHERE status = 'pending'",
    """CREATE TABLE IF NOT EXISTS quarantine (
        incarnation BIGINT NOT NULL, sequence BIGINT NOT NULL, case_id TEXT NOT NULL, event_id TEXT NOT NULL,
        agency TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (incarnation, sequence))""",
    "CREATE INDEX IF NOT EXISTS quarantine_case ON quarantine (case_id)",
    """CREATE TABLE IF NOT EXISTS tasks (
        task_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, sealed {blob} NOT NULL, done BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS tasks_open ON tasks (case_id, task_id) WHERE done = 0",
    """CREATE TABLE IF NOT EXISTS content_keys (
        case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL, granter TEXT NOT NULL,
        blob {blob} NOT NULL, PRIMARY KEY (case_id, compartment, kid, granter))""",
    """CREATE TABLE IF NOT EXISTS work (
        kind TEXT NOT NULL, case_id TEXT NOT NULL, detail TEXT NOT NULL, due_at DOUBLE PRECISION NOT NULL,
        attempts BIGINT NOT NULL, revision BIGINT NOT NULL, parked BIGINT NOT NULL, trouble TEXT NOT NULL,
        since DOUBLE PRECISION NOT NULL, PRIMARY KEY (kind, case_id, detail))""",
    "CREATE INDEX IF NOT EXISTS work_due ON work (parked, due_at)",
    "CREATE INDEX IF NOT EXISTS work_next ON work (case_id, kind, parked, due_at, detail)",
    "CREATE TABLE IF NOT EXISTS reacted (case_id TEXT PRIMARY KEY, version BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS dismissals (
        event_id TEXT PRIMARY KEY, reason TEXT NOT NULL, dismissed_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS given (
        case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL, recipient TEXT NOT NULL,
        PRIMARY KEY (case_id, compartment, kid, recipient))""",
    """CREATE TABLE IF NOT EXISTS erased (
        case_id TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (case_id, event_id))""",
    """CREATE TABLE IF NOT EXISTS positions (
        stream TEXT PRIMARY KEY, incarnation BIGINT NOT NULL, digest TEXT NOT NULL,
        fingerprint TEXT NOT NULL, recovering BIGINT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS owner (agency TEXT PRIMARY KEY)",
    """CREATE TABLE IF NOT EXISTS kept_records (
        position {serial}, event_id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL, set_id TEXT NOT NULL,
        ground TEXT NOT NULL, name TEXT NOT NULL, until TEXT NOT NULL, sealed {blob} NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS kept_records_case ON kept_records (case_id)",
    "CREATE INDEX IF NOT EXISTS kept_records_set ON kept_records (set_id)",
    """CREATE TABLE IF NOT EXISTS openings (
        position {serial}, opening_id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL, sealed {blob} NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS openings_case ON openings (case_id, position)",
    """CREATE TABLE IF NOT EXISTS received (
        case_id TEXT NOT NULL, version BIGINT NOT NULL, hash TEXT NOT NULL, received_at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (case_id, version, hash))""",
    """CREATE TABLE IF NOT EXISTS keys_came (
        case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL, granter TEXT NOT NULL,
        came_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (case_id, compartment, kid, granter))""",
)

DIRECTORY: Final = "00000000-0000-0000-0000-000000000000"

# The replica

PUT_EVENT: Final = """INSERT INTO stored_events (originator_id, originator_version, topic, state)
    VALUES (:case_id, :version, :topic, :state)"""

PUT_PLACE: Final = """INSERT INTO places (sequence, case_id, version) VALUES (:sequence, :case_id, :version)
    ON CONFLICT (sequence) DO UPDATE SET case_id = excluded.case_id, version = excluded.version"""

PUT_RECEIVED: Final = """INSERT INTO received (case_id, version, hash, received_at)
    VALUES (:case_id, :version, :hash, :received_at) ON CONFLICT DO NOTHING"""
RECEIVED: Final = """SELECT version, hash, received_at FROM received
    WHERE case_id = :case_id AND version > :after AND version <= :last"""

PUT_HEAD: Final = """INSERT INTO heads (case_id, version, hash, sequence, listed)
    VALUES (:case_id, :version, :hash, :sequence, :listed)
    ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, hash = excluded.hash,
    sequence = excluded.sequence, listed = excluded.listed"""

FORGET_TAIL: Final = "DELETE FROM stored_events WHERE originator_id = :case_id AND originator_version > :version"

FEED_REPLACED: Final = """UPDATE feed_told SET version = :version, replaced = :version
    WHERE case_id = :case_id AND version > :version"""

QUARANTINE: Final = """INSERT INTO quarantine (incarnation, sequence, case_id, event_id, agency, reason, detail)
    VALUES (:incarnation, :sequence, :case_id, :event_id, :agency, :reason, :detail) ON CONFLICT DO NOTHING"""

PUT_POSITION: Final = """INSERT INTO positions (stream, incarnation, digest, fingerprint, recovering)
    VALUES ('CASES', :incarnation, :digest, :fingerprint, :recovering)
    ON CONFLICT (stream) DO UPDATE SET incarnation = excluded.incarnation,
    digest = excluded.digest, fingerprint = excluded.fingerprint, recovering = excluded.recovering"""

PROBE: Final = """INSERT INTO positions (stream, incarnation, digest, fingerprint, recovering)
    VALUES ('PROBE', 1, '', '0', 0) ON CONFLICT (stream) DO UPDATE SET incarnation = positions.incarnation + 1"""

POSITION: Final = "SELECT incarnation, digest, fingerprint, recovering FROM positions WHERE stream = 'CASES'"
HEAD: Final = "SELECT case_id, version, hash, sequence, listed FROM heads WHERE case_id = :case_id"
HEADS: Final = """SELECT case_id, version, hash, sequence, listed FROM heads WHERE case_id > :after
    ORDER BY case_id LIMIT :limit"""
KNOWN_AT_ONCE: Final = 50
_ASKED: Final = ", ".join(f":case_{n}" for n in range(KNOWN_AT_ONCE))
KNOWN: Final = f"SELECT case_id FROM heads WHERE case_id IN ({_ASKED})"  # noqa: S608 - names of parameters

# Recovery

REMEMBER_PLACES: Final = (
    "DELETE FROM former_places",
    "INSERT INTO former_places SELECT sequence, case_id, version FROM places",
)
BEGIN_READING: Final = (
    "DELETE FROM places",
    "DELETE FROM quarantine WHERE reason NOT IN ('refused', 'unreadable', 'wrong-ruleset', 'failed')",
)
END_READING: Final = ("DELETE FROM former_places",)
PUT_LOSS: Final = """INSERT INTO losses (first, last, filled) VALUES (:first, :last, :filled)
    ON CONFLICT (first) DO UPDATE SET last = excluded.last, filled = excluded.filled"""
FORGET_LOSSES: Final = "DELETE FROM losses"
LOSSES: Final = "SELECT first, last, filled FROM losses ORDER BY first"
PLACES: Final = """SELECT sequence, case_id, version FROM places
    WHERE sequence >= :first AND sequence <= :last ORDER BY sequence LIMIT :limit"""
FORMER_PLACES: Final = """SELECT sequence, case_id, version FROM former_places
    WHERE sequence >= :first AND sequence <= :last ORDER BY sequence LIMIT :limit"""
FOLLOWED: Final = "SELECT MAX(sequence) AS sequence FROM former_places"

# The outbox

SUBMIT: Final = """INSERT INTO outbox
    (event_id, case_id, draft, idempotency_key, request_digest, status, version, sequence, reason, if_match)
    VALUES (:event_id, :case_id, :draft, :idempotency_key, :request_digest, :status, :version, :sequence, :reason,
    :if_match)"""

SETTLE: Final = """UPDATE outbox SET status = :status, version = :version, sequence = :sequence, reason = :reason
    WHERE event_id = :event_id"""

WITHDRAW: Final = "DELETE FROM outbox WHERE event_id = :event_id"
DISMISS: Final = "UPDATE outbox SET status = 'dismissed' WHERE event_id = :event_id"
PUT_DISMISSAL: Final = """INSERT INTO dismissals (event_id, reason, dismissed_at)
    VALUES (:event_id, :reason, :dismissed_at) ON CONFLICT DO NOTHING"""

_OUTBOX_COLUMNS: Final = (
    "event_id, case_id, draft, idempotency_key, request_digest, status, version, sequence, reason, if_match"
)
OUTBOX_OPEN: Final = f"""SELECT {_OUTBOX_COLUMNS} FROM outbox
    WHERE status <> 'delivered' AND status <> 'dismissed' ORDER BY position"""  # noqa: S608 - constant columns
OUTBOX_OF: Final = f"""SELECT {_OUTBOX_COLUMNS} FROM outbox WHERE case_id = :case_id
    AND status <> 'delivered' AND status <> 'dismissed' ORDER BY position"""  # noqa: S608 - constant columns
OUTBOX_ROW: Final = f"SELECT {_OUTBOX_COLUMNS} FROM outbox WHERE event_id = :event_id"  # noqa: S608 - constant columns
OUTBOX_BY_KEY: Final = f"SELECT {_OUTBOX_COLUMNS} FROM outbox WHERE idempotency_key = :key"  # noqa: S608 - constant columns
DISMISSED: Final = """SELECT event_id, reason, dismissed_at FROM dismissals
    ORDER BY dismissed_at DESC, event_id LIMIT :limit OFFSET :offset"""
DISMISSAL: Final = "SELECT event_id, reason, dismissed_at FROM dismissals WHERE event_id = :event_id"
DISMISSED_AFTER: Final = """SELECT event_id, reason, dismissed_at FROM dismissals
    WHERE dismissed_at < :after_0 OR (dismissed_at = :after_0 AND event_id > :after_1)
    ORDER BY dismissed_at DESC, event_id LIMIT :limit OFFSET :offset"""
COUNT_DISMISSED: Final = "SELECT COUNT(*) AS n FROM dismissals"

# Obligations

OBLIGE: Final = """INSERT INTO work (kind, case_id, detail, due_at, attempts, revision, parked, trouble, since)
    VALUES (:kind, :case_id, :detail, :due_at, 0, 1, 0, '', :since)
    ON CONFLICT (kind, case_id, detail) DO UPDATE SET due_at = excluded.due_at, attempts = 0,
    revision = work.revision + 1, parked = 0, trouble = '', since = excluded.since"""

FULFIL: Final = """DELETE FROM work
    WHERE kind = :kind AND case_id = :case_id AND detail = :detail AND revision = :revision"""

POSTPONE: Final = """UPDATE work SET due_at = :due_at, attempts = :attempts, parked = :parked, trouble = :trouble
    WHERE kind = :kind AND case_id = :case_id AND detail = :detail AND revision = :revision"""

DELIVERED: Final = """DELETE FROM work WHERE kind = 'deliver' AND case_id = :case_id AND NOT EXISTS
    (SELECT 1 FROM outbox WHERE outbox.case_id = :case_id AND status = 'pending')"""

HURRY: Final = "UPDATE work SET due_at = :now WHERE attempts > 0 AND due_at > :now AND parked = 0"
UNPARK: Final = "UPDATE work SET due_at = :now, attempts = 0, parked = 0 WHERE parked = 1"
HURRY_ALL: Final = "UPDATE work SET due_at = :now, revision = revision + 1, parked = 0 WHERE kind = :kind"
HURRY_KIND: Final = """UPDATE work SET due_at = :now, revision = revision + 1, parked = 0
    WHERE kind = :kind AND case_id = :case_id"""

_WORK_COLUMNS: Final = "kind, case_id, detail, due_at, attempts, revision, parked, trouble, since"
WORK_DUE: Final = f"""SELECT {_WORK_COLUMNS} FROM work WHERE parked = 0 AND due_at <= :now AND detail =
    (SELECT next.detail FROM work AS next WHERE next.case_id = work.case_id AND next.kind = work.kind
        AND next.parked = 0 ORDER BY next.due_at, next.detail LIMIT 1)
    ORDER BY due_at, kind, case_id LIMIT :limit"""  # noqa: S608 - constant columns
MANY_DUE: Final = """SELECT COUNT(*) AS n FROM
    (SELECT 1 FROM work WHERE parked = 0 AND due_at <= :now LIMIT :limit) AS due"""
NEXT_DUE: Final = "SELECT MIN(due_at) AS due_at FROM work WHERE parked = 0 AND due_at > :now"
WORK_OF: Final = "SELECT DISTINCT case_id FROM work WHERE kind = :kind"
WORK_PARKED_OF: Final = """SELECT DISTINCT case_id FROM work WHERE kind = :kind AND parked = 1 AND case_id <> ''
    ORDER BY case_id"""
WORK_PARKED: Final = f"SELECT {_WORK_COLUMNS} FROM work WHERE parked = 1 ORDER BY since LIMIT :limit"  # noqa: S608 - constant columns
WORK_FAILED: Final = f"""SELECT {_WORK_COLUMNS} FROM (SELECT {_WORK_COLUMNS}, ROW_NUMBER() OVER
    (PARTITION BY kind ORDER BY since, case_id, detail) AS place FROM work WHERE attempts > 0 AND since < :before)
    AS failed WHERE place = 1 ORDER BY since"""  # noqa: S608 - constant columns
WORK_UNDONE: Final = f"""SELECT {_WORK_COLUMNS} FROM work WHERE attempts = 0 AND parked = 0 AND due_at < :before
    ORDER BY due_at LIMIT 1"""  # noqa: S608 - constant columns
WORK_SUMMARY: Final = """SELECT kind, COUNT(*) AS n, SUM(parked) AS parked, SUM(attempts) AS attempts,
    MIN(since) AS oldest FROM work WHERE due_at <= :now GROUP BY kind"""
PUT_REACTED: Final = """INSERT INTO reacted (case_id, version) VALUES (:case_id, :version)
    ON CONFLICT (case_id) DO UPDATE SET version = excluded.version"""
REACT_AGAIN: Final = "UPDATE reacted SET version = :version WHERE case_id = :case_id AND version > :version"
REACTED: Final = "SELECT version FROM reacted WHERE case_id = :case_id"

# Keys and tasks

PUT_TASK: Final = """INSERT INTO tasks (task_id, case_id, sealed, done)
    VALUES (:task_id, :case_id, :sealed, :done)
    ON CONFLICT (task_id) DO UPDATE SET done = excluded.done WHERE excluded.done = 1"""

PUT_KEY: Final = """INSERT INTO content_keys (case_id, compartment, kid, granter, blob)
    SELECT :case_id, :compartment, :kid, :granter, :blob
    WHERE NOT EXISTS (SELECT 1 FROM erased WHERE erased.case_id = :case_id)
    ON CONFLICT (case_id, compartment, kid, granter) DO UPDATE SET blob = excluded.blob"""

PUT_KEY_CAME: Final = """INSERT INTO keys_came (case_id, compartment, kid, granter, came_at)
    SELECT :case_id, :compartment, :kid, :granter, :came_at
    WHERE NOT EXISTS (SELECT 1 FROM erased WHERE erased.case_id = :case_id) ON CONFLICT DO NOTHING"""
KEYS_CAME: Final = "SELECT compartment, kid, granter, came_at FROM keys_came WHERE case_id = :case_id"

WRAP_ANEW: Final = """UPDATE content_keys SET blob = :blob
    WHERE case_id = :case_id AND compartment = :compartment AND kid = :kid AND granter = :granter"""

FORGET_KEY: Final = """DELETE FROM content_keys
    WHERE case_id = :case_id AND compartment = :compartment AND kid = :kid AND granter = :granter"""

DESTROY_KEYS: Final = "DELETE FROM content_keys WHERE case_id = :case_id AND compartment = :compartment"

WITHDRAW_KEYS: Final = """DELETE FROM content_keys
    WHERE case_id = :case_id AND compartment = :compartment AND granter <> :agency"""

PUT_GIVEN: Final = """INSERT INTO given (case_id, compartment, kid, recipient)
    VALUES (:case_id, :compartment, :kid, :recipient) ON CONFLICT DO NOTHING"""

ERASE: Final = (
    "DELETE FROM content_keys WHERE case_id = :case_id",
    "DELETE FROM given WHERE case_id = :case_id",
    "DELETE FROM keys_came WHERE case_id = :case_id",
    "DELETE FROM work WHERE case_id = :case_id AND kind NOT IN ('erase', 'put-back', 'repair')",
    "DELETE FROM tasks WHERE case_id = :case_id",
    "DELETE FROM openings WHERE case_id = :case_id",
    "DELETE FROM outbox WHERE case_id = :case_id AND status <> 'delivered'",
)
"""Deletes a case when it is erased here.

Its sealed chain, its head, the receipts of its delivered events, and the obligations that an erasure needs stay.
"""

PUT_ERASED: Final = "INSERT INTO erased (case_id, event_id) VALUES (:case_id, :event_id) ON CONFLICT DO NOTHING"

_KEY_COLUMNS: Final = "case_id, compartment, kid, granter, blob"
KEYS_OF: Final = f"SELECT {_KEY_COLUMNS} FROM content_keys WHERE case_id IN ({_ASKED}) ORDER BY kid, granter"  # noqa: S608 - names of parameters
KEYS_AFTER: Final = f"""SELECT {_KEY_COLUMNS} FROM content_keys WHERE case_id > :after
    ORDER BY case_id LIMIT :limit"""  # noqa: S608 - constant columns
VAULT_KEYS: Final = "SELECT DISTINCT substr(blob, 2, 8) AS id FROM content_keys"
ERASED: Final = "SELECT event_id FROM erased WHERE case_id = :case_id"
GIVEN_IN: Final = "SELECT DISTINCT compartment, recipient FROM given WHERE case_id = :case_id"
GIVEN_KEYS: Final = "SELECT compartment, kid, recipient FROM given WHERE case_id = :case_id"
GIVEN: Final = """SELECT recipient FROM given
    WHERE case_id = :case_id AND compartment = :compartment AND kid = :kid"""
_TASK_COLUMNS: Final = "task_id, case_id, sealed, done"
OPEN_TASKS: Final = f"SELECT {_TASK_COLUMNS} FROM tasks WHERE done = 0 ORDER BY task_id"  # noqa: S608 - constant columns
OPEN_TASKS_AFTER: Final = f"""SELECT {_TASK_COLUMNS} FROM tasks
    WHERE done = 0 AND task_id > :after ORDER BY task_id LIMIT :limit"""  # noqa: S608 - constant columns
OPEN_TASKS_OF: Final = f"""SELECT {_TASK_COLUMNS} FROM tasks
    WHERE done = 0 AND case_id = :case_id ORDER BY task_id"""  # noqa: S608 - constant columns
TASK: Final = f"SELECT {_TASK_COLUMNS} FROM tasks WHERE task_id = :task_id"  # noqa: S608 - constant columns

# Lists

LISTED: Final = """SELECT case_id FROM heads WHERE listed = 1 ORDER BY sequence DESC, case_id
    LIMIT :limit OFFSET :offset"""
COUNT_LISTED: Final = "SELECT COUNT(*) AS n FROM heads WHERE listed = 1"
_A_CASE: Final = f"version > 0 AND case_id <> '{DIRECTORY}'"
COUNT_CASES: Final = f"SELECT COUNT(*) AS n FROM heads WHERE {_A_CASE}"  # noqa: S608 - constant
ALL_CASES: Final = f"SELECT case_id FROM heads WHERE {_A_CASE} ORDER BY case_id"  # noqa: S608 - constant
CASES_AFTER: Final = f"""SELECT case_id FROM heads WHERE {_A_CASE} AND case_id > :after
    ORDER BY case_id LIMIT :limit"""  # noqa: S608 - constant
CASES_THROUGH: Final = f"SELECT COUNT(*) AS n FROM heads WHERE {_A_CASE} AND case_id <= :case_id"  # noqa: S608 - constant
LISTED_THROUGH: Final = "SELECT COUNT(*) AS n FROM heads WHERE listed = 1 AND case_id <= :case_id"
LISTED_AFTER: Final = """SELECT case_id FROM heads WHERE listed = 1 AND case_id > :after
    ORDER BY case_id LIMIT :limit"""
VOID_EVENTS: Final = """SELECT event_id FROM quarantine WHERE case_id = :case_id
    AND reason IN ('refused', 'unreadable', 'wrong-ruleset', 'failed')"""
QUARANTINED: Final = """SELECT incarnation, sequence, case_id, event_id, agency, reason, detail FROM quarantine
    ORDER BY incarnation DESC, sequence DESC LIMIT :limit OFFSET :offset"""
QUARANTINED_AFTER: Final = """SELECT incarnation, sequence, case_id, event_id, agency, reason, detail FROM quarantine
    WHERE (incarnation, sequence) < (:after_0, :after_1)
    ORDER BY incarnation DESC, sequence DESC LIMIT :limit OFFSET :offset"""
COUNT_QUARANTINED: Final = "SELECT COUNT(*) AS n FROM quarantine"
REJECTED_BY: Final = """SELECT agency, COUNT(*) AS n FROM quarantine
    WHERE reason NOT IN ('refused', 'unreadable', 'wrong-ruleset', 'failed') GROUP BY agency"""

PUT_OWNER: Final = "INSERT INTO owner (agency) VALUES (:agency) ON CONFLICT DO NOTHING"
OWNER: Final = "SELECT agency FROM owner"

SEQUENCE_IS_TRACKED: Final = "ALTER TABLE positions DROP COLUMN sequence"
"""For a store that kept the sequence beside eventsourcing's tracking too."""

UPGRADE_FROM_0_1: Final = (
    "ALTER TABLE positions ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '0'",
    "ALTER TABLE positions ADD COLUMN recovering BIGINT NOT NULL DEFAULT 1",
    "ALTER TABLE outbox ADD COLUMN if_match TEXT",
    "ALTER TABLE heads DROP COLUMN log_version",
    """INSERT INTO work (kind, case_id, detail, due_at, attempts, revision, parked, trouble, since)
        SELECT 'grant', case_id, compartment || '/' || recipient, 0, 0, 1, 0, '', 0 FROM grants_due WHERE true
        ON CONFLICT DO NOTHING""",
    """INSERT INTO work (kind, case_id, detail, due_at, attempts, revision, parked, trouble, since)
        SELECT 'react', case_id, '', 0, 0, 1, 0, '', 0 FROM opened WHERE true ON CONFLICT DO NOTHING""",
    """INSERT INTO work (kind, case_id, detail, due_at, attempts, revision, parked, trouble, since)
        SELECT DISTINCT 'deliver', case_id, '', 0, 0, 1, 0, '', 0 FROM outbox WHERE status = 'pending'
        ON CONFLICT DO NOTHING""",
    "DROP TABLE grants_due",
    "DROP TABLE opened",
    "DELETE FROM heads WHERE version = 0",
)
"""Upgrades the store's first form, which lacks the places of events; we learn these when we read the log again."""
