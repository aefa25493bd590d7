"""The vault: an agency's key-encryption keys. They wrap all secrets in its store.

The newest key wraps, all held keys unwrap, and each blob names the key that it needs. A key is replaced in three steps:
`rotated` adds a new key, the caller wraps all blobs again, `keeping_only` destroys the old keys. All blobs can be
opened after each step, so a crash between two of them loses nothing.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field

from bus.errors import StoreError
from bus.secret_files import create_private, finish_replacing, read_private, replace_private

VARIABLE: Final = "STAFETT_VAULT_KEY"
"""The environment variable that may hold the keys: base64 of 32 bytes each, the newest first, separated by commas."""

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_ID_BYTES: Final = 8
_FORMAT: Final = b"\x01"
_HEAD_BYTES: Final = len(_FORMAT) + _ID_BYTES

Random = Callable[[int], bytes]
"""Returns n random bytes."""


class _VaultFile(BaseModel):
    """The keys on disk, the newest first. The digest shows damage."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, strict=True, ser_json_bytes="base64", val_json_bytes="base64"
    )

    form: Literal["stafett vault v1"]
    keys: Annotated[list[bytes], Field(min_length=1, repr=False)]
    sha256: str


class Vault:
    """The vault keys that an agency holds. It is immutable: `rotated` and `keeping_only` return another vault."""

    def __init__(self, keys: Collection[bytes], path: Path | None = None) -> None:
        """`keys`: 32 bytes each, the newest first. `path`: their file; None when a secret manager holds them.

        Raises ValueError when there is no key, or one of another length.
        """
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError(f"a vault has one key or more, of {_KEY_BYTES} bytes each")
        self._path = path
        self._keys = {id_of(key): key for key in keys}
        self._ciphers = {name: AESGCM(key) for name, key in self._keys.items()}
        self.newest: Final = next(iter(self._keys))
        """The id of the newest key, which wraps: 16 hexadecimal digits."""

    @classmethod
    def create(cls, path: Path, random: Random = os.urandom) -> Self:
        """Create a vault with one new key in a new file. Raises FileExistsError."""
        vault = cls([random(_KEY_BYTES)], path)
        create_private(path, vault._content())
        return vault

    @classmethod
    def load(cls, path: Path, environment: Mapping[str, str] | None = None) -> Self:
        """Read the vault from `STAFETT_VAULT_KEY` in the environment if it is set there, else from the file.

        This changes nothing, so another process may read the vault while its service replaces a key. Raises StoreError,
        which says what to do, when the file is missing, damaged or readable by others, or the variable is not valid.
        """
        if environment and VARIABLE in environment:
            return cls._from_environment(environment[VARIABLE])
        stored = read_private(path)
        try:
            vault = cls(_VaultFile.model_validate_json(stored).keys, path)
        except ValueError:
            raise _damaged(path) from None
        if vault._content() != stored:
            raise _damaged(path)
        return vault

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the held keys, the newest first."""
        return tuple(self._keys)

    @property
    def rotates(self) -> bool:
        """True if this vault can replace its key itself. A secret manager replaces the keys in the environment."""
        return self._path is not None

    def finish_replacing(self) -> None:
        """Remove the leftovers of an interrupted replacement.

        Only the process that owns the agency's folder may call this: it would undo a replacement of another process.
        """
        if self._path is not None:
            finish_replacing(self._path)

    def require_replaceable(self) -> None:
        """Require that an erasure can replace the vault's key. Raises StoreError when its folder is not writable."""
        if self._path is not None and not os.access(self._path.parent, os.W_OK):
            raise StoreError(
                f"the folder of {self._path.name} cannot be written, so an erasure could not destroy what it has to: "
                f"mount it writable, or hold the key in {VARIABLE}"
            )

    def wrap(self, secret: bytes, context: str, random: Random = os.urandom) -> bytes:
        """Seal a secret under the newest key. `context`: the same text must be given to `unwrap`."""
        head = _FORMAT + bytes.fromhex(self.newest)
        nonce = random(_NONCE_BYTES)
        return head + nonce + self._ciphers[self.newest].encrypt(nonce, secret, head + context.encode())

    def unwrap(self, blob: bytes, context: str) -> bytes:
        """Return the secret in a blob.

        Raises StoreError when we do not hold its key, when the blob was altered, or when the context is another one.
        """
        cipher = self._ciphers.get(key_of(blob))
        if cipher is None:
            raise StoreError(f"a secret in the store needs vault key {key_of(blob)}; restore that key from your backup")
        nonce, sealed = blob[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES], blob[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, sealed, blob[:_HEAD_BYTES] + context.encode())
        except InvalidTag:
            raise StoreError("a secret in the store was altered; restore the store from your backup") from None

    def rotated(self, random: Random = os.urandom) -> Self:
        """Return the vault with a new newest key; the file on disk has it on return.

        Raises StoreError when a secret manager holds the keys, or when another process changed the file.
        """
        path = self._own_file()
        vault = type(self)([random(_KEY_BYTES), *self._keys.values()], path)
        replace_private(path, vault._content())
        return vault

    def keeping_only(self, needed: Collection[str] = ()) -> Self:
        """Return the vault with its newest key and the needed ones; destroy all others. `needed`: ids, see `key_of`.

        Raises StoreError, and destroys nothing, when we do not hold a needed key, when a secret manager holds the keys,
        or when another process changed the file.
        """
        path = self._own_file()
        if missing := set(needed) - self._keys.keys():
            raise StoreError(f"secrets in the store need vault keys {sorted(missing)}; restore those from your backup")
        kept = [key for name, key in self._keys.items() if name == self.newest or name in needed]
        vault = type(self)(kept, path)
        if len(kept) < len(self._keys):
            replace_private(path, vault._content())
        return vault

    @classmethod
    def _from_environment(cls, value: str) -> Self:
        try:
            return cls([base64.b64decode(key.strip(), validate=True) for key in value.split(",")])
        except ValueError:
            raise StoreError(f"{VARIABLE} is not base64 of 32 bytes, or several with commas between") from None

    def _own_file(self) -> Path:
        if self._path is None:
            raise StoreError(f"put a new key before the others in {VARIABLE}, restart, and drop the old ones after")
        if type(self).load(self._path).ids != self.ids:
            raise StoreError(f"{self._path.name} has other keys by now than when it was read; start the service again")
        return self._path

    def _content(self) -> bytes:
        keys = list(self._keys.values())
        return _VaultFile(form="stafett vault v1", keys=keys, sha256=_digest(keys)).model_dump_json().encode()


def id_of(key: bytes) -> str:
    """Return the id of a vault key, 16 hexadecimal digits. The id tells nothing about the key."""
    return sha256(b"stafett vault key id v1" + key).digest()[:_ID_BYTES].hex()


def key_of(blob: bytes) -> str:
    """Return the id of the vault key that a blob needs. Raises StoreError when it is not a vault's blob."""
    if blob[:1] != _FORMAT or len(blob) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES:
        raise StoreError("a secret in the store is not as written; restore the store from your backup")
    return blob[1:_HEAD_BYTES].hex()


def _digest(keys: Collection[bytes]) -> str:
    return sha256(b"stafett vault v1" + b"".join(keys)).hexdigest()


def _damaged(path: Path) -> StoreError:
    return StoreError(f"{path.name} is not a whole vault; restore it from your backup, or nothing in the store opens")
