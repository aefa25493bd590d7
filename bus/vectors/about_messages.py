"""Examples of the steps about one message: its delivery, its envelope, its signature, and its append."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

from bus.envelope.envelope import PAYLOAD_TYPE, dsse, verification_material
from bus.envelope.signing import Signer, pre_authentication_encoding
from bus.envelope.signing_rule import EDGES
from bus.vectors.world import (
    BEGUN_AT,
    MUNICIPALITY,
    NGO,
    TAX,
    Example,
    Scribe,
    a_private_key,
    a_signer,
    an_id,
    random,
    said,
)
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed
from contracts.directory.events import CapacityAnnounced
from contracts.law.in_force import RULESETS

_CASE: Final = an_id("the case of the envelopes")


def delivery() -> Iterator[Example]:
    """Yield deliveries of a consumer, in both forms of a reply subject."""
    source = {"stream": "CASES", "consumer": "replica-ngo-fyren", "after": 40}
    short = [f"$JS.ACK.CASES.replica-ngo-fyren.1.{41 + n}.{1 + n}.1796112000000000000.{9 - n}" for n in range(3)]
    long = [reply.replace("$JS.ACK.", "$JS.ACK._.AB12CD34.") for reply in short]
    other = "$JS.ACK.CASES.replica-tax.1.41.1.1796112000000000000.0"
    yield Example("in turn", {**source, "replies": short})
    yield Example("with a domain and an account in the reply", {**source, "replies": long})
    yield Example("another agency's consumer sends to us", {**source, "replies": [short[0], other, short[1]]})
    yield Example("one was lost on its way", {**source, "replies": [short[0], short[2]]}, "lost-on-the-way")
    gone = short[1].replace(".42.2.", ".43.2.")
    yield Example("the log has lost one", {**source, "replies": [short[0], gone]}, "hole")


def key_id() -> Iterator[Example]:
    """Yield public keys."""
    for agency in (NGO, MUNICIPALITY):
        yield Example(agency, {"public": a_signer(agency).public.hex()})


def signature() -> Iterator[Example]:
    """Yield honest signatures, altered ones, and the edges on which libraries differ."""
    signer, message = a_signer(NGO), b"a message of the vectors"
    honest = {"public": signer.public.hex(), "signature": signer.sign(message).hex(), "message": message.hex()}
    yield Example("honest", honest)
    yield Example("another message", {**honest, "message": b"another message".hex()}, "bad-signature")
    yield Example("another key", {**honest, "public": a_signer(TAX).public.hex()}, "bad-signature")
    yield Example("a signature cut short", {**honest, "signature": honest["signature"][:-2]}, "bad-signature")
    for edge in EDGES:
        given = {"public": edge.public, "signature": edge.signature, "message": edge.message}
        yield Example(edge.name, given, None if edge.good else "bad-signature")


def envelope() -> Iterator[Example]:
    """Yield messages of each content type, and messages whose envelope is refused."""
    scribe, signer = Scribe(), a_signer(NGO)
    sealed = _message(scribe, signer, said(VictimDetected))
    yield Example("sealed in sections", sealed)
    traced = scribe.draft(signer, said(VictimDetected), _CASE, traceparent="00-" + "ab" * 16 + "-" + "cd" * 8 + "-01")
    scribe.put(scribe.place(signer, traced))
    yield Example("with a traceparent, which is not signed", scribe.messages[-1])
    yield Example("in clear", _message(scribe, signer, said(ErasureConfirmed)))
    yield Example("headers of NATS are ignored", _with(sealed, **{"Nats-Msg-Id": "1"}))
    yield from _malformed(sealed, signer)
    yield Example("other data", {**sealed, "data": sealed["data"][:-1] + "A"}, "altered")
    yield Example("another time", _with(sealed, **{"ce-time": "2026-12-01T08:00:01Z"}), "altered")
    yield Example("an attribute changed that is signed", _with(sealed, **{"ce-ruleset": "SE-2016-06"}), "altered")
    other = sealed["subject"].replace("VictimDetected", "ConsentGiven")
    yield Example("the subject of another event", {**sealed, "subject": other}, "wrong-subject")
    yield Example(
        "another agency's subject", {**sealed, "subject": sealed["subject"].replace(NGO, TAX)}, "wrong-subject"
    )


def _malformed(sealed: dict[str, Any], signer: Signer) -> Iterator[Example]:
    wrong = {
        "a header more": {"ce-more": "1"},
        "an upper-case id": {"ce-id": sealed["headers"]["ce-id"].upper()},
        "a version with a zero in front": {"ce-caseversion": "01"},
        "a version of zero": {"ce-caseversion": "0"},
        "a time in another zone": {"ce-recordedat": "2026-12-01T09:00:00.123456+01:00"},
        "a time without decimals": {"ce-recordedat": "2026-12-01T08:00:00Z"},
        "an offset instead of Z": {"ce-recordedat": "2026-12-01T08:00:00.123456+00:00"},
        "a day that does not exist": {"ce-recordedat": "2026-02-30T08:00:00.123456Z"},
        "a leap second": {"ce-recordedat": "2026-12-31T23:59:60.000000Z"},
        "midnight as hour 24": {"ce-recordedat": "2026-12-01T24:00:00.000000Z"},
        "the year zero": {"ce-recordedat": "0000-12-01T08:00:00.000000Z"},
        "a type of somebody else": {"ce-type": "org.example.VictimDetected.v2"},
        "another content type": {"ce-datacontenttype": "application/jose+json"},
        "other attributes signed": {"ce-signedextattrs": "previous,caseversion,ruleset"},
        "a character that is not visible": {"ce-ruleset": "SE-2026-11\u00a0"},
    }
    for name, changes in wrong.items():
        headers = {**sealed["headers"], **changes}
        material = verification_material(headers, sealed["data"].encode())
        signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, material))
        headers["ce-dssematerial"] = dsse(material, signer.key_id, signature)
        yield Example(name, {**sealed, "headers": headers}, "malformed-envelope")
    short = {name: value for name, value in sealed["headers"].items() if name != "ce-previous"}
    yield Example("a header less", {**sealed, "headers": short}, "malformed-envelope")
    material = json.loads(base64.b64decode(sealed["headers"]["ce-dssematerial"]))
    turned = base64.b64encode(json.dumps(dict(reversed(material.items())), separators=(",", ":")).encode()).decode()
    yield Example(
        "the signature's JSON in another order", _with(sealed, **{"ce-dssematerial": turned}), "malformed-envelope"
    )
    two = {**material, "signatures": material["signatures"] * 2}
    other = {**material, "payloadType": "application/vnd.in-toto+json"}
    for name, content in {"two signatures": two, "another payload type": other}.items():
        encoded = base64.b64encode(json.dumps(content).encode()).decode()
        yield Example(name, _with(sealed, **{"ce-dssematerial": encoded}), "malformed-envelope")


def _message(scribe: Scribe, signer: Signer, event: Any) -> dict[str, Any]:
    scribe.put(scribe.place(signer, scribe.draft(signer, event, _CASE)))
    return scribe.messages[-1]


def _with(message: dict[str, Any], **headers: str) -> dict[str, Any]:
    return {**message, "headers": {**message["headers"], **headers}}


def writing() -> Iterator[Example]:
    """Yield events to be placed and signed."""
    scribe, signer = Scribe(), a_signer(NGO)
    for name, event in {
        "sealed in sections": said(VictimDetected),
        "in clear": said(ErasureConfirmed),
        "of the directory": said(CapacityAnnounced, municipality=None),
    }.items():
        draft = scribe.draft(signer, event, _CASE)
        first = name == "sealed in sections"
        yield Example(
            name,
            {
                "agency": NGO,
                "private": a_private_key(NGO).hex(),
                "event_id": draft.event_id,
                "case": draft.case_id,
                "type": draft.type,
                "schema": draft.schema_uri,
                "content_type": draft.content_type,
                "data": draft.data.decode(),
                "ruleset": draft.ruleset,
                "recorded_at": BEGUN_AT.isoformat(),
                "correlation_id": draft.correlation_id,
                "causation_id": draft.causation_id,
                "version": 1 if first else 7,
                "previous": "0" * 64 if first else random("a hash", 32).hex(),
            },
        )


def ruleset() -> Iterator[Example]:
    """Yield days before, at and after each change of the law."""
    recorded = BEGUN_AT.isoformat()
    for law in RULESETS:
        name = f"the first day of {law.id}"
        yield Example(name, {"occurred_on": law.in_force_from.isoformat(), "recorded_at": recorded})
    yield Example("before all", {"occurred_on": "1999-12-31", "recorded_at": recorded})
    newest = RULESETS[-1].in_force_from.isoformat()
    yield Example("recorded before the law was adopted", {"occurred_on": newest, "recorded_at": "2020-01-01T00:00:00Z"})


def outcome() -> Iterator[Example]:
    """Yield answers of the broker to an append."""
    for code in (10071, 10158, 10163, 10164):
        error = {"code": 400, "err_code": code, "description": "wrong last sequence"}
        yield Example(f"conflict {code}", {"answer": json.dumps({"error": error})})
    yield Example("appended", {"answer": '{"stream":"CASES","seq":42}'})
    yield Example("no answer", {"answer": None})
    full = {"error": {"code": 429, "err_code": 10167, "description": "too many requests"}}
    yield Example("dropped unread", {"answer": json.dumps(full)})
    away = {"error": {"code": 503, "err_code": 10008, "description": "jetstream system temporarily unavailable"}}
    yield Example("another error", {"answer": json.dumps(away)})
