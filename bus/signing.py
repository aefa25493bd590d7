"""Ed25519 signatures by the DSSE protocol, and the key files that hold the private halves."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bus.errors import StoreError
from bus.sealing.key_files import read_private


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """DSSE 1.0.2 PAE: what is signed for a payload of a type."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public: bytes) -> str:
    """The name of a 32-byte Ed25519 public key: the first 32 hexadecimal digits of its SHA-256."""
    return sha256(public).hexdigest()[:32]


class Signer:
    """An agency's private signing key."""

    def __init__(self, agency: str, private: Ed25519PrivateKey) -> None:
        self.agency = agency
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)

    @classmethod
    def load(cls, agency: str, path: Path) -> Self:
        """Read the key from a PEM file that only its owner may read.

        Raises StoreError when others may read the file: a key that may have been copied is no longer only the agency's;
        or when it is missing or no such key.
        """
        content = read_private(path)
        try:
            private = load_pem_private_key(content, password=None)
        except (ValueError, TypeError):
            raise StoreError(f"{path.name} is not a private key; restore it from your backup") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise StoreError(f"{path.name} is not an Ed25519 private key")
        return cls(agency, private)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        return self._private.sign(message)


def new_private_key() -> bytes:
    """A fresh signing key, in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(public: bytes) -> bytes:
    """A public key of 32 bytes, in PEM."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public(path: Path) -> bytes:
    """The 32 bytes of a public key in a PEM file. Raises StoreError when it holds none."""
    try:
        public = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}); name the file that provisioning wrote") from None
    except ValueError as error:
        raise StoreError(f"{path.name} is not a public key") from error
    if not isinstance(public, Ed25519PublicKey):
        raise StoreError(f"{path.name} is not an Ed25519 public key")
    return public.public_bytes_raw()


def verify(public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the signature is the key's over the message."""
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True
