"""An event's attributes, their form as headers (CloudEvents 1.0 in NATS binary mode), and the digest of them that an
agency signs (DSSE, by the CloudEvents verifiability extension).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

import orjson

MAX_BYTES: Final = 256 * 1024
"""The largest number of bytes of an event's data."""

MESSAGE_BYTES: Final = MAX_BYTES + 16 * 1024
"""The largest number of bytes of a message that a stream takes: an event with its headers and its signature."""

CONTENT_TYPE: Final = "application/json"
SEALED_TYPE: Final = "application/jose"
"""The content type of data that only the holders of the case's key can read, from before cases had parts."""

SECTIONS_TYPE: Final = "application/vnd.stafett.sections+jose"
"""The content type of an event in sections, each a JWE: its core, and after a line feed its details, if it has any."""

PAYLOAD_TYPE: Final = "https://cloudevents.io/verifiability/dsse/v0.1"
SIGNED_EXTENSIONS: Final = ("caseversion", "previous", "ruleset", "recordedat", "correlationid", "causationid")
SIGNED: Final = ",".join(SIGNED_EXTENSIONS)
"""The value of `ce-signedextattrs`."""

REQUIRED: Final = frozenset(
    f"ce-{name}"
    for name in (
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"),
        *("signedextattrs", "dssematerial", *SIGNED_EXTENSIONS),
    )
)
TRACE: Final = "ce-traceparent"
"""The only attribute that is optional and that is not signed."""

HEADERS: Final = tuple(sorted({*REQUIRED, TRACE}))
"""The names of an event's headers."""

_NAMED: Final = {name: sha256(name.encode()).digest() for name in SIGNED_EXTENSIONS}


def verification_material(headers: Mapping[str, str], data: bytes) -> bytes:
    """Return the 32-byte digest that an agency signs, by the verifiability extension."""
    return sha256(
        b"".join(
            (
                _digest(headers["ce-id"]),
                _known_digest(headers["ce-source"]),
                _known_digest(headers["ce-specversion"]),
                _known_digest(headers["ce-type"]),
                _known_digest(headers["ce-datacontenttype"]),
                _known_digest(headers["ce-dataschema"]),
                _digest(headers["ce-subject"]),
                _digest(headers["ce-time"]),
                sha256(data).digest(),
                _NAMED["caseversion"],
                _known_digest(headers["ce-caseversion"]),
                _NAMED["previous"],
                _digest(headers["ce-previous"]),
                _NAMED["ruleset"],
                _known_digest(headers["ce-ruleset"]),
                _NAMED["recordedat"],
                _digest(headers["ce-recordedat"]),
                _NAMED["correlationid"],
                _digest(headers["ce-correlationid"]),
                _NAMED["causationid"],
                _digest(headers["ce-causationid"]),
            )
        )
    ).digest()


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


@lru_cache(1024)
def _known_digest(value: str) -> bytes:
    # Half of the attributes have the same few values in every event, and a look-up takes a tenth of the time of a hash.
    return sha256(value.encode()).digest()


def dsse(material: bytes, key_id: str, signature: bytes) -> str:
    """Return the DSSE JSON envelope, base64-encoded as the extension requires."""
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
    """Return the material, key id and signature of a DSSE envelope.

    Raises ValueError when it is no DSSE envelope with exactly one signature, in the spelling of `dsse`: JSON and base64
    have others, on which libraries differ.
    """
    try:
        content = orjson.loads(base64.b64decode(encoded, validate=True))
        (signature,) = content["signatures"]
        material = base64.b64decode(content["payload"], validate=True)
        if content["payloadType"] != PAYLOAD_TYPE or len(material) != 32 or not isinstance(signature["keyid"], str):
            raise ValueError("not the verifiability payload")
        key_id, signed = signature["keyid"], base64.b64decode(signature["sig"], validate=True)
        if dsse(material, key_id, signed) != encoded:
            raise ValueError("not in its only spelling")
        return material, key_id, signed
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("not a DSSE envelope") from error


def rfc3339(moment: datetime, precision: str) -> str:
    """Return a moment as an RFC 3339 timestamp in UTC with `Z`. `precision`: as in `datetime.isoformat(timespec=)`."""
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
