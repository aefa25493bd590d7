"""Broker credentials: keys, JSON Web Tokens as nats-server reads them (`ed25519-nkey`), and the files that hold both.

`bus.operator.accounts` decides what a token grants.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import nkeys
import orjson


@dataclass(frozen=True)
class KeyPair:
    """A NATS key pair; `seed` is the secret."""

    seed: bytes

    @classmethod
    def new(cls, prefix: int) -> Self:
        """Return a new pair. `prefix`: nkeys' byte for operator, account or user."""
        return cls(bytes(nkeys.encode_seed(os.urandom(32), prefix)))

    @property
    def public(self) -> str:
        """The public key in NATS's form."""
        return str(nkeys.from_seed(bytearray(self.seed)).public_key.decode())

    def token(
        self, subject: str, name: str, claims: dict[str, Any], issued_at: int, expires_at: int | None = None
    ) -> str:
        """Return a JWT about `subject` (a public key), signed with this key. Times are in seconds since 1970."""
        body = {"iat": issued_at, "iss": self.public, "name": name, "sub": subject, "nats": {**claims, "version": 2}}
        if expires_at is not None:
            body["exp"] = expires_at
        body["jti"] = base64.b32encode(sha256(orjson.dumps(body)).digest()).decode().rstrip("=")
        header = {"typ": "JWT", "alg": "ed25519-nkey"}
        signing_input = _base64url(header) + b"." + _base64url(body)
        signature = nkeys.from_seed(bytearray(self.seed)).sign(signing_input)
        return (signing_input + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def _base64url(content: Mapping[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=")


def new_account() -> KeyPair:
    """Return a new key pair for an account, or for signing in an account's name."""
    return KeyPair.new(nkeys.PREFIX_BYTE_ACCOUNT)


def new_operator() -> KeyPair:
    """Return a new key pair for an operator."""
    return KeyPair.new(nkeys.PREFIX_BYTE_OPERATOR)


def new_user() -> KeyPair:
    """Return a new key pair for a user."""
    return KeyPair.new(nkeys.PREFIX_BYTE_USER)


def credentials_file(token: str, user: KeyPair) -> bytes:
    """Return the content of a credentials file for NATS clients."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    ).encode()


@dataclass(frozen=True)
class Credentials:
    """The content of a credentials file.

    `user`: the user's key pair. `name`: the agency whose user it is. `issuer`: the public key that signed the token.
    `issued_at`: seconds since 1970.
    """

    user: KeyPair
    name: str
    issuer: str
    issued_at: int

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read a credentials file that `credentials_file` made. Raises ValueError or LookupError when it is none."""
        lines = content.decode().split("\n")
        body = lines[1].split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        seed = lines[lines.index("-----BEGIN USER NKEY SEED-----") + 1]
        return cls(KeyPair(seed.encode()), claims["name"], claims["iss"], claims["iat"])
