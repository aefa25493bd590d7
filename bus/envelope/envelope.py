"""The envelope of an event: CloudEvents 1.0 in NATS binary mode, with the DSSE signature of its agency.

The event's *hash* is the verification material of the CloudEvents verifiability extension: the digest that the agency
signed. It covers the exact data bytes and every attribute with a meaning, so a chain of hashes protects all of them.
The file has over 250 lines because the form of an envelope is written and checked side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bus.envelope.attributes import (
    CONTENT_TYPE,
    HEADERS,
    MAX_BYTES,
    MESSAGE_BYTES,
    PAYLOAD_TYPE,
    REQUIRED,
    SEALED_TYPE,
    SECTIONS_TYPE,
    SIGNED,
    SIGNED_EXTENSIONS,
    TRACE,
    dsse,
    read_dsse,
    rfc3339,
    verification_material,
)
from bus.envelope.signing import Signer, pre_authentication_encoding
from bus.envelope.stored_form import in_words, packed, unpacked
from bus.errors import EnvelopeError

__all__ = [
    "CONTENT_TYPE",
    "GENESIS",
    "HEADERS",
    "MAX_BYTES",
    "MESSAGE_BYTES",
    "PAYLOAD_TYPE",
    "SEALED_TYPE",
    "SECTIONS_TYPE",
    "SIGNED_EXTENSIONS",
    "Draft",
    "Envelope",
    "dsse",
    "parse",
    "place",
    "rfc3339",
    "verification_material",
]

LINE_FEED: Final = b"\n"
"""It stands between the sections of an event, and before each preview; a JWE holds none."""


def split(data: bytes) -> tuple[bytes, bytes | None, tuple[bytes, ...]]:
    """Return the sealed texts in an event's data: its core, its details or None, and its previews.

    Where an event has previews and no details, the second text is empty.
    """
    core, *more = data.split(LINE_FEED)
    details, previews = (more[0] if more else None), tuple(more[1:])
    return core, None if details == b"" and previews else details, previews


GENESIS: Final = "0" * 64
"""The previous hash of a case's first event."""

_WITH_TRACE: Final = REQUIRED | {TRACE}
_IN_ANY_WORDS: Final = tuple(
    f"ce-{name}"
    for name in ("source", "time", "dataschema", "previous", "ruleset", "recordedat", "correlationid", "causationid")
)
"""The attributes whose characters no other check restricts."""
_TYPE: Final = re.compile(r"se\.nrm\.[A-Za-z]+\.v[1-9][0-9]*")
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
"""The only spelling of a moment: libraries differ on the others, and then agencies would keep different chains."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event on the bus, as its agency signed it.

    Attributes:
        headers: Its attributes, exactly as on the wire.
        data: The exact bytes of its data.
        version: Its place in its chain; 1 for a case's first event.
        recorded_at: The time at which its agency recorded it, in UTC.
        hash: The verification material: a SHA-256 in hexadecimal.
        key_id: The id of the signing key that the envelope names.
        signature: The bytes of the signature. `parse` does not verify it.
    """

    headers: Mapping[str, str]
    data: bytes
    version: int
    recorded_at: datetime
    hash: str
    key_id: str
    signature: bytes

    @property
    def event_id(self) -> str:
        """The event's own id, a UUID."""
        return self.headers["ce-id"]

    @property
    def agency(self) -> str:
        """The agency that issued the event."""
        return self.headers["ce-source"]

    @property
    def type(self) -> str:
        """The event's type, such as `se.nrm.VictimDetected.v1`."""
        return self.headers["ce-type"]

    @property
    def case_id(self) -> str:
        """The random id of the case, a UUID."""
        return self.headers["ce-subject"]

    @property
    def previous(self) -> str:
        """The hash of the case's previous event, or GENESIS."""
        return self.headers["ce-previous"]

    @property
    def ruleset(self) -> str:
        """The ruleset by which its agency judged the event."""
        return self.headers["ce-ruleset"]

    @property
    def correlation_id(self) -> str:
        """The id that all events of one request and its reactions share."""
        return self.headers["ce-correlationid"]

    @property
    def causation_id(self) -> str:
        """The id of the event that caused this one, or its own id."""
        return self.headers["ce-causationid"]

    @property
    def sealed(self) -> bool:
        """True if the data is sealed under epoch keys of the case."""
        return self.headers["ce-datacontenttype"] != CONTENT_TYPE

    @property
    def in_sections(self) -> bool:
        """True if the data is sealed in sections, each under the key of its part."""
        return self.headers["ce-datacontenttype"] == SECTIONS_TYPE

    @property
    def sections(self) -> tuple[bytes, bytes | None]:
        """The sealed core, or all of the data of an event that is not in sections; and its sealed details, or None."""
        if not self.in_sections:
            return self.data, None
        core, details, _ = split(self.data)
        return core, details

    @property
    def previews(self) -> tuple[bytes, ...]:
        """The sealed previews for agencies that are only offered the case, after the two sections."""
        return split(self.data)[2] if self.in_sections else ()

    @property
    def event_name(self) -> str:
        """The event's name without namespace and version, such as `VictimDetected`."""
        return self.type.split(".")[2]

    @property
    def subject(self) -> str:
        """The NATS subject: `case.<case>.<event>.<agency>`."""
        return f"case.{self.case_id}.{self.event_name}.{self.agency}"

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature covers, by the DSSE protocol."""
        return pre_authentication_encoding(PAYLOAD_TYPE, bytes.fromhex(self.hash))

    def to_bytes(self) -> bytes:
        """Return the form in which the store keeps the envelope; `from_bytes` restores it byte for byte."""
        return packed(self)

    def to_json(self) -> bytes:
        """Return the envelope as one line of JSON, for a file; `from_bytes` reads it too."""
        return in_words(self.headers, self.data)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Envelope:
        """Read an envelope from the store, in the form of any release.

        Raises EnvelopeError `malformed-envelope` or `altered` when a byte is not as it was written.
        """
        try:
            return parse(*unpacked(stored))
        except ValueError as error:
            raise EnvelopeError("malformed-envelope", f"not a stored event: {error}") from None


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has its place in the case's chain. Its id stays the same each time it is placed again."""

    event_id: str
    case_id: str
    type: str
    schema_uri: str
    data: bytes
    ruleset: str
    recorded_at: datetime
    correlation_id: str
    causation_id: str
    traceparent: str | None = None
    content_type: str = CONTENT_TYPE


def place(draft: Draft, *, version: int, previous: str, signer: Signer) -> Envelope:
    """Place a draft in its chain and sign it. `previous`: the hash of the chain's last event, or GENESIS."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": draft.event_id,
        "ce-source": signer.agency,
        "ce-type": draft.type,
        "ce-subject": draft.case_id,
        "ce-time": rfc3339(draft.recorded_at, "seconds"),
        "ce-datacontenttype": draft.content_type,
        "ce-dataschema": draft.schema_uri,
        "ce-caseversion": str(version),
        "ce-previous": previous,
        "ce-ruleset": draft.ruleset,
        "ce-recordedat": rfc3339(draft.recorded_at, "microseconds"),
        "ce-correlationid": draft.correlation_id,
        "ce-causationid": draft.causation_id,
        "ce-signedextattrs": SIGNED,
    }
    material = verification_material(headers, draft.data)
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, material))
    headers["ce-dssematerial"] = dsse(material, signer.key_id, signature)
    if draft.traceparent is not None:
        headers[TRACE] = draft.traceparent
    recorded_at = draft.recorded_at.astimezone(UTC)
    return Envelope(headers, draft.data, version, recorded_at, material.hex(), signer.key_id, signature)


def parse(headers: Mapping[str, str], data: bytes) -> Envelope:
    """Read an envelope from a message's headers and data, and compare its hash. The signature is not verified here.

    Other headers, such as those of NATS, are ignored. Raises EnvelopeError `malformed-envelope`, or `altered` when the
    signed digest is not that of the content.
    """
    own = {name: value for name, value in headers.items() if name[:3] == "ce-"}
    if own.keys() != REQUIRED and own.keys() != _WITH_TRACE:
        wrong = sorted((REQUIRED - own.keys()) | (own.keys() - _WITH_TRACE))
        raise EnvelopeError("malformed-envelope", f"headers missing or unknown: {ascii(wrong)[1:201]}")
    if (
        own["ce-specversion"] != "1.0"
        or own["ce-datacontenttype"] not in (CONTENT_TYPE, SEALED_TYPE, SECTIONS_TYPE)
        or own["ce-signedextattrs"] != SIGNED
    ):
        raise EnvelopeError("malformed-envelope", "specversion, datacontenttype or signedextattrs is not as agreed")
    try:
        data.decode()
        version, recorded_at = _version(own["ce-caseversion"]), datetime.fromisoformat(own["ce-recordedat"])
        material, key_id, signature = read_dsse(own["ce-dssematerial"])
        words = "".join([own[name] for name in _IN_ANY_WORDS]) + own.get(TRACE, "")
        if not (
            words.isascii()
            and words.isprintable()  # stores and header parsers treat all other characters differently
            and _MOMENT.fullmatch(own["ce-recordedat"])
            and _UUID.fullmatch(own["ce-id"])
            and _UUID.fullmatch(own["ce-subject"])
            and _TYPE.fullmatch(own["ce-type"])
        ):
            raise ValueError
    except ValueError:
        raise EnvelopeError("malformed-envelope", "an attribute does not have its form") from None
    if verification_material(own, data) != material:
        raise EnvelopeError("altered", "the signed digest is not that of the content")
    return Envelope(own, data, version, recorded_at, material.hex(), key_id, signature)


def _version(text: str) -> int:
    version = int(text)
    if version < 1 or str(version) != text:
        raise ValueError
    return version
