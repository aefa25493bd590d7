"""Sealed rows of the store: only the holders of a key can read them. They use AES-GCM without a JWE header.

Content is padded, so that its length tells little about it. A row is bound to its place and opens only there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag

from bus.sealing.content import ContentKey

BLOCK: Final = 64
"""Content is padded to a multiple of this many bytes."""

_NONCE_BYTES: Final = 12
_LABEL: Final = b"stafett row v1/"


def seal_row(key: ContentKey, content: Any, place: str) -> bytes:
    """Seal a JSON value. `place`: where the row is kept, such as `cases/<case id>`."""
    text = orjson.dumps(content)
    nonce = os.urandom(_NONCE_BYTES)
    padded = text + b" " * (-len(text) % BLOCK)
    return nonce + key._cipher.encrypt(nonce, padded, _LABEL + place.encode())


def open_row(keys: Iterable[ContentKey], sealed: bytes, place: str) -> Any:
    """Try each key on a row in this place. Return the JSON value, or None when no key opens it."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for key in keys:
        try:
            return orjson.loads(key._cipher.decrypt(nonce, content, _LABEL + place.encode()))
        except (InvalidTag, ValueError):
            continue  # the key of another epoch, or a false key that somebody granted to us
    return None
