"""The invented bus of the vectors: its agencies and keys, its clock and its randomness. Each run invents the same."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import CONTENT_TYPE, GENESIS, SECTIONS_TYPE, Draft, Envelope, place
from bus.envelope.signing import Signer
from bus.sealing.content import ContentKey, seal
from bus.sealing.sealing_keys import SealingKey
from contracts.directory.events import AgencyAdmitted
from contracts.event.case_event import CaseEvent
from contracts.event.published_event import PublishedEvent
from contracts.event.sections import sections_of
from contracts.law.in_force import ruleset_in_force
from contracts.vocabulary.agencies import COORDINATOR, kind_named_by
from contracts.vocabulary.parts import Part

BEGUN_AT: Final = datetime(2026, 12, 1, 8, 0, 0, 123456, tzinfo=UTC)

NGO: Final = "ngo-fyren"
MUNICIPALITY: Final = "municipality-0180"
TAX: Final = "tax"
POLICE: Final = "police"

DUTIES: Final = {
    COORDINATOR: ("AgencyAdmitted", "AgencyDutiesChanged", "AgencyKeyRotated", "AgencySuspended", "ConsentExpired"),
    NGO: ("VictimDetected", "ConsentGiven", "CaseReferred", "SupportProvided", "CapacityAnnounced"),
    MUNICIPALITY: ("VictimDetected", "ReferralAccepted", "ReferralDeclined", "NeedsAssessed", "SupportProvided"),
    TAX: ("VictimDetected", "ReferralAccepted"),
    POLICE: ("VictimDetected",),
}
"""The duties of the invented agencies; real ones have more."""


@dataclass(frozen=True)
class Example:
    """An example of a step. `given`: its input. `refused`: the reason's code, or None when it must be taken."""

    name: str
    given: dict[str, Any]
    refused: str | None = None


def random(name: str, count: int) -> bytes:
    """Return bytes that follow from a name."""
    blocks = (sha256(f"{name} {n}".encode()).digest() for n in range(-(-count // 32)))
    return b"".join(blocks)[:count]


def an_id(name: str) -> str:
    """Return the invented id of an event or a case."""
    return str(UUID(bytes=random(name, 16), version=4))


def a_private_key(name: str) -> bytes:
    """Return an invented private signing key, 32 bytes."""
    return random(f"signing key of {name}", 32)


def a_signer(agency: str, name: str = "") -> Signer:
    """Return the invented signer of an agency. `name`: of another key than its first."""
    return Signer(agency, a_private_key(name or agency))


ROOT: Final = a_signer(COORDINATOR, "root")


def a_seed(name: str) -> bytes:
    """Return an invented private sealing key, 32 bytes."""
    return random(f"sealing key of {name}", 32)


def a_key(case_id: str, part: Part, epoch: int = 1) -> ContentKey:
    """Return the invented key of a part of a case."""
    name = f"{part} {epoch} of {case_id}"
    kid = base64.urlsafe_b64encode(random(f"kid {name}", 16)).rstrip(b"=").decode()
    return ContentKey(case_id, part.compartment, kid, random(f"secret {name}", 32))


def said(event: type[PublishedEvent], **changes: Any) -> Any:
    """Return an event's canonical example with some fields changed."""
    return event.model_validate_json(to_json({**event.example, **changes}))


def admission(agency: str, at: datetime = BEGUN_AT, **changes: Any) -> AgencyAdmitted:
    """Return the admission of an invented agency."""
    signer, public = a_signer(agency), SealingKey(a_seed(agency)).public
    entry = {
        "occurred_at": at.isoformat(),
        "agency": agency,
        "kind": kind_named_by(agency),
        "name": f"Invented {agency}",
        "key_id": signer.key_id,
        "public_key": base64.b64encode(signer.public).decode(),
        "sealing_key": base64.b64encode(public).decode(),
        "duties": sorted(DUTIES[agency]),
        "region": None,
    }
    admitted: AgencyAdmitted = said(AgencyAdmitted, **{**entry, **changes})
    return admitted


class Scribe:
    """Writes one log: it places each event in its chain, and a minute passes between two of them.

    `messages`: the log, as the vectors have it. `envelopes`: those that it placed.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.envelopes: list[Envelope] = []
        self.heads: dict[str, tuple[int, str]] = {}

    @property
    def now(self) -> datetime:
        """The time of the next event."""
        return BEGUN_AT + timedelta(minutes=len(self.messages))

    def draft(self, signer: Signer, event: PublishedEvent, case_id: str = DIRECTORY_ID, **changes: Any) -> Draft:
        """Return an event as its agency writes it, sealed in its sections when its type is a sealed one."""
        event_id = changes.pop("event_id", an_id(f"event {len(self.messages) + 1}"))
        data, content_type = event.model_dump_json().encode(), CONTENT_TYPE
        if isinstance(event, CaseEvent) and event.sealed:
            data, content_type = sealed_in_sections(event, case_id, signer.agency, event_id), SECTIONS_TYPE
        known: dict[str, Any] = {
            "event_id": event_id,
            "case_id": case_id,
            "type": event.type_name(),
            "schema_uri": event.schema_uri(),
            "data": data,
            "content_type": content_type,
            "ruleset": ruleset_in_force(event.occurred_on, self.now).id,
            "recorded_at": self.now,
            "correlation_id": event_id,
            "causation_id": event_id,
        }
        return Draft(**{**known, **changes})

    def place(self, signer: Signer, draft: Draft, **forged: Any) -> Envelope:
        """Place a draft at the head of its chain. `forged`: another version, or another previous hash."""
        version, previous = self.heads.get(draft.case_id, (0, GENESIS))
        return place(draft, **{"version": version + 1, "previous": previous, "signer": signer, **forged})

    def write(self, signer: Signer, event: PublishedEvent, case_id: str = DIRECTORY_ID, **changes: Any) -> Envelope:
        """Append an honest event."""
        envelope = self.place(signer, self.draft(signer, event, case_id, **changes))
        self.heads[case_id] = (envelope.version, envelope.hash)
        self.put(envelope)
        return envelope

    def put(self, envelope: Envelope, **changes: Any) -> None:
        """Append a message. `changes`: its subject, headers or data as somebody forged them."""
        self.envelopes.append(envelope)
        message = {"subject": envelope.subject, "headers": dict(envelope.headers), "data": envelope.data.decode()}
        self.messages.append({**message, **changes})


def sealed_in_sections(event: CaseEvent, case_id: str, agency: str, event_id: str) -> bytes:
    """Return an event's data, sealed under the first keys of its case."""
    core, details = sections_of(event)
    data = seal(
        a_key(case_id, Part.CORE), core, agency=agency, id=event_id, random=lambda n: random(f"core of {event_id}", n)
    )
    if details is None:
        return data
    key = a_key(case_id, event.part)
    return (
        data
        + b"\n"
        + seal(key, details, agency=agency, id=event_id, random=lambda n: random(f"details of {event_id}", n))
    )
