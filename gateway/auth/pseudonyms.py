"""Pseudonyms: the only trace of a caller that is kept. A person always gets the same; only this agency can make it."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from typing import Final, Self

import orjson

from bus.errors import StoreError
from bus.secret_files import write_private
from gateway.auth.caller import Caller

_FILE: Final = "pseudonyms.key"
_BYTES: Final = 32


class Pseudonyms:
    """Names callers by 16 hexadecimal digits. Without the agency's key, nobody can tell who is meant."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load_or_create(cls, home: Path) -> Self:
        """Use the key in the agency's folder; create it if it is missing. Raises StoreError when others may read it."""
        path = home / _FILE
        try:
            if not path.exists():
                write_private(path, secrets.token_bytes(_BYTES))
        except FileExistsError:
            pass  # another process of the agency was faster
        except OSError:
            raise StoreError(f"{_FILE} cannot be written in the agency's folder; run `stafett provision`") from None
        if path.stat().st_mode & 0o077:
            raise StoreError(f"{_FILE} may be read by others; set its mode to 600")
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise StoreError(f"{_FILE} is not a key of {_BYTES} bytes")
        return cls(key)

    def of(self, caller: Caller) -> str:
        """The pseudonym of a caller. It depends on the token's issuer and subject alone."""
        who = orjson.dumps([caller.issuer, caller.subject])
        return hmac.digest(self._key, who, "sha256").hex()[:16]

    def key_for(self, use: str) -> bytes:
        """A key of 32 bytes for another use, which tells nothing of this one."""
        return hmac.digest(self._key, f"key for {use}".encode(), "sha256")

    def digest(self, content: bytes) -> str:
        """A keyed digest of content that may not be kept itself. Only the holder of the key can test a guess."""
        return hmac.digest(self._key, b"content " + content, "sha256").hex()
