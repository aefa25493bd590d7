"""The agency's index key: by it rows are found again by what they say, without saying it.

A token is the same for the same value, and tells nothing of it to whoever lacks the key. Who has the store without its
vault sees only which rows have the same value, and how many.
"""

from __future__ import annotations

import hmac
from typing import Final, TypeVar

import orjson

from bus.directory.directory import DIRECTORY_ID
from bus.sealing.content import ContentKey
from bus.sealing.rows import open_row, seal_row

COMPARTMENT: Final = "index"
"""Beside the directory's id, where nobody can have keys erased."""

NOTHING: Final = 0
"""The token of a row that is not to be found by its values, because they are not known yet."""

_KEPT: Final = 50_000
_TOKEN_BYTES: Final = 8


Name = TypeVar("Name")
Value = TypeVar("Value")


class IndexKey:
    """Makes tokens of 64 bits, and seals what belongs to the index and to no case alone."""

    def __init__(self, key: ContentKey) -> None:
        self.key = key
        self._tokens: dict[tuple[str, ...], int] = {}
        self._labels: dict[bytes, str] = {}

    @classmethod
    def new(cls) -> IndexKey:
        """A fresh key."""
        return cls(ContentKey.new(DIRECTORY_ID, COMPARTMENT))

    def token(self, *value: str) -> int:
        """The token of a value: what kind of value it is, then the value itself. Never `NOTHING`."""
        token = self._tokens.get(value)
        if token is None:
            digest = hmac.digest(self.key.secret, orjson.dumps(["stafett token v1", *value]), "sha256")
            token = int.from_bytes(digest[:_TOKEN_BYTES], "big", signed=True) or 1
            _keep(self._tokens, value, token)
        return token

    def seal(self, label: str, place: str) -> bytes:
        """A text that several rows share, sealed for its place."""
        return seal_row(self.key, label, place)

    def open(self, sealed: bytes, place: str) -> str | None:
        """The text; None when another index key sealed it."""
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
