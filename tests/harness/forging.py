"""Envelopes as an honest agency seals them, and as a dishonest one would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bus.envelope import GENESIS, PAYLOAD_TYPE, Draft, Envelope, dsse, seal, verification_material
from bus.signing import Signer, pre_authentication_encoding
from contracts.case import ruleset_in_force
from contracts.detection import VictimDetected
from contracts.event import CaseEvent

RECORDED_AT = datetime(2026, 3, 4, 9, 31, 0, 123456, tzinfo=UTC)


def a_signer(agency: str) -> Signer:
    """A fresh key in an agency's name."""
    return Signer(agency, Ed25519PrivateKey.generate())


def sealed(
    signer: Signer,
    event: CaseEvent | None = None,
    *,
    case_id: str | None = None,
    version: int = 1,
    previous: str = GENESIS,
    **draft: Any,
) -> Envelope:
    """An event, a detection unless told otherwise, sealed by the signer; `draft`: other values for the Draft."""
    event = event or VictimDetected.canonical()
    event_id = str(uuid4())
    known: dict[str, Any] = {
        "event_id": event_id,
        "case_id": case_id or str(uuid4()),
        "type": event.type_name(),
        "schema_uri": event.schema_uri(),
        "data": event.model_dump_json().encode(),
        "ruleset": ruleset_in_force(event.occurred_on).id,
        "recorded_at": RECORDED_AT,
        "correlation_id": event_id,
        "causation_id": event_id,
    }
    return seal(Draft(**(known | draft)), version=version, previous=previous, signer=signer)


def after(envelope: Envelope) -> dict[str, Any]:
    """The place in the chain just after an envelope."""
    return {"case_id": envelope.case_id, "version": envelope.version + 1, "previous": envelope.hash}


def signed_anew(headers: Mapping[str, str], data: bytes, signer: Signer) -> dict[str, str]:
    """The headers with a signature that fits what they say, however untrue that is."""
    attributes = {name.removeprefix("ce-"): value for name, value in headers.items()}
    material = verification_material(attributes, data)
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, material))
    return {**headers, "ce-dssematerial": dsse(material, signer.key_id, signature)}


def another(value: str) -> str:
    """The value with one character changed."""
    return ("1" if value[:1] == "0" else "0") + value[1:]
