"""The SQL of webhooks, in the part of the language that SQLite and PostgreSQL share."""

from __future__ import annotations

from typing import Final

_WEBHOOK: Final = """webhook_id, url, content, types, state, position, secret, former, former_until, created_at,
    delivered, failures, last_success, last_failure, trouble"""
_DELIVERY: Final = "webhook_id, number, position, case_id, name, forgets, attempts, due_at, since, trouble"
_OF_ONE: Final = "WHERE webhook_id = :webhook_id"

CREATE: Final = f"""INSERT INTO webhooks ({_WEBHOOK}) VALUES (:webhook_id, :url, :content, :types, :state, :position,
    :secret, :former, :former_until, :created_at, 0, 0, NULL, NULL, '')"""  # noqa: S608 - constant columns
ALL: Final = f"SELECT {_WEBHOOK} FROM webhooks ORDER BY created_at, webhook_id"  # noqa: S608 - constant columns
ONE: Final = f"SELECT {_WEBHOOK} FROM webhooks {_OF_ONE}"  # noqa: S608 - constant columns
CHANGE: Final = f"""UPDATE webhooks SET url = :url, content = :content, types = :types, state = :state
    {_OF_ONE}"""  # noqa: S608 - constant columns
ROTATE: Final = f"UPDATE webhooks SET secret = :secret, former = :former, former_until = :former_until {_OF_ONE}"  # noqa: S608
FORGET_FORMER: Final = f"UPDATE webhooks SET former = '', former_until = 0 {_OF_ONE} AND former = :former"  # noqa: S608
GONE: Final = f"UPDATE webhooks SET state = 'gone' {_OF_ONE}"  # noqa: S608 - constant columns
DELETE: Final = (
    f"DELETE FROM webhook_deliveries {_OF_ONE}",  # noqa: S608 - constant columns
    f"DELETE FROM webhooks {_OF_ONE}",  # noqa: S608 - constant columns
)
MOVE: Final = f"UPDATE webhooks SET position = :position {_OF_ONE}"  # noqa: S608 - constant columns
ACCEPTED: Final = f"""UPDATE webhooks SET delivered = delivered + 1, failures = 0, last_success = :now, trouble = ''
    {_OF_ONE}"""  # noqa: S608 - constant columns
FAILED: Final = f"UPDATE webhooks SET failures = failures + 1, last_failure = :now, trouble = :trouble {_OF_ONE}"  # noqa: S608

OWE: Final = f"""INSERT INTO webhook_deliveries ({_DELIVERY}, dead)
    SELECT :webhook_id, :number, :position, :case_id, :name, :forgets, 0, :now, :now, '', 0 FROM webhooks {_OF_ONE}
    ON CONFLICT DO NOTHING"""  # noqa: S608 - constant columns
"""A webhook that was deleted meanwhile is owed nothing."""
FORGET: Final = f"""DELETE FROM webhook_deliveries {_OF_ONE} AND case_id = :case_id
    AND number < :number AND forgets = 0"""  # noqa: S608 - constant columns
MANY: Final = f"""SELECT COUNT(*) AS n FROM
    (SELECT 1 FROM webhook_deliveries {_OF_ONE} AND dead = 0 LIMIT :limit) AS pending"""  # noqa: S608
SETTLE: Final = f"DELETE FROM webhook_deliveries {_OF_ONE} AND number = :number AND dead = 0"  # noqa: S608
POSTPONE: Final = f"""UPDATE webhook_deliveries SET attempts = :attempts, due_at = :due_at, trouble = :trouble,
    dead = :dead {_OF_ONE} AND number = :number AND dead = 0"""  # noqa: S608 - constant columns
HURRY: Final = f"UPDATE webhook_deliveries SET due_at = :now {_OF_ONE} AND dead = 0 AND due_at > :now"  # noqa: S608
RENEW: Final = f"UPDATE webhook_deliveries SET due_at = :now, since = :now {_OF_ONE} AND dead = 0"  # noqa: S608
REVIVE: Final = f"""UPDATE webhook_deliveries SET dead = 0, attempts = 0, due_at = :now, since = :now
    {_OF_ONE} AND dead = 1"""  # noqa: S608 - constant columns
REVIVE_ONE: Final = f"{REVIVE} AND number = :number"

DUE: Final = f"""SELECT {_DELIVERY} FROM webhook_deliveries AS due {_OF_ONE} AND dead = 0 AND due_at <= :now
    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS former WHERE former.webhook_id = due.webhook_id
        AND former.case_id = due.case_id AND former.dead = 0 AND former.number < due.number)
    ORDER BY due_at, number LIMIT :limit"""  # noqa: S608 - constant columns
"""The deliveries that are due, each the first pending one of its case."""
DEAD: Final = f"""SELECT {_DELIVERY} FROM webhook_deliveries {_OF_ONE} AND dead = 1
    ORDER BY number LIMIT :limit OFFSET :offset"""  # noqa: S608 - constant columns
DEAD_ONE: Final = f"SELECT {_DELIVERY} FROM webhook_deliveries {_OF_ONE} AND number = :number AND dead = 1"  # noqa: S608
OWED: Final = f"""SELECT {_DELIVERY}, dead FROM webhook_deliveries {_OF_ONE}
    ORDER BY number LIMIT :limit OFFSET :offset"""  # noqa: S608 - constant columns
SKIP: Final = f"DELETE FROM webhook_deliveries {_OF_ONE} AND number = :number AND forgets = 0"  # noqa: S608
FORGET_LATER: Final = f"DELETE FROM webhook_deliveries {_OF_ONE} AND number > :number"  # noqa: S608
ONE_OWED: Final = f"SELECT {_DELIVERY}, dead FROM webhook_deliveries {_OF_ONE} AND number = :number"  # noqa: S608
OWING: Final = """SELECT webhook_id, SUM(1 - dead) AS pending, SUM(dead) AS dead,
    MIN(CASE WHEN dead = 0 THEN since END) AS since, MIN(CASE WHEN dead = 0 THEN due_at END) AS next_at
    FROM webhook_deliveries GROUP BY webhook_id"""
