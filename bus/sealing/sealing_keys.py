"""An agency's sealing key: grants to the agency are sealed to its public half (HPKE, RFC 9180).

The key combines ML-KEM-768 and X25519, so a grant stays protected even if one of the two is broken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256, shake_256
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
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bus.errors import GrantError, StoreError
from bus.secret_files import create_private, read_private

SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
OVERHEAD_BYTES: Final = KEM.MLKEM768_X25519.enc_length() + 16
"""The number of bytes that sealing adds to a secret: the encapsulated key in front, the tag at the end."""

PUBLIC_BYTES: Final = 1216
"""The length of a public sealing key: ML-KEM-768's encapsulation key of 1,184 bytes, then X25519's of 32."""

SEED_BYTES: Final = 32
"""The length of a private sealing key in its standard form: the seed of X-Wing, which both halves follow from."""

_MLKEM_BYTES: Final = 1184
_MLKEM_SEED_BYTES: Final = 64


class SealingKey:
    """An agency's private sealing key, which opens the grants to it: a key pair of X-Wing."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: 32 bytes, X-Wing's private key. Raises ValueError for another length."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes")
        expanded = shake_256(seed).digest(_MLKEM_SEED_BYTES + 32)
        self._hold(expanded[:_MLKEM_SEED_BYTES], expanded[_MLKEM_SEED_BYTES:])
        self._file: _SeedFile | _HalvesFile = _SeedFile(
            form="stafett sealing key v2", xwing_seed=seed.hex(), sha256=sha256(seed).hexdigest()
        )

    @classmethod
    def of_halves(cls, mlkem_seed: bytes, x25519_secret: bytes) -> Self:
        """Return a key of an earlier release, whose halves follow from no common seed.

        `mlkem_seed`: ML-KEM-768's seed (d ‖ z), 64 bytes. `x25519_secret`: 32 bytes. Raises ValueError otherwise.
        """
        key = cls.__new__(cls)
        key._hold(mlkem_seed, x25519_secret)
        key._file = _HalvesFile(
            form="stafett sealing key v1",
            mlkem768_seed=mlkem_seed,
            x25519_secret=x25519_secret,
            sha256=sha256(mlkem_seed + x25519_secret).hexdigest(),
        )
        return key

    def _hold(self, mlkem_seed: bytes, x25519_secret: bytes) -> None:
        mlkem = MLKEM768PrivateKey.from_seed_bytes(mlkem_seed)
        x25519 = X25519PrivateKey.from_private_bytes(x25519_secret)
        self._private = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    @classmethod
    def new(cls, random: Callable[[int], bytes] = os.urandom) -> Self:
        """Return a new key. `random(n)`: returns n random bytes."""
        return cls(random(SEED_BYTES))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the key from its file, in the form of any release.

        Raises StoreError when the file is missing or damaged, or others may read it.
        """
        stored = read_private(path)
        try:
            content = _FORMS.validate_json(stored)
            if isinstance(content, _SeedFile):
                key = cls(bytes.fromhex(content.xwing_seed))
            else:
                key = cls.of_halves(content.mlkem768_seed, content.x25519_secret)
        except ValueError:
            raise _damaged(path) from None
        if key._content() != stored:
            raise _damaged(path)
        return key

    def write(self, path: Path) -> None:
        """Write the key to a new file that only its owner may read. Raises FileExistsError."""
        create_private(path, self._content())

    def open(self, wrapped: bytes, info: bytes) -> bytes:
        """Open a secret that was sealed to the public half with this `info`. Raises GrantError `cannot-open`."""
        try:
            return SUITE.decrypt(wrapped, self._private, info)
        except (InvalidTag, ValueError):
            raise GrantError("cannot-open", "sealed to another key than ours, or for another place") from None

    def _content(self) -> bytes:
        return self._file.model_dump_json().encode()


class SealingKeys:
    """An agency's sealing keys: the present one, and the earlier ones, which open earlier grants."""

    def __init__(self, present: SealingKey, earlier: Iterable[SealingKey] = ()) -> None:
        self._keys = (present, *earlier)
        self.publics = frozenset(key.public for key in self._keys)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the present key from its file, and the others from the files beside it. Raises StoreError."""
        return cls(SealingKey.load(path), [SealingKey.load(each) for each in others_beside(path)])

    def open(self, wrapped: bytes, info: bytes) -> bytes:
        """Open a secret that was sealed to one of the keys with this `info`. Raises GrantError `cannot-open`."""
        *others, last = self._keys
        for key in others:
            with suppress(GrantError):
                return key.open(wrapped, info)
        return last.open(wrapped, info)


def beside(path: Path, public: bytes) -> Path:
    """Return the file of a key that is not (or not yet) the present one. Its name contains a digest of `public`."""
    return path.with_name(f"{path.stem}-{sha256(public).hexdigest()[:16]}{path.suffix}")


def others_beside(path: Path) -> list[Path]:
    """Return the files of the keys that are not (or not yet) the present one."""
    return sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))


class _KeyFile(BaseModel):
    """A sealing key on disk. The digest of the secrets shows damage; the public key alone would not."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, strict=True, ser_json_bytes="base64", val_json_bytes="base64"
    )


class _SeedFile(_KeyFile):
    """The form in which a key is written: X-Wing's own private key, in hexadecimal, which other libraries take too."""

    form: Literal["stafett sealing key v2"]
    xwing_seed: Annotated[str, Field(repr=False, pattern=f"^[0-9a-f]{{{2 * SEED_BYTES}}}$")]
    sha256: str


class _HalvesFile(_KeyFile):
    """The form of the keys of earlier releases, which have no seed."""

    form: Literal["stafett sealing key v1"]
    mlkem768_seed: Annotated[bytes, Field(repr=False)]
    x25519_secret: Annotated[bytes, Field(repr=False)]
    sha256: str


_FORMS: Final[TypeAdapter[_SeedFile | _HalvesFile]] = TypeAdapter(
    Annotated[_SeedFile | _HalvesFile, Field(discriminator="form")]
)


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"{path.name} is not a whole sealing key; restore it from your backup, or have a new one admitted"
    )


def public_from_bytes(public: bytes) -> MLKEM768X25519PublicKey:
    """Read an agency's public sealing key from PUBLIC_BYTES bytes. Raises GrantError `malformed`."""
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_BYTES]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_BYTES:]),
        )
    except ValueError:
        raise GrantError("malformed", "the public sealing key is none") from None
