"""The streams from which a message can be deleted: KEYS with the grants of keys, and PERSONAL with personal records.

A subject holds one message. Nobody can overwrite it, because that would erase it; only the national coordinator can
delete it. The brokers then overwrite its bytes on their disks.
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
"""The seconds for which a broker remembers the ids in `Nats-Msg-Id`: the smallest value that it allows.

Our own writers do not use that header, and others could fill the broker's memory with it.
"""


def keys_consumer(agency: str) -> str:
    """Return the name of the consumer through which an agency follows the grants to it."""
    return f"keys-{agency}"


def granted_to(agency: str) -> str:
    """Return the filter for the grants to an agency: the only filter that its consumer may have."""
    return f"key.*.*.*.{agency}.>"


def key_subject(place: str, since: int) -> str:
    """Return the subject of a grant. `place`: see `Grant.place`.

    `since`: the version of the last event that may have taken a reader's access away, as the granter saw the case. If
    a reader gets access again, its new grant has another subject, so a late deletion of the former grant does not
    remove the new one.
    """
    return f"{place}.{since}"


def place_of(subject: str) -> str:
    """Return the place that the grant on this subject must name."""
    return subject.rpartition(".")[0]


def since_of(subject: str) -> int:
    """Return the `since` of a grant's subject; 0 if its writer put no number there."""
    since = subject.rpartition(".")[2]
    return int(since) if since.isascii() and since.isdigit() else 0


def personal_subject(case_id: str, data_class: str, record_id: str, writer: str) -> str:
    """Return the subject of a personal record."""
    return f"personal.{case_id}.{data_class}.{record_id}.{writer}"


def subjects_of(case_id: str) -> tuple[tuple[str, str], ...]:
    """Return where a case has erasable messages: (stream, filter of subjects)."""
    return (KEYS, f"key.{case_id}.>"), (PERSONAL, f"personal.{case_id}.>")


def erasable_streams(replicas: int) -> tuple[StreamConfig, StreamConfig]:
    """Return the configurations of KEYS and PERSONAL. `replicas`: on how many brokers each is kept."""
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
        allow_direct=False,  # a broker that lags could still show a deleted message
    )
