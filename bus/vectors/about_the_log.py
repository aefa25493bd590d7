"""Examples of logs: a case from its detection to its first help, the directory as it changes, and what is set aside."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import PAYLOAD_TYPE, Envelope, dsse
from bus.envelope.signing import Signer, pre_authentication_encoding
from bus.sealing.sealing_keys import SealingKey
from bus.vectors.world import (
    BEGUN_AT,
    DUTIES,
    MUNICIPALITY,
    NGO,
    POLICE,
    ROOT,
    TAX,
    Example,
    Scribe,
    a_private_key,
    a_seed,
    a_signer,
    admission,
    an_id,
    said,
)
from contracts.chapters.assistance import SupportProvided
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    CapacityAnnounced,
)
from contracts.vocabulary.agencies import COORDINATOR

CASE: Final = an_id("the case of the log")
_SECOND: Final = a_signer(MUNICIPALITY, "the second key of the municipality")


def log() -> Iterator[Example]:
    """Yield the logs."""
    for name, scribe in {
        "a case": a_case(),
        "keys, duties and suspensions count by their place": _changes(),
        "events of the directory without effect": _without_effect(),
        "messages that join no chain": _set_aside(),
    }.items():
        yield Example(name, {"root": ROOT.public.hex(), "messages": scribe.messages})


def founded() -> Scribe:
    """Return a log in which the invented agencies are admitted."""
    scribe = Scribe()
    for agency in (COORDINATOR, NGO, MUNICIPALITY, TAX):
        scribe.write(ROOT, admission(agency, scribe.now))
    return scribe


def a_case() -> Scribe:
    """Return a log with one case: detected, referred with consent, accepted, and helped."""
    scribe, ngo, municipality = founded(), a_signer(NGO), a_signer(MUNICIPALITY)

    def at() -> str:
        return scribe.now.isoformat()

    scribe.write(ngo, said(VictimDetected, occurred_at=at(), note="Came in by herself, tired and hungry."), CASE)
    scribe.write(ngo, said(ConsentGiven, occurred_at=at()), CASE)
    respond_by = (scribe.now + timedelta(days=2)).isoformat()
    offer = scribe.write(ngo, said(CaseReferred, occurred_at=at(), respond_by=respond_by), CASE)
    accepted = said(ReferralAccepted, occurred_at=at(), offer_id=offer.event_id, note="We have a bed from tonight.")
    scribe.write(municipality, accepted, CASE)
    helped = said(SupportProvided, occurred_at=at(), plan_id=None, starts_on="2026-12-01", ends_on="2026-12-05")
    scribe.write(municipality, helped, CASE)
    return scribe


def _rotated(scribe: Scribe, **changes: Any) -> AgencyKeyRotated:
    event: AgencyKeyRotated = said(
        AgencyKeyRotated,
        **{
            "occurred_at": scribe.now.isoformat(),
            "agency": MUNICIPALITY,
            "key_id": _SECOND.key_id,
            "public_key": base64.b64encode(_SECOND.public).decode(),
            "replaces": a_signer(MUNICIPALITY).key_id,
            "sealing_key": base64.b64encode(SealingKey(a_seed("the second")).public).decode(),
            "valid_from": scribe.now.isoformat(),
            **changes,
        },
    )
    return event


def _detected(scribe: Scribe, signer: Signer) -> Envelope:
    """Append the first event of a case of its own, whatever becomes of it."""
    case_id = an_id(f"a case at {len(scribe.messages)}")
    envelope = scribe.place(signer, scribe.draft(signer, said(VictimDetected), case_id))
    scribe.put(envelope)
    return envelope


def _changes() -> Scribe:
    scribe = founded()
    _detected(scribe, _SECOND)  # the key is not known yet
    scribe.write(ROOT, _rotated(scribe))
    _detected(scribe, a_signer(MUNICIPALITY))  # the key was replaced
    _detected(scribe, _SECOND)
    duties = {"agency": TAX, "duties": ["ReferralAccepted"]}
    scribe.write(ROOT, said(AgencyDutiesChanged, **duties))
    _detected(scribe, a_signer(TAX))
    suspension = {"occurred_at": scribe.now.isoformat(), "agency": NGO, "suspended_from": BEGUN_AT.isoformat()}
    _detected(scribe, a_signer(NGO))
    scribe.write(ROOT, said(AgencySuspended, **suspension))
    _detected(scribe, a_signer(NGO))
    return scribe


def _without_effect() -> Scribe:
    scribe = founded()
    for event in (
        admission(TAX),
        _with_the_key_of(NGO),
        _rotated(scribe, replaces=a_signer(TAX).key_id),
        said(AgencyDutiesChanged, agency=POLICE, duties=sorted(DUTIES[TAX])),
    ):
        scribe.write(ROOT, event)
    odd = scribe.draft(ROOT, said(AgencyDutiesChanged, agency=TAX, duties=["VictimDetected"]), data=b'{"agency":"tax"}')
    _append(scribe, ROOT, odd)
    late = datetime(2201, 1, 1, tzinfo=UTC)
    fewer = said(AgencyDutiesChanged, agency=NGO, duties=["VictimDetected"])
    _append(scribe, ROOT, scribe.draft(ROOT, fewer, recorded_at=late))
    scribe.write(ROOT, said(AgencyDutiesChanged, agency=TAX, duties=["VictimDetected"]))
    return scribe


def _with_the_key_of(agency: str) -> AgencyAdmitted:
    signer = a_signer(agency)
    changes: dict[str, Any] = {"key_id": signer.key_id, "public_key": base64.b64encode(signer.public).decode()}
    return admission(POLICE, **changes)


def _append(scribe: Scribe, signer: Signer, draft: Any, **forged: Any) -> Envelope:
    envelope = scribe.place(signer, draft, **forged)
    scribe.heads[draft.case_id] = (envelope.version, envelope.hash)
    scribe.put(envelope)
    return envelope


def _set_aside() -> Scribe:
    scribe, ngo, tax = a_case(), a_signer(NGO), a_signer(TAX)
    last = scribe.envelopes[-1]
    scribe.put(last)  # again
    helped = said(SupportProvided, plan_id=None)
    later = scribe.draft(ngo, helped, CASE)
    scribe.put(scribe.place(ngo, later, version=last.version + 2))
    scribe.put(scribe.place(ngo, later, previous="f" * 64))
    scribe.put(scribe.place(tax, scribe.draft(tax, helped, CASE)))
    scribe.put(scribe.place(Signer(NGO, a_private_key("a stranger")), later))
    scribe.put(scribe.place(Signer(NGO, a_private_key(TAX)), later))
    scribe.put(_forged(scribe.place(ngo, later)))
    honest = scribe.place(ngo, later)
    scribe.put(honest, data=honest.data.decode()[:-1] + "A")
    scribe.put(honest, subject=honest.subject.replace("SupportProvided", "ConsentGiven"))
    scribe.put(honest, headers={"ce-id": honest.event_id})
    scribe.put(scribe.place(ngo, scribe.draft(ngo, said(VictimDetected), DIRECTORY_ID)))
    capacity = said(CapacityAnnounced, municipality=None)
    scribe.put(scribe.place(ngo, scribe.draft(ngo, capacity, an_id("no directory"))))
    coordinator = a_signer(COORDINATOR)
    scribe.put(scribe.place(coordinator, scribe.draft(coordinator, admission(TAX))))
    scribe.put(scribe.place(ROOT, scribe.draft(ROOT, said(VictimDetected), an_id("a case of the root"))))
    scribe.write(ngo, helped, CASE)
    scribe.write(ngo, capacity)
    return scribe


def _forged(envelope: Envelope) -> Envelope:
    """Return the envelope with the right digest and key id, and another's signature."""
    material = bytes.fromhex(envelope.hash)
    signature = a_signer(TAX).sign(pre_authentication_encoding(PAYLOAD_TYPE, material))
    headers = {**envelope.headers, "ce-dssematerial": dsse(material, envelope.key_id, signature)}
    return Envelope(
        headers, envelope.data, envelope.version, envelope.recorded_at, envelope.hash, envelope.key_id, signature
    )
