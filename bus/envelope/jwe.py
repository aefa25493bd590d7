"""The form of all sealed content on the bus: a compact JWE (RFC 7516) with `dir` and A256GCM, in canonical spelling.

Its header has exactly five names: `alg`, `enc`, `kid`, `iss` (the writer) and `sub` (the event or record).
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from typing import Final, NamedTuple

import orjson

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

KID: Final = r"[A-Za-z0-9_-]{21}[AQgw]"  # 128 bits in 22 characters of 6 bits: the last four bits are zero
NAME: Final = r"[A-Za-z0-9-]{1,64}"  # the id of an agency, an event or a record

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")

_AGREED: Final = {"alg": "dir", "enc": "A256GCM"}
_NAMES: Final = _AGREED.keys() | {"kid", "iss", "sub"}
_CHARACTERS: Final = 512
_KID_AT: Final = len('{"alg":"dir","enc":"A256GCM","kid":"') * 4 // 3  # the kid begins on a group of four characters
_WRITTEN: Final = re.compile(
    rf'\{{"alg":"dir","enc":"A256GCM","kid":"({KID})","iss":"({NAME})","sub":"({NAME})"\}}'.encode()
)
_VALUES: Final = tuple(map(re.compile, (KID, NAME, NAME)))


class Header(NamedTuple):
    """The values of a header.

    `kid`: the id of the key. `agency`: the agency that sealed the content. `id`: the event or record.
    """

    kid: str
    agency: str
    id: str


def protected(header: Header) -> bytes:
    """Return a header in base64url: the text before the first dot, which the seal authenticates."""
    return _spelled(_text(orjson.dumps({**_AGREED, "kid": header.kid, "iss": header.agency, "sub": header.id})))


def compact(protected: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """Return the compact JWE. `sealed`: the ciphertext and its tag. Its second part is empty: `dir` wraps no key."""
    return _spelled(b".".join((protected, b"", _text(nonce), _text(sealed[:-TAG_BYTES]), _text(sealed[-TAG_BYTES:]))))


def read_header(content: bytes) -> Header:
    """Read the header of sealed content. The five names may stand in any order.

    Raises ValueError when a name or a value is not as agreed, or the spelling is not canonical.
    """
    text = content[: content.index(b".", 0, _CHARACTERS)]
    raw = _raw(text.translate(_TO_STANDARD))
    if _spelled(_text(raw)) != text:
        raise ValueError("not base64url in its only spelling")
    written = _WRITTEN.fullmatch(raw)
    return Header(*map(bytes.decode, written.groups())) if written else _in_another_order(raw)


def _in_another_order(raw: bytes) -> Header:
    said = orjson.loads(raw)
    if not isinstance(said, dict) or orjson.dumps(said) != raw or said.keys() != _NAMES:
        raise ValueError("not the five names, or not in the only spelling")
    header = Header(said["kid"], said["iss"], said["sub"])
    if not (said.items() >= _AGREED.items() and all(map(_has_form, _VALUES, header))):
        raise ValueError("a value is not as agreed")
    return header


def _has_form(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def kid_as_we_write_it(content: bytes) -> bytes:
    """Return the key id, if the header is written as `protected` writes it; otherwise any characters or none."""
    return _raw(content[_KID_AT : _KID_AT + 32].translate(_TO_STANDARD))[:22]


def read(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the protected header, the nonce, and the ciphertext with its tag.

    Raises ValueError when the content is not a JWE in the canonical spelling.
    """
    nonce, sealed = parts(content)
    protected = content[: content.index(b".")]
    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES or compact(protected, nonce, sealed) != content:
        raise ValueError("not a JWE in its only spelling")
    return protected, nonce, sealed


def parts(content: bytes) -> tuple[bytes, bytes]:
    """Return the nonce, and the ciphertext with its tag, of a compact JWE in any spelling.

    Raises ValueError for other content.
    """
    _, _, nonce, ciphertext, tag = content.translate(_TO_STANDARD).split(b".")
    return _raw(nonce), _raw(ciphertext) + _raw(tag)


def _text(raw: bytes) -> bytes:
    """Return base64 without padding, in the standard alphabet; `_spelled` turns several parts to base64url at once."""
    return b2a_base64(raw, newline=False).rstrip(b"=")


def _raw(text: bytes) -> bytes:
    return a2b_base64(text + b"==")  # superfluous padding does no harm


def _spelled(text: bytes) -> bytes:
    return text.translate(_TO_URL)
