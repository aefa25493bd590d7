"""Makes JWEs that a holder of the key could make, honest or not, without the library that opens them."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def jwe(secret: bytes, header: dict[str, Any] | bytes, plaintext: bytes, iv: bytes | None = None) -> bytes:
    """Plaintext as it is, under any header, in compact form."""
    raw = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    protected, iv = encoded(raw), iv or os.urandom(12)
    sealed = AESGCM(secret).encrypt(iv, plaintext, protected)
    return b".".join((protected, b"", encoded(iv), encoded(sealed[:-16]), encoded(sealed[-16:])))


def encoded(raw: bytes) -> bytes:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=")


def decoded(text: bytes) -> bytes:
    """Bytes from base64url without padding."""
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
