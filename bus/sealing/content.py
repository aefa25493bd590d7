"""Sealing: what only the holders of a compartment's key can read, bound to its writer and to its id.

Sealed content is a JWE in compact form (`dir`, A256GCM), padded so that its length tells little of what is inside.
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


def seal(
    key: ContentKey, content: bytes, *, agency: str, id: str, random: Callable[[int], bytes] = os.urandom
) -> bytes:
    """Seal JSON text under a key, as the agency's, for the event or record with this id; `random(n)` gives n bytes.

    Raises SealError `malformed` for a name or id that is none, for text that ends in white space or is empty, and for
    more than MAX_BYTES once sealed.
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
    """The content that the agency sealed under the key for this id; raises SealError when it is anything else."""
    if _header(sealed) != (key.kid, agency, id):
        raise SealError("wrong-place", "sealed under another key id, by another agency or for another id")
    return _opened(key, sealed)


def open_with(keys: Iterable[ContentKey], sealed: bytes, *, agency: str, id: str) -> tuple[bytes, ContentKey] | None:
    """The same with whichever of some keys opens it, and that key; None when none of its epoch does.

    Raises SealError when it says that it is sealed for somewhere else, which is seen without a key, or when a key of
    its epoch is held and it is not sealed as it should be.
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
    """The id of the key that opens this, read without opening; raises SealError `malformed` when it is not sealed."""
    return _header(sealed).kid


def pad(content: bytes) -> bytes:
    """Fill up with spaces to a multiple of BLOCK bytes."""
    return content + b" " * (-len(content) % BLOCK)


def unpad(padded: bytes) -> bytes:
    """The content without its spaces; raises SealError `broken-padding` when it was not padded so."""
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
