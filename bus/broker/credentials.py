"""Broker credentials: an operator, one account for the bus, and a user per agency; `rights` lists what each may.

JSON Web Tokens as nats-server reads them (`ed25519-nkey`).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

import nkeys
import orjson

_UNLIMITED: Final = -1
_LIMITS: Final = dict.fromkeys(
    ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "streams", "consumer"), _UNLIMITED
) | {"wildcards": True}
_JETSTREAM: Final = {"mem_storage": _UNLIMITED, "disk_storage": _UNLIMITED}


@dataclass(frozen=True)
class KeyPair:
    """A NATS key pair; `seed` is the secret."""

    seed: bytes

    @classmethod
    def new(cls, prefix: int) -> Self:
        """A fresh pair with a prefix of nkeys: operator, account or user."""
        return cls(bytes(nkeys.encode_seed(os.urandom(32), prefix)))

    @property
    def public(self) -> str:
        """The public key in NATS's form."""
        return str(nkeys.from_seed(bytearray(self.seed)).public_key.decode())

    def token(
        self, subject: str, name: str, claims: dict[str, Any], issued_at: int, expires_at: int | None = None
    ) -> str:
        """A JWT about `subject`, signed with this key; times are seconds since 1970."""
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


@dataclass(frozen=True)
class Operator:
    """Who admits: the operator's key, the account of the bus and the system account."""

    operator: KeyPair
    account: KeyPair
    system: KeyPair

    @classmethod
    def new(cls) -> Self:
        """Fresh keys."""
        return cls(
            KeyPair.new(nkeys.PREFIX_BYTE_OPERATOR),
            KeyPair.new(nkeys.PREFIX_BYTE_ACCOUNT),
            KeyPair.new(nkeys.PREFIX_BYTE_ACCOUNT),
        )

    def server_configuration(self, issued_at: int, account: str) -> str:
        """The part of nats-server's configuration that makes it trust this operator and know its accounts.

        `account`: the token of the bus's account, which a broker takes unless it holds a newer one.
        """
        operator = self.operator.token(
            self.operator.public, "stafett", {"type": "operator", "system_account": self.system.public}, issued_at
        )
        system = {"type": "account", "limits": _LIMITS}
        accounts = {
            self.account.public: account,
            self.system.public: self.operator.token(self.system.public, "system", system, issued_at),
        }
        preload = "\n".join(f"  {public}: {token}" for public, token in accounts.items())
        return f"operator: {operator}\nsystem_account: {self.system.public}\nresolver_preload: {{\n{preload}\n}}\n"

    def account_token(self, issued_at: int, revoked: Mapping[str, int]) -> str:
        """What brokers know of the bus's account. `revoked`: by a user's public key, the time up to which the tokens
        issued to it are void.
        """
        claims: dict[str, Any] = {"type": "account", "limits": _LIMITS | _JETSTREAM}
        if revoked:
            claims["revocations"] = dict(revoked)
        return self.operator.token(self.account.public, "bus", claims, issued_at)

    def user_token(self, user: KeyPair, name: str, rights: Rights, issued_at: int) -> str:
        """The token of a user of the bus with exactly these rights."""
        return self.account.token(user.public, name, _user_claims(rights), issued_at)

    def system_credentials(self, issued_at: int, expires_at: int) -> bytes:
        """A credentials file for a passing user of the system account, who may speak to the brokers themselves."""
        user = new_user()
        token = self.system.token(user.public, "operator", _user_claims(EVERYTHING), issued_at, expires_at)
        return credentials_file(token, user)


@dataclass(frozen=True)
class Rights:
    """The subjects that a user may publish on and subscribe to; no other."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


EVERYTHING: Final = Rights((">",), (">",))
"""For provisioning alone: creating the streams."""


def _user_claims(rights: Rights) -> dict[str, Any]:
    limits = dict.fromkeys(("subs", "data", "payload"), _UNLIMITED)
    allowed = {"pub": {"allow": list(rights.publish)}, "sub": {"allow": list(rights.subscribe)}}
    answers = {"resp": {"max": 1, "ttl": 5_000_000_000}} if "need.*.*" in rights.subscribe else {}
    return {"type": "user", **allowed, **answers, **limits}


def new_user() -> KeyPair:
    """A fresh key pair for a user."""
    return KeyPair.new(nkeys.PREFIX_BYTE_USER)


def credentials_file(token: str, user: KeyPair) -> bytes:
    """A credentials file as NATS clients read it."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    ).encode()


@dataclass(frozen=True)
class Credentials:
    """A credentials file that was read: the user's key pair and what its token says."""

    user: KeyPair
    rights: Rights
    issued_at: int

    @classmethod
    def read(cls, content: bytes) -> Self:
        """From the bytes of a credentials file that was made here."""
        lines = content.decode().split("\n")
        body = lines[1].split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        allowed = claims["nats"]["pub"]["allow"], claims["nats"]["sub"]["allow"]
        seed = lines[lines.index("-----BEGIN USER NKEY SEED-----") + 1]
        return cls(KeyPair(seed.encode()), Rights(*map(tuple, allowed)), claims["iat"])
