"""An event's attributes: which it has, how they stand in its headers (CloudEvents 1.0 in NATS binary mode), and how the
verifiability extension has an agency sign them (DSSE).
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
"""The largest event, headers and data together."""

MESSAGE_BYTES: Final = MAX_BYTES + 16 * 1024
"""The largest message that a stream takes: an event of the largest size with its headers, its signature among them."""

CONTENT_TYPE: Final = "application/json"
SEALED_TYPE: Final = "application/jose"
"""The content type of data that only the holders of the case's key can read."""

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
"""The one attribute that is not signed, and that an event may lack."""

HEADERS: Final = tuple(sorted({*REQUIRED, TRACE}))
"""The names of an event's headers."""

_NAMED: Final = {name: sha256(name.encode()).digest() for name in SIGNED_EXTENSIONS}


def verification_material(headers: Mapping[str, str], data: bytes) -> bytes:
    """The 32-byte digest that the verifiability extension has an agency sign."""
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
    # Half of the attributes have the same few values in every event: a look-up costs a tenth of the hash.
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
