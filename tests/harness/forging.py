"""Envelopes as an honest agency makes them, and as a dishonest one would."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from bus.directory.directory import DIRECTORY_ID, Directory
from bus.envelope.envelope import (
    GENESIS,
    PAYLOAD_TYPE,
    SEALED_TYPE,
    SECTIONS_TYPE,
    Draft,
    Envelope,
    dsse,
    place,
    verification_material,
)
from bus.envelope.signing import Signer, pre_authentication_encoding
from bus.sealing.content import ContentKey, seal
from bus.sealing.keyring import CASE
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import AgencyAdmitted
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.event.published_event import PublishedEvent
from contracts.law.in_force import ruleset_in_force
from contracts.vocabulary.agencies import COORDINATOR, kind_named_by
from contracts.vocabulary.parts import Part
from harness.keys import sealing_key_of

RECORDED_AT = datetime(2026, 3, 4, 9, 31, 0, 123456, tzinfo=UTC)


def a_signer(agency: str) -> Signer:
    """A fresh key in an agency's name."""
    return Signer(agency, os.urandom(32))


def key_for(case_id: str) -> ContentKey:
    """The key of a forged case: always the same for the same case."""
    return ContentKey.new(case_id, CASE, lambda count: sha256(case_id.encode()).digest()[:count])


def sealed(
    signer: Signer,
    event: PublishedEvent | None = None,
    *,
    key: ContentKey | None = None,
    case_id: str | None = None,
    version: int = 1,
    previous: str = GENESIS,
    **draft: Any,
) -> Envelope:
    """An event, a detection unless told otherwise, sealed by the signer; `draft`: other values for the Draft.

    What is sealed by its type is sealed under `key`, or the forged case's; other `data` too.
    """
    event = event or VictimDetected.canonical()
    event_id = str(uuid4())
    case_id = case_id or str(uuid4())
    content = draft.pop("data", event.model_dump_json().encode())
    if event.sealed and "content_type" not in draft:
        place_of = {"agency": signer.agency, "id": draft.get("event_id", event_id)}
        if isinstance(event, CaseEvent):
            content = in_sections(key or key_for(case_id), event, content, **place_of)
            draft["content_type"] = SECTIONS_TYPE
        else:
            content, draft["content_type"] = seal(key or key_for(case_id), content, **place_of), SEALED_TYPE
    known: dict[str, Any] = {
        "event_id": event_id,
        "case_id": case_id,
        "type": event.type_name(),
        "schema_uri": event.schema_uri(),
        "data": content,
        "ruleset": ruleset_in_force(event.occurred_on, draft.get("recorded_at", RECORDED_AT)).id,
        "recorded_at": RECORDED_AT,
        "correlation_id": event_id,
        "causation_id": event_id,
    }
    return place(Draft(**(known | draft)), version=version, previous=previous, signer=signer)


def part_key(key: ContentKey, part: Part) -> ContentKey:
    """The same key for another part of its case."""
    return ContentKey(key.case_id, part.compartment, key.kid, key.secret)


def keys_for(case_id: str) -> tuple[ContentKey, ...]:
    """The forged case's keys of all its parts."""
    return tuple(part_key(key_for(case_id), part) for part in Part)


def in_sections(key: ContentKey, event: CaseEvent, content: bytes, *, agency: str, id: str) -> bytes:
    """JSON content of an event, sealed in its two sections; what is no JSON object is all core."""
    try:
        said = json.loads(content)
        details = {name: said.pop(name) for name in event.details if name in said}
    except (ValueError, AttributeError, RecursionError):
        return seal(key, content, agency=agency, id=id)
    core = seal(key, json.dumps(said).encode(), agency=agency, id=id)
    if not any(value not in (None, [], False) for value in details.values()):
        return core
    return core + b"\n" + seal(part_key(key, event.part), json.dumps(details).encode(), agency=agency, id=id)


ROOT: Final = a_signer(COORDINATOR)


def a_directory(*signers: Signer, duties: Iterable[str] = EVENTS) -> Directory:
    """A directory that knows these signers' keys and lets each issue these events; its root is `ROOT`."""
    directory, last = Directory.trusting(ROOT.public), None
    for signer in signers:
        admission = admitted(signer, duties=duties)
        place: dict[str, Any] = {"case_id": DIRECTORY_ID} if last is None else after(last)
        envelope = sealed(ROOT, admission, **place)
        directory, aside = directory.after(envelope)
        assert aside is None
        last = envelope
    return directory


def admitted(signer: Signer, duties: Iterable[str] = EVENTS) -> AgencyAdmitted:
    """The admission of an agency with its signer's key."""
    kind = kind_named_by(signer.agency)
    assert kind is not None
    return AgencyAdmitted(
        occurred_at=RECORDED_AT,
        agency=signer.agency,
        kind=kind,
        name=signer.agency,
        key_id=signer.key_id,
        public_key=base64.b64encode(signer.public).decode(),
        sealing_key=sealing_key_of(signer.agency),
        duties=tuple(duties),
    )


def after(envelope: Envelope) -> dict[str, Any]:
    """The place in the chain just after an envelope."""
    return {"case_id": envelope.case_id, "version": envelope.version + 1, "previous": envelope.hash}


def signed_anew(headers: Mapping[str, str], data: bytes, signer: Signer) -> dict[str, str]:
    """The headers with a signature that fits what they say, however untrue that is."""
    material = verification_material(headers, data)
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, material))
    return {**headers, "ce-dssematerial": dsse(material, signer.key_id, signature)}


def another(value: str) -> str:
    """The value with one character changed."""
    return ("1" if value[:1] == "0" else "0") + value[1:]
