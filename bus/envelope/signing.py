"""Ed25519 signatures by the DSSE protocol, and the files of the private keys.

All replicas must agree on every signature, even on those that only a dishonest signer makes. So one library, libsodium,
verifies all of them, by the rule in ADR 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from bus.errors import StoreError
from bus.secret_files import read_private

PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

Check = tuple[bytes, bytes, bytes]
"""A public key, a signature and the message."""

_WORTH_A_THREAD: Final = 64


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes to sign for a payload of a type: the PAE of DSSE 1.0.2."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public: bytes) -> str:
    """Return the id of a 32-byte Ed25519 public key: the first 32 hexadecimal digits of its SHA-256."""
    return sha256(public).hexdigest()[:32]


class Signer:
    """An agency's private signing key."""

    def __init__(self, agency: str, private: bytes) -> None:
        """`private`: the 32-byte private key of RFC 8032. Raises ValueError for another length."""
        self.agency = agency
        self.public, self._secret = crypto_sign_seed_keypair(private)
        self.key_id = key_id(self.public)

    @classmethod
    def load(cls, agency: str, path: Path) -> Self:
        """Read the key from a PEM file that only its owner may read.

        Raises StoreError when the file is missing or holds no Ed25519 key, or when others may read it: they may have
        copied the key.
        """
        content = read_private(path)
        try:
            private = load_pem_private_key(content, password=None)
        except (ValueError, TypeError):
            raise StoreError(f"{path.name} is not a private key; restore it from your backup") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise StoreError(f"{path.name} is not an Ed25519 private key")
        return cls(agency, private.private_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a message."""
        return crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


def new_private_key() -> bytes:
    """Return a new private signing key, in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(public: bytes) -> bytes:
    """Return a public key of 32 bytes in PEM."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public(path: Path) -> bytes:
    """Return the 32 bytes of the public key in a PEM file. Raises StoreError when the file is missing or holds none."""
    try:
        public = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}); name the file that provisioning wrote") from None
    except ValueError as error:
        raise StoreError(f"{path.name} is not a public key") from error
    if not isinstance(public, Ed25519PublicKey):
        raise StoreError(f"{path.name} is not an Ed25519 public key")
    return public.public_bytes_raw()


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether the signature is valid by the rule of ADR 17. A key or signature of wrong length is not."""
    # libsodium takes signature and message as one piece, and does not check the length of the key.
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def verify_many(checks: Sequence[Check], threads: int = 2) -> list[bool]:
    """Return the result of `verify` for each check, in order. More than 64 checks are spread over threads.

    libsodium releases the interpreter's lock, so the threads use several processors.
    """
    size = max(_WORTH_A_THREAD, -(-len(checks) // threads))
    parts = [checks[first : first + size] for first in range(0, len(checks), size)]
    if len(parts) < 2:
        return _verify_all(checks)
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(chain.from_iterable(pool.map(_verify_all, parts)))


def _verify_all(checks: Sequence[Check]) -> list[bool]:
    return [verify(*check) for check in checks]
