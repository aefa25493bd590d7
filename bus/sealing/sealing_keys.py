"""An agency's sealing key: what is granted to the agency is sealed to its public half (HPKE, RFC 9180).

The key is a pair of ML-KEM-768 and X25519, either of which protects what is sealed should the other be broken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from pydantic import BaseModel, ConfigDict, Field

from bus.errors import GrantError, StoreError
from bus.secret_files import create_private, read_private

SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
OVERHEAD_BYTES: Final = KEM.MLKEM768_X25519.enc_length() + 16
"""How much longer than a secret it is once sealed: what the KEM encapsulated comes first, the tag last."""

PUBLIC_BYTES: Final = 1216
"""The length of a public sealing key: ML-KEM-768's encapsulation key of 1,184 bytes, then X25519's of 32."""

_MLKEM_BYTES: Final = 1184
_SEED_BYTES: Final = 64


class SealingKey:
    """An agency's private key, which opens what is granted to it."""

    def __init__(self, mlkem_seed: bytes, x25519_secret: bytes) -> None:
        """From ML-KEM-768's seed of 64 bytes (d ‖ z) and X25519's secret of 32; ValueError for other lengths."""
        mlkem = MLKEM768PrivateKey.from_seed_bytes(mlkem_seed)
        x25519 = X25519PrivateKey.from_private_bytes(x25519_secret)
        self._secrets = mlkem_seed, x25519_secret
        self._private = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    @classmethod
    def new(cls, random: Callable[[int], bytes] = os.urandom) -> Self:
        """A fresh key; `random(n)` gives n bytes."""
        return cls(random(_SEED_BYTES), random(32))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the key from its file; raises StoreError when others may read the file or it is not as written."""
        stored = read_private(path)
        try:
            content = _KeyFile.model_validate_json(stored)
            key = cls(content.mlkem768_seed, content.x25519_secret)
        except ValueError:
            raise _damaged(path) from None
        if key._content() != stored:
            raise _damaged(path)
        return key

    def write(self, path: Path) -> None:
        """Write the key to a new file that only its owner may read; FileExistsError when there is one."""
        create_private(path, self._content())

    def open(self, wrapped: bytes, info: bytes) -> bytes:
        """What was sealed to the public half with the same info; raises GrantError `cannot-open`."""
        try:
            return SUITE.decrypt(wrapped, self._private, info)
        except (InvalidTag, ValueError):
            raise GrantError("cannot-open", "sealed to another key than ours, or for another place") from None

    def _content(self) -> bytes:
        mlkem_seed, x25519_secret = self._secrets
        content = _KeyFile(
            form="stafett sealing key v1",
            mlkem768_seed=mlkem_seed,
            x25519_secret=x25519_secret,
            sha256=sha256(mlkem_seed + x25519_secret).hexdigest(),
        )
        return content.model_dump_json().encode()


class SealingKeys:
    """The keys that an agency opens grants with: the present one, and those before it, for what was granted then."""

    def __init__(self, present: SealingKey, earlier: Iterable[SealingKey] = ()) -> None:
        self._keys = (present, *earlier)
        self.publics = frozenset(key.public for key in self._keys)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The present key from its file and the others from beside it; raises what `SealingKey.load` does."""
        return cls(SealingKey.load(path), [SealingKey.load(each) for each in others_beside(path)])

    def open(self, wrapped: bytes, info: bytes) -> bytes:
        """What was sealed to any of them with the same info; raises GrantError `cannot-open`."""
        *others, last = self._keys
        for key in others:
            with suppress(GrantError):
                return key.open(wrapped, info)
        return last.open(wrapped, info)


def beside(path: Path, public: bytes) -> Path:
    """Where a key lies that is not, or not yet, the present one: named after its public half."""
    return path.with_name(f"{path.stem}-{sha256(public).hexdigest()[:16]}{path.suffix}")


def others_beside(path: Path) -> list[Path]:
    """The files of keys that are not, or not yet, the present one."""
    return sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))


class _KeyFile(BaseModel):
    """A sealing key on disk; the digest of both halves shows that it is whole, which the public key alone does not."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, strict=True, ser_json_bytes="base64", val_json_bytes="base64"
    )

    form: Literal["stafett sealing key v1"]
    mlkem768_seed: Annotated[bytes, Field(repr=False)]
    x25519_secret: Annotated[bytes, Field(repr=False)]
    sha256: str


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"{path.name} is not a whole sealing key; restore it from your backup, or have a new one admitted"
    )


def public_from_bytes(public: bytes) -> MLKEM768X25519PublicKey:
    """An agency's public sealing key, of PUBLIC_BYTES bytes; raises GrantError `malformed` when it is none."""
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_BYTES]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_BYTES:]),
        )
    except ValueError:
        raise GrantError("malformed", "the public sealing key is none") from None
