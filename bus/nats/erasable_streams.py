"""The streams from which a message can be deleted: KEYS with the grants of keys, and PERSONAL with personal records.

A subject holds one message. Nobody can overwrite it, because that would erase it; only the national coordinator can
delete it, and a granter asks it to (`Closing`). The brokers then overwrite its bytes on their disks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from bus.envelope.envelope import MESSAGE_BYTES
from contracts.vocabulary.agencies import COORDINATOR

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


_CLOSING: Final = re.compile(
    r"key\.([0-9a-f-]{36})\.([a-z]{1,32})\.([a-z][a-z0-9-]{1,62})\.coordinator\.([a-z][a-z0-9-]{1,62})\.closed-(\d{1,9})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Closing:
    """A request to the national coordinator that the granter's own grants to an agency are deleted.

    It lies in KEYS like a grant to the coordinator, and everything it says stands in its subject. So the coordinator
    finds it when it follows the grants to itself, and the broker sees to it that only the granter puts it there.

    Attributes:
        case_id: The case.
        compartment: The compartment that is closed to the recipient.
        recipient: The agency that may no longer read it.
        granter: The agency that asks, and whose grants are meant.
        since: The version of the event that closed it, or of a later one. Grants from then on are not meant.
    """

    case_id: str
    compartment: str
    recipient: str
    granter: str
    since: int

    @property
    def subject(self) -> str:
        """The subject of the request."""
        return (
            f"key.{self.case_id}.{self.compartment}.{self.recipient}.{COORDINATOR}.{self.granter}.closed-{self.since}"
        )

    @property
    def grants(self) -> str:
        """The filter for the granter's grants to the recipient."""
        return f"key.{self.case_id}.{self.compartment}.*.{self.recipient}.{self.granter}.*"

    @classmethod
    def of(cls, subject: str) -> Self | None:
        """Return the request with this subject; None when the subject is of no request."""
        said = _CLOSING.fullmatch(subject)
        return None if said is None else cls(said[1], said[2], said[3], said[4], int(said[5]))


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
