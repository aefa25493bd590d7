"""The envelope of an event: CloudEvents 1.0 in NATS binary mode, with the DSSE signature of its agency.

The event's *hash* is the verification material of the CloudEvents verifiability extension: the digest that the agency
signed. It covers the exact data bytes and every attribute that carries meaning, so chaining hashes chains the meaning.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

import orjson

from bus.errors import EnvelopeError
from bus.signing import Signer, pre_authentication_encoding

GENESIS: Final = "0" * 64
"""The previous hash of a case's first event."""

MAX_BYTES: Final = 256 * 1024
"""The largest event, headers and data together."""

CONTENT_TYPE: Final = "application/json"
SEALED_TYPE: Final = "application/jose"
"""The content type of data that only the holders of the case's key can read."""

PAYLOAD_TYPE: Final = "https://cloudevents.io/verifiability/dsse/v0.1"
SIGNED_EXTENSIONS: Final = ("caseversion", "previous", "ruleset", "recordedat", "correlationid", "causationid")
_SIGNED: Final = ",".join(SIGNED_EXTENSIONS)
_REQUIRED: Final = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "signedextattrs"}
    | {"dssematerial", *SIGNED_EXTENSIONS}
)
_UNSIGNED: Final = frozenset({"traceparent"})
HEADERS: Final = tuple(f"ce-{name}" for name in sorted(_REQUIRED | _UNSIGNED))
"""The names of an event's headers."""
_TYPE: Final = re.compile(r"se\.nrm\.[A-Za-z]+\.v[1-9][0-9]*")
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event on the bus, as its agency signed it.

    `hash`: SHA-256 in hexadecimal, the verification material. `previous`: the hash of the case's event before, or
    GENESIS. `version`: 1 for a case's first event. `data`: the exact bytes. `headers`: exactly as on the wire.
    """

    event_id: str
    agency: str
    type: str
    case_id: str
    version: int
    previous: str
    ruleset: str
    recorded_at: datetime
    correlation_id: str
    causation_id: str
    data: bytes
    headers: Mapping[str, str]
    hash: str
    key_id: str
    signature: bytes

    @property
    def sealed(self) -> bool:
        """Whether the data is sealed under the case's key."""
        return self.headers["ce-datacontenttype"] == SEALED_TYPE

    @property
    def event_name(self) -> str:
        """The event's name without namespace and version, such as `VictimDetected`."""
        return self.type.split(".")[2]

    @property
    def subject(self) -> str:
        """The NATS subject: `case.<case>.<event>.<agency>`."""
        return f"case.{self.case_id}.{self.event_name}.{self.agency}"

    def signed_bytes(self) -> bytes:
        """What the signature covers, by the DSSE protocol."""
        return pre_authentication_encoding(PAYLOAD_TYPE, bytes.fromhex(self.hash))

    def to_bytes(self) -> bytes:
        """The envelope as received, for the store; `from_bytes` gives it back to the byte."""
        return orjson.dumps({"headers": dict(self.headers), "data": self.data.decode()})

    @classmethod
    def from_bytes(cls, stored: bytes) -> Envelope:
        """An envelope from the store."""
        content = orjson.loads(stored)
        return parse(content["headers"], content["data"].encode())


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has its place in the case's chain; its id stays the same however often it is placed again."""

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
    """Place a draft in its chain and sign it."""
    attributes = {
        "specversion": "1.0",
        "id": draft.event_id,
        "source": signer.agency,
        "type": draft.type,
        "subject": draft.case_id,
        "time": rfc3339(draft.recorded_at, "seconds"),
        "datacontenttype": draft.content_type,
        "dataschema": draft.schema_uri,
        "caseversion": str(version),
        "previous": previous,
        "ruleset": draft.ruleset,
        "recordedat": rfc3339(draft.recorded_at, "microseconds"),
        "correlationid": draft.correlation_id,
        "causationid": draft.causation_id,
        "signedextattrs": _SIGNED,
    }
    material = verification_material(attributes, draft.data)
    signature = signer.sign(pre_authentication_encoding(PAYLOAD_TYPE, material))
    attributes["dssematerial"] = dsse(material, signer.key_id, signature)
    if draft.traceparent is not None:
        attributes["traceparent"] = draft.traceparent
    headers = {f"ce-{name}": value for name, value in attributes.items()}
    return _envelope(
        attributes,
        version,
        draft.recorded_at.astimezone(UTC),
        headers,
        draft.data,
        (material, signer.key_id, signature),
    )


def parse(headers: Mapping[str, str], data: bytes) -> Envelope:
    """Read a message as an envelope and recompute its hash; the signature is not checked here.

    Raises EnvelopeError: `malformed-envelope` or `altered` (the signed digest is not that of the content).
    """
    attributes = {name[3:]: value for name, value in headers.items() if name[:3] == "ce-"}
    names = attributes.keys()
    if not names >= _REQUIRED or names - _REQUIRED - _UNSIGNED:
        wrong = sorted((_REQUIRED - names) | (names - _REQUIRED - _UNSIGNED))
        raise EnvelopeError("malformed-envelope", f"attributes missing or unknown: {ascii(wrong)[1:201]}")
    if (
        attributes["specversion"] != "1.0"
        or attributes["datacontenttype"] not in (CONTENT_TYPE, SEALED_TYPE)
        or attributes["signedextattrs"] != _SIGNED
    ):
        raise EnvelopeError("malformed-envelope", "specversion, datacontenttype or signedextattrs is not as agreed")
    try:
        data.decode()
        together = "".join(attributes.values())
        if not (together.isascii() and together.isprintable()):
            raise ValueError  # stores and header parsers differ in what else they take
        version = int(attributes["caseversion"])
        recorded_at = datetime.fromisoformat(attributes["recordedat"])
        if recorded_at.utcoffset() != timedelta() or version < 1 or str(version) != attributes["caseversion"]:
            raise ValueError
        signed = read_dsse(attributes["dssematerial"])
        if not (_UUID.fullmatch(attributes["id"]) and _UUID.fullmatch(attributes["subject"])):
            raise ValueError
        if _TYPE.fullmatch(attributes["type"]) is None:
            raise ValueError
    except (ValueError, UnicodeError):
        raise EnvelopeError("malformed-envelope", "an attribute does not have its form") from None
    if verification_material(attributes, data) != signed[0]:
        raise EnvelopeError("altered", "the signed digest is not that of the content")
    return _envelope(attributes, version, recorded_at, headers, data, signed)


def _envelope(
    attributes: Mapping[str, str],
    version: int,
    recorded_at: datetime,
    headers: Mapping[str, str],
    data: bytes,
    signed: tuple[bytes, str, bytes],
) -> Envelope:
    material, key_id, signature = signed
    return Envelope(
        event_id=attributes["id"],
        agency=attributes["source"],
        type=attributes["type"],
        case_id=attributes["subject"],
        version=version,
        previous=attributes["previous"],
        ruleset=attributes["ruleset"],
        recorded_at=recorded_at,
        correlation_id=attributes["correlationid"],
        causation_id=attributes["causationid"],
        data=data,
        headers=headers,
        hash=material.hex(),
        key_id=key_id,
        signature=signature,
    )


_CONTEXT: Final = ("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time")
_FEW_VALUES: Final = frozenset(
    {"source", "specversion", "type", "datacontenttype", "dataschema", "caseversion", "ruleset"}
)
_NAMES: Final = {name: sha256(name.encode()).digest() for name in SIGNED_EXTENSIONS}


def verification_material(attributes: Mapping[str, str], data: bytes) -> bytes:
    """The 32-byte digest that the verifiability extension has an agency sign."""
    digests = [_digest(name, attributes[name]) for name in _CONTEXT]
    digests.append(sha256(data).digest())
    for name, digest in _NAMES.items():
        digests += (digest, _digest(name, attributes[name]))
    return sha256(b"".join(digests)).digest()


def _digest(name: str, value: str) -> bytes:
    return _remembered_digest(value) if name in _FEW_VALUES else sha256(value.encode()).digest()


@lru_cache(1024)
def _remembered_digest(value: str) -> bytes:
    # Half of the attributes have the same few values in every event: a look-up costs a sixth of the hash.
    return sha256(value.encode()).digest()


def dsse(material: bytes, key_id: str, signature: bytes) -> str:
    """The DSSE JSON envelope, base64-encoded as the extension asks."""
    return base64.b64encode(
        orjson.dumps(
            {
                "payload": base64.b64encode(material).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
            }
        )
    ).decode()


def read_dsse(encoded: str) -> tuple[bytes, str, bytes]:
    """The material, key id and signature of a DSSE envelope with one signature; ValueError when it is not one."""
    try:
        content = orjson.loads(base64.b64decode(encoded, validate=True))
        (signature,) = content["signatures"]
        material = base64.b64decode(content["payload"], validate=True)
        if content["payloadType"] != PAYLOAD_TYPE or len(material) != 32 or not isinstance(signature["keyid"], str):
            raise ValueError("not the verifiability payload")
        return material, signature["keyid"], base64.b64decode(signature["sig"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("not a DSSE envelope") from error


def rfc3339(moment: datetime, precision: str) -> str:
    """A UTC timestamp in RFC 3339 with `Z`."""
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
