"""The agency's index key. It makes tokens of values, so that rows can be found by a value that they do not show.

Equal values have equal tokens. Without the key a token tells nothing about its value. An attacker who has the store
without its vault sees only which rows have equal values, and how many.
"""

from __future__ import annotations

import hmac
from typing import Final, TypeVar

import orjson

from bus.directory.directory import DIRECTORY_ID
from bus.sealing.content import ContentKey
from bus.sealing.rows import open_row, seal_row

COMPARTMENT: Final = "index"
"""The key's compartment; its case is the directory, in which no erasure can destroy it."""

NOTHING: Final = 0
"""The token of an unknown value: no search finds such a row by its value."""

_KEPT: Final = 50_000
_TOKEN_BYTES: Final = 8


Name = TypeVar("Name")
Value = TypeVar("Value")


class IndexKey:
    """Makes tokens of 64 bits, and seals texts that belong to no single case, such as dates."""

    def __init__(self, key: ContentKey) -> None:
        self.key = key
        self._tokens: dict[tuple[str, ...], int] = {}
        self._labels: dict[bytes, str] = {}

    @classmethod
    def new(cls) -> IndexKey:
        """Return a new key."""
        return cls(ContentKey.new(DIRECTORY_ID, COMPARTMENT))

    def token(self, *value: str) -> int:
        """Return the token of a value: its kind first, then the value itself. The token is never `NOTHING`."""
        token = self._tokens.get(value)
        if token is None:
            digest = hmac.digest(self.key.secret, orjson.dumps(["stafett token v1", *value]), "sha256")
            token = int.from_bytes(digest[:_TOKEN_BYTES], "big", signed=True) or 1
            _keep(self._tokens, value, token)
        return token

    def seal(self, label: str, place: str) -> bytes:
        """Seal a text that several rows share. `place`: as in `seal_row`."""
        return seal_row(self.key, label, place)

    def open(self, sealed: bytes, place: str) -> str | None:
        """Return a sealed text; None when another index key sealed it."""
        label = self._labels.get(sealed)
        if label is None:
            label = open_row((self.key,), sealed, place)
            if label is not None:
                _keep(self._labels, sealed, label)
        return label


def _keep(known: dict[Name, Value], name: Name, value: Value) -> None:
    known[name] = value
    if len(known) > _KEPT:
        del known[next(iter(known))]
