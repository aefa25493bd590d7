"""Sealed content: only the holders of a compartment's key can read it. It is bound to its writer and to its id.

Sealed content is a JWE in compact form (`dir`, A256GCM). It is padded, so that its length tells little about it.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Self

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bus.envelope import jwe
from bus.envelope.attributes import MAX_BYTES
from bus.envelope.jwe import KID, NAME, NONCE_BYTES, Header
from bus.errors import SealError

BLOCK: Final = 512
"""Content is padded to a multiple of this many bytes."""

KEY_BYTES: Final = 32
UUID: Final = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
COMPARTMENT: Final = r"[a-z]{1,32}"
_PLACE: Final = re.compile(rf"{UUID}\.{COMPARTMENT}\.{KID}")
_NAME: Final = re.compile(NAME)


@dataclass(frozen=True, slots=True)
class ContentKey:
    """The epoch key of a case's compartment. Raises ValueError when a field does not have its form.

    Attributes:
        case_id: A UUID.
        compartment: `case`, or a class of personal data.
        kid: The id of the key: 16 random bytes in base64url, 22 characters.
        secret: 32 bytes; `repr` does not show them.
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
        # The cipher is part of the key, not in a cache, so that it is freed together with the key.
        object.__setattr__(self, "_cipher", AESGCM(self.secret))

    @classmethod
    def new(cls, case_id: str, compartment: str, random: Callable[[int], bytes] = os.urandom) -> Self:
        """Return a new key for a new epoch. `random(n)`: returns n random bytes."""
        kid = urlsafe_b64encode(random(16)).rstrip(b"=").decode()
        return cls(case_id, compartment, kid, random(KEY_BYTES))

    def offshoot(self, compartment: str, id: str) -> Self:
        """Return the key that follows from this one for another compartment and an id, always the same.

        Its holder cannot find this key from it, or any other offshoot.
        """
        named = orjson.dumps(["stafett offshoot v1", self.case_id, compartment, id])
        secret = hmac.digest(self.secret, named, "sha256")
        kid = hmac.digest(secret, b"stafett key id v1", "sha256")[:16]
        return type(self)(self.case_id, compartment, urlsafe_b64encode(kid).rstrip(b"=").decode(), secret)

    def digest(self, label: str, *texts: str) -> bytes:
        """Return the keyed digest of texts, 32 bytes. Without the key it tells nothing about the texts.

        `label`: the purpose, so that the digests of two purposes never agree.
        """
        return hmac.digest(self.secret, orjson.dumps([label, *texts]), "sha256")


def seal(
    key: ContentKey, content: bytes, *, agency: str, id: str, random: Callable[[int], bytes] = os.urandom
) -> bytes:
    """Seal JSON text under a key. `agency`: the writer. `id`: of the event or record. `random(n)`: n random bytes.

    Raises SealError `malformed` when the agency or the id does not have its form, when the text is empty or ends in
    white space, or when the result has more than MAX_BYTES.
    """
    if content[-1:] <= b" ":
        raise SealError("malformed", "the content is empty or ends in white space")
    if not (_NAME.fullmatch(agency) and _NAME.fullmatch(id)):
        raise SealError("malformed", "not the name of an agency, or not an id")
    protected = jwe.protected(Header(key.kid, agency, id))
    nonce = random(NONCE_BYTES)
    sealed = jwe.compact(protected, nonce, key._cipher.encrypt(nonce, pad(content), protected))
    if len(sealed) > MAX_BYTES:
        raise SealError("malformed", f"more than {MAX_BYTES} bytes once sealed")
    return sealed


def open_sealed(key: ContentKey, sealed: bytes, *, agency: str, id: str) -> bytes:
    """Open content that this agency sealed under this key for this id. Raises SealError for all other content."""
    if _header(sealed) != (key.kid, agency, id):
        raise SealError("wrong-place", "sealed under another key id, by another agency or for another id")
    return _opened(key, sealed)


def open_with(keys: Iterable[ContentKey], sealed: bytes, *, agency: str, id: str) -> tuple[bytes, ContentKey] | None:
    """Try each key with a matching kid. Return the content and the key that opened it, or None when none does.

    Raises SealError `wrong-place` when the header names another agency or id, and the error of the matching key when
    the content is malformed or wrongly padded.
    """
    header, failure = _header(sealed), None
    if (header.agency, header.id) != (agency, id):
        raise SealError("wrong-place", "sealed by another agency or for another id")
    for key in keys:
        if key.kid == header.kid:
            try:
                return _opened(key, sealed), key
            except SealError as error:
                failure = failure if error.reason == "wrong-key" and failure is not None else error
    if failure is not None and failure.reason != "wrong-key":
        raise failure
    return None


def _opened(key: ContentKey, sealed: bytes) -> bytes:
    try:
        protected, nonce, ciphertext = jwe.read(sealed)
    except ValueError:
        raise SealError("malformed", "not a JWE in compact form") from None
    try:
        return unpad(key._cipher.decrypt(nonce, ciphertext, protected))
    except InvalidTag:
        raise SealError("wrong-key", "the key does not open it") from None


def kid_of(sealed: bytes) -> str:
    """Return the id of the key that opens this, read from the header. Raises SealError `malformed`."""
    return _header(sealed).kid


def pad(content: bytes) -> bytes:
    """Fill content up with spaces to a multiple of BLOCK bytes."""
    return content + b" " * (-len(content) % BLOCK)


def unpad(padded: bytes) -> bytes:
    """Return content without its padding. Raises SealError `broken-padding` when `pad` did not pad it."""
    content = padded.rstrip(b" ")
    if len(padded) % BLOCK or content[-1:] <= b" ":
        raise SealError("broken-padding")
    return content


def _header(sealed: bytes) -> Header:
    if len(sealed) > MAX_BYTES:
        raise SealError("malformed", "too large")
    try:
        return jwe.read_header(sealed)
    except ValueError:
        raise SealError("malformed", "the header is not as agreed") from None
