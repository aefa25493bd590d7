"""The stored form of an event: short, because much of an event can be computed from the rest, and exact to the byte.

`packed` leaves out the parts that `unpacked` can build again. If that would not restore the event exactly, it is kept
word for word. A checksum shows damage. The first byte names the form; all forms of earlier releases stay readable.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from struct import Struct
from struct import error as StructError
from typing import TYPE_CHECKING, Final
from zlib import crc32

import orjson

from bus.envelope import jwe
from bus.envelope.attributes import CONTENT_TYPE, SEALED_TYPE, SECTIONS_TYPE, SIGNED, TRACE, dsse

if TYPE_CHECKING:
    from bus.envelope.envelope import Envelope

_JSON: Final = b"{"
"""Headers and data as JSON without a checksum, as the first release kept every event."""
_WORD_FOR_WORD: Final = b"\x01"
_SHORT: Final = b"\x02"

_CHECKSUM: Final = Struct(">I")
_FACTS: Final = Struct(">BIq64s144sH")
"""The fields of the short form, in order:

flags for data and trace; version; microseconds since 1970; signature; the hexadecimal attributes as bytes (ids of
event, case, correlation and causation, previous hash, key id, signed digest); the length of the names that follow
(type, source, ruleset).
"""
_TRACED: Final = 1
_SEALED: Final = 2
_JWE: Final = 4
_SECTIONS: Final = 8
_LENGTH: Final = Struct(">I")

_TYPES: Final = "se.nrm."
_SCHEMAS: Final = "urn:x-stafett:schema:"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TRACE: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE_BYTES: Final = 26
_KID_BYTES: Final = 16


def packed(envelope: Envelope) -> bytes:
    """Return the stored form of an event."""
    short = _short(envelope)
    form = _WORD_FOR_WORD + in_words(envelope.headers, envelope.data) if short is None else short
    return form + _CHECKSUM.pack(crc32(form))


def in_words(headers: Mapping[str, str], data: bytes) -> bytes:
    """Return headers and data as one line of JSON; `unpacked` reads it too."""
    return orjson.dumps({"headers": dict(headers), "data": data.decode()})


def unpacked(stored: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the data of a stored form. Raises ValueError when the bytes are damaged or unknown."""
    if stored[:1] == _JSON:
        return _read_json(stored)
    form = stored[: -_CHECKSUM.size]
    if stored[-_CHECKSUM.size :] != _CHECKSUM.pack(crc32(form)):
        raise ValueError("damaged")
    if form[:1] == _WORD_FOR_WORD:
        return _read_json(form[1:])
    if form[:1] != _SHORT:
        raise ValueError("in a form of a later release")
    try:
        return _read_short(form[1:])
    except (StructError, OverflowError) as error:
        raise ValueError("not an event in its short form") from error


def _read_json(text: bytes) -> tuple[dict[str, str], bytes]:
    try:
        content = orjson.loads(text)
        headers, data = content["headers"], content["data"].encode()
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the headers and data of an event") from error
    if not (isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())):
        raise ValueError("not the headers of an event")
    return headers, data


def _short(envelope: Envelope) -> bytes | None:
    """Return the short form, or None when it would not restore the event exactly."""
    try:
        form = _written_short(envelope)
        return _SHORT + form if _read_short(form) == (envelope.headers, envelope.data) else None
    except (ValueError, StructError):
        return None


def _written_short(envelope: Envelope) -> bytes:
    headers = envelope.headers
    names = "\n".join((envelope.type.removeprefix(_TYPES), envelope.agency, envelope.ruleset)).encode()
    content = _shortened(envelope) if envelope.sealed else None
    ids = f"{envelope.event_id}{envelope.case_id}{envelope.correlation_id}{envelope.causation_id}".replace("-", "")
    facts = _FACTS.pack(
        (TRACE in headers and _TRACED)
        | (envelope.sealed and _SEALED)
        | (envelope.in_sections and _SECTIONS)
        | (content is not None and _JWE),
        envelope.version,
        (envelope.recorded_at - _EPOCH) // _MICROSECOND,
        envelope.signature,
        bytes.fromhex(f"{ids}{envelope.previous}{envelope.key_id}{envelope.hash}"),
        len(names),
    )
    trace = _of_trace(headers[TRACE]) if TRACE in headers else b""
    return b"".join((facts, names, trace, envelope.data if content is None else content))


def _read_short(form: bytes) -> tuple[dict[str, str], bytes]:
    kept, version, moment, signature, numbers, length = _FACTS.unpack_from(form)
    start = _FACTS.size + length
    name, source, ruleset = form[_FACTS.size : start].decode().split("\n")
    digits = numbers.hex()
    event_id, case_id, correlation, causation = [_as_uuid(digits[at : at + 32]) for at in (0, 32, 64, 96)]
    recorded = (_EPOCH + moment * _MICROSECOND).isoformat(timespec="microseconds")[:26]
    headers = {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-source": source,
        "ce-type": _TYPES + name,
        "ce-subject": case_id,
        "ce-time": f"{recorded[:19]}Z",
        "ce-datacontenttype": _content_type(kept),
        "ce-dataschema": _SCHEMAS + name,
        "ce-caseversion": str(version),
        "ce-previous": digits[128:192],
        "ce-ruleset": ruleset,
        "ce-recordedat": f"{recorded}Z",
        "ce-correlationid": correlation,
        "ce-causationid": causation,
        "ce-signedextattrs": SIGNED,
        "ce-dssematerial": dsse(numbers[112:], digits[192:224], signature),
    }
    if kept & _TRACED:
        headers[TRACE], start = _as_trace(form[start : start + _TRACE_BYTES]), start + _TRACE_BYTES
    data = form[start:]
    if not kept & _JWE:
        return headers, data
    if not kept & _SECTIONS:
        return headers, _with_header(data, source, event_id)
    core = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    sections = (data[_LENGTH.size : core], data[core:])
    return headers, b"\n".join(_with_header(each, source, event_id) for each in sections if each)


def _content_type(kept: int) -> str:
    if kept & _SECTIONS:
        return SECTIONS_TYPE
    return SEALED_TYPE if kept & _SEALED else CONTENT_TYPE


def _shortened(envelope: Envelope) -> bytes | None:
    """Return the sealed data without its headers; of sections, the length of the core comes first."""
    if not envelope.in_sections:
        return _without_header(envelope.data)
    if envelope.previews:
        return None
    core, details = envelope.sections
    short = _without_header(core), b"" if details is None else _without_header(details)
    return None if short[0] is None or short[1] is None else _LENGTH.pack(len(short[0])) + short[0] + short[1]


def _without_header(data: bytes) -> bytes | None:
    """Return the key id, nonce, ciphertext and tag of sealed content; None when it is not a JWE."""
    try:
        nonce, sealed = jwe.parts(data)
        return b"".join((urlsafe_b64decode(jwe.kid_as_we_write_it(data) + b"=="), nonce, sealed))
    except ValueError:
        return None


def _with_header(content: bytes, agency: str, event_id: str) -> bytes:
    kid = urlsafe_b64encode(content[:_KID_BYTES])[:-2].decode()
    nonce, sealed = content[_KID_BYTES : _KID_BYTES + jwe.NONCE_BYTES], content[_KID_BYTES + jwe.NONCE_BYTES :]
    return jwe.compact(jwe.protected(jwe.Header(kid, agency, event_id)), nonce, sealed)


def _as_uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _of_trace(text: str) -> bytes:
    if _TRACE.fullmatch(text) is None:
        raise ValueError("not a trace as W3C writes it")
    return bytes.fromhex(text.replace("-", ""))


def _as_trace(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:2]}-{digits[2:34]}-{digits[34:50]}-{digits[50:]}"
