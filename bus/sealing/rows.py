"""Rows of the store that only the holders of a key can read: AES-GCM without the words of a JWE, bound to their place.

Content is padded, so that its length tells little; a row opens nowhere but where it was put.
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
    """Seal what JSON can say, for a place such as `cases/<case id>`."""
    text = orjson.dumps(content)
    nonce = os.urandom(_NONCE_BYTES)
    padded = text + b" " * (-len(text) % BLOCK)
    return nonce + key._cipher.encrypt(nonce, padded, _LABEL + place.encode())


def open_row(keys: Iterable[ContentKey], sealed: bytes, place: str) -> Any:
    """What was sealed for this place under whichever of the keys; None when none of them opens it."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for key in keys:
        try:
            return orjson.loads(key._cipher.decrypt(nonce, content, _LABEL + place.encode()))
        except (InvalidTag, ValueError):
            continue  # another epoch's; or anybody may have granted us a key under its name
    return None
