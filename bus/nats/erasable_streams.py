"""The streams from which a message can be deleted: KEYS, with the grants of keys, and PERSONAL, with personal records.

A subject holds one message, which stays as it was first written until the national coordinator deletes it: whoever
could write over it could erase it. Deleting overwrites it on the brokers' disks.
"""

from __future__ import annotations

from typing import Final

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from bus.envelope.envelope import MESSAGE_BYTES

KEYS: Final = "KEYS"
KEY_SUBJECTS: Final = "key.*.*.*.*.*.*"
"""`key.<case>.<compartment>.<kid>.<recipient>.<granter>.<since>`; see `key_subject`"""

PERSONAL: Final = "PERSONAL"
PERSONAL_SUBJECTS: Final = "personal.*.*.*.*"
"""`personal.<case>.<data class>.<record id>.<writer>`"""

DUPLICATES_WITHIN: Final = 0.1
"""Seconds for which a broker remembers `Nats-Msg-Id`, the fewest it takes: no writer of ours uses it, and what others
write there would fill its memory.
"""


def keys_consumer(agency: str) -> str:
    """The consumer through which an agency learns what keys it was granted."""
    return f"keys-{agency}"


def granted_to(agency: str) -> str:
    """The subjects of the grants to an agency: the only filter that its consumer may have."""
    return f"key.*.*.*.{agency}.>"


def key_subject(place: str, since: int) -> str:
    """Where a grant lies whose own words name its `place`: what may have been closed to the recipient was so before.

    `since`: the version of the last event that closed anything, as the granter saw the case. So a grant to somebody who
    may read again lies on a subject of its own, and who deletes the former one, late, does not take it away.
    """
    return f"{place}.{since}"


def place_of(subject: str) -> str:
    """The place that a grant on a subject must name."""
    return subject.rpartition(".")[0]


def since_of(subject: str) -> int:
    """The `since` of a grant's subject; 0 where somebody wrote something else than a number there."""
    since = subject.rpartition(".")[2]
    return int(since) if since.isascii() and since.isdigit() else 0


def personal_subject(case_id: str, data_class: str, record_id: str, writer: str) -> str:
    """Where a personal record lies."""
    return f"personal.{case_id}.{data_class}.{record_id}.{writer}"


def subjects_of(case_id: str) -> tuple[tuple[str, str], ...]:
    """Everything deletable of a case: the streams, and the subjects there."""
    return (KEYS, f"key.{case_id}.>"), (PERSONAL, f"personal.{case_id}.>")


def erasable_streams(replicas: int) -> tuple[StreamConfig, StreamConfig]:
    """The configurations of both."""
    return _erasable(KEYS, KEY_SUBJECTS, replicas), _erasable(PERSONAL, PERSONAL_SUBJECTS, replicas)


def _erasable(name: str, subjects: str, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=[subjects],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_msgs_per_subject=1,
        discard_new_per_subject=True,  # a second message on a subject is refused, and does not replace the first
        max_msg_size=MESSAGE_BYTES,
        duplicate_window=DUPLICATES_WITHIN,
        num_replicas=replicas,
        deny_purge=True,
        allow_rollup_hdrs=False,
        allow_direct=False,  # a node that lags could show what is deleted
    )
