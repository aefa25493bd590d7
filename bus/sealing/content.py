"""Sealing: what only the holders of a compartment's key can read, bound to its writer and to its id.

Sealed content is a JWE in compact form (`dir`, A256GCM), padded so that its length tells little of what is inside.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import OctKey
from joserfc.registry import HeaderParameter

from bus.envelope import MAX_BYTES
from bus.errors import SealError

BLOCK: Final = 512
"""Content is padded to a multiple of this many bytes."""

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_ALGORITHMS: Final = {"alg": "dir", "enc": "A256GCM"}
_NAMES: Final = _ALGORITHMS.keys() | {"kid", "iss", "sub"}
_HEADER_CHARACTERS: Final = 512
UUID: Final = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
COMPARTMENT: Final = r"[a-z]{1,32}"
KID: Final = r"[A-Za-z0-9_-]{21}[AQgw]"  # 22 characters hold 132 bits: the last four are zero
_PLACE: Final = re.compile(rf"{UUID}\.{COMPARTMENT}\.{KID}")
_KID: Final = re.compile(KID)
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")  # of an agency, an event, a record


class _Registry(JWERegistry):
    max_ciphertext_length = MAX_BYTES


_REGISTRY: Final = _Registry(
    {name: HeaderParameter(name, "str", required=True) for name in ("iss", "sub")}, tuple(_ALGORITHMS.values())
)


@dataclass(frozen=True, slots=True)
class ContentKey:
    """The key of one epoch of a case's compartment.

    `case_id`: a UUID. `compartment`: `case`, or a class of personal data. `kid`: 16 random bytes in base64url, 22
    characters. `secret`: 32 bytes, which `repr` does not show. Raises ValueError when one does not have its form.
    """

    case_id: str
    compartment: str
    kid: str
    secret: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if _PLACE.fullmatch(f"{self.case_id}.{self.compartment}.{self.kid}") is None:
            raise ValueError("not a case, a compartment and a key id")
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a secret has {KEY_BYTES} bytes")
        # Kept here and not in a cache: when the key is let go of, so is this.
        object.__setattr__(self, "_cipher", AESGCM(self.secret))

    @classmethod
    def new(cls, case_id: str, compartment: str, random: Callable[[int], bytes] = os.urandom) -> Self:
        """A fresh key for a new epoch; `random(n)` gives n bytes."""
        kid = urlsafe_b64encode(random(16)).rstrip(b"=").decode()
        return cls(case_id, compartment, kid, random(KEY_BYTES))

    def digest(self, label: str, *texts: str) -> bytes:
        """32 bytes that are always the same for these texts, and tell nothing of them to whoever lacks the key.

        `label`: what the digest is for, so that two uses have nothing in common.
        """
        return hmac.digest(self.secret, orjson.dumps([label, *texts]), "sha256")


def seal(key: ContentKey, content: bytes, *, agency: str, id: str) -> bytes:
    """Seal JSON text under a key, as the agency's, for the event or record with this id.

    Raises SealError `malformed` for a name or id that is none, for text that ends in white space or is empty, and for
    more than MAX_BYTES once sealed.
    """
    if content[-1:] <= b" ":
        raise SealError("malformed", "the content is empty or ends in white space")
    if not (_NAME.fullmatch(agency) and _NAME.fullmatch(id)):
        raise SealError("malformed", "not the name of an agency, or not an id")
    header = {**_ALGORITHMS, "kid": key.kid, "iss": agency, "sub": id}
    sealed = encrypt_compact(header, pad(content), OctKey.import_key(key.secret), registry=_REGISTRY).encode()
    if len(sealed) > MAX_BYTES:
        raise SealError("malformed", f"more than {MAX_BYTES} bytes once sealed")
    return sealed


def open_sealed(key: ContentKey, sealed: bytes, *, agency: str, id: str) -> bytes:
    """The content that the agency sealed under the key for this id; raises SealError when it is anything else."""
    return _opened(key, _header(sealed), sealed, agency, id)


def open_with(keys: Iterable[ContentKey], sealed: bytes, *, agency: str, id: str) -> tuple[bytes, ContentKey] | None:
    """The same with whichever of some keys opens it, and that key; None when none of its epoch does.

    Raises SealError when it says that it is sealed for somewhere else, which is seen without a key, or when a key of
    its epoch is held and it is not sealed as it should be.
    """
    header, failure = _header(sealed), None
    if (header["iss"], header["sub"]) != (agency, id):
        raise SealError("wrong-place", "sealed by another agency or for another id")
    for key in keys:
        if key.kid == header["kid"]:
            try:
                return _opened(key, header, sealed, agency, id), key
            except SealError as error:
                failure = failure if error.reason == "wrong-key" and failure is not None else error
    if failure is not None and failure.reason != "wrong-key":
        raise failure
    return None


def _opened(key: ContentKey, header: Mapping[str, str], sealed: bytes, agency: str, id: str) -> bytes:
    # Every replica opens every event of its cases, and the header is read already: the cipher alone takes a sixth of
    # what the library takes to open a JWE.
    if header != {**_ALGORITHMS, "kid": key.kid, "iss": agency, "sub": id}:
        raise SealError("wrong-place", "sealed under another key id, by another agency or for another id")
    protected, *parts = sealed.split(b".")
    try:
        wrapped, nonce, ciphertext, tag = map(_decoded, parts)
        if wrapped or len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES:
            raise ValueError
    except ValueError:
        raise SealError("malformed", "not a JWE in compact form") from None
    try:
        return unpad(key._cipher.decrypt(nonce, ciphertext + tag, protected))
    except InvalidTag:
        raise SealError("wrong-key", "the key does not open it") from None


def _decoded(part: bytes) -> bytes:
    """Base64url in its only spelling; ValueError for any other."""
    decoded = urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    if urlsafe_b64encode(decoded).rstrip(b"=") != part:
        raise ValueError
    return decoded


def kid_of(sealed: bytes) -> str:
    """The id of the key that opens this, read without opening; raises SealError `malformed` when it is not sealed."""
    return _header(sealed)["kid"]


def pad(content: bytes) -> bytes:
    """Fill up with spaces to a multiple of BLOCK bytes."""
    return content + b" " * (-len(content) % BLOCK)


def unpad(padded: bytes) -> bytes:
    """The content without its spaces; raises SealError `broken-padding` when it was not padded so."""
    content = padded.rstrip(b" ")
    if len(padded) % BLOCK or content[-1:] <= b" ":
        raise SealError("broken-padding")
    return content


def _header(sealed: bytes) -> dict[str, str]:
    # Strict before the library sees it: five names, once each, each with text of its form and nothing between them.
    if len(sealed) > MAX_BYTES:
        raise SealError("malformed", "too large")
    try:
        raw = _decoded(sealed[: sealed.index(b".", 0, _HEADER_CHARACTERS)])
        header = orjson.loads(raw)
        if orjson.dumps(header) != raw or header.keys() != _NAMES:
            raise ValueError
        if any(header[name] != value for name, value in _ALGORITHMS.items()):
            raise ValueError
        if not (_KID.fullmatch(header["kid"]) and _NAME.fullmatch(header["iss"]) and _NAME.fullmatch(header["sub"])):
            raise ValueError
    except (ValueError, TypeError, AttributeError):
        raise SealError("malformed", "the header is not as agreed") from None
    known: dict[str, str] = header
    return known
