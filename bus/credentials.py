"""Broker credentials: an operator, one account for the bus, and a user per agency whose rights are its duties.

JSON Web Tokens as nats-server reads them (`ed25519-nkey`). An agency may publish `case.*.<duty>.<agency>` and
nothing else about cases, use its own consumers, and receive in its own inbox; it may not administer the stream.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

import nkeys
import orjson

_UNLIMITED: Final = -1


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

    def token(self, subject: str, name: str, claims: dict[str, Any], issued_at: int) -> str:
        """A JWT about `subject`, signed with this key."""
        body = {"iat": issued_at, "iss": self.public, "name": name, "sub": subject, "nats": {**claims, "version": 2}}
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

    def server_configuration(self, issued_at: int) -> str:
        """The part of nats-server's configuration that makes it trust this operator and know its accounts."""
        limits = dict.fromkeys(
            ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "streams", "consumer"), _UNLIMITED
        ) | {"wildcards": True}
        jetstream = {"mem_storage": _UNLIMITED, "disk_storage": _UNLIMITED}
        operator = self.operator.token(
            self.operator.public, "stafett", {"type": "operator", "system_account": self.system.public}, issued_at
        )
        accounts = {
            self.account.public: self.operator.token(
                self.account.public, "bus", {"type": "account", "limits": limits | jetstream}, issued_at
            ),
            self.system.public: self.operator.token(
                self.system.public, "system", {"type": "account", "limits": limits}, issued_at
            ),
        }
        preload = "\n".join(f"  {public}: {token}" for public, token in accounts.items())
        return (
            f"operator: {operator}\nsystem_account: {self.system.public}\n"
            f"resolver: MEMORY\nresolver_preload: {{\n{preload}\n}}\n"
        )

    def credentials(self, name: str, publish: Iterable[str], subscribe: Iterable[str], issued_at: int) -> bytes:
        """A credentials file for a new user with exactly these rights."""
        user = KeyPair.new(nkeys.PREFIX_BYTE_USER)
        claims = {
            "type": "user",
            "pub": {"allow": list(publish)},
            "sub": {"allow": list(subscribe)},
            "subs": _UNLIMITED,
            "data": _UNLIMITED,
            "payload": _UNLIMITED,
        }
        token = self.account.token(user.public, name, claims, issued_at)
        return (
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
        ).encode()


def agency_rights(agency: str, duties: Iterable[str], consumers: Iterable[str]) -> tuple[list[str], list[str]]:
    """What an agency's user may publish and subscribe to, given its duties and the names of its consumers."""
    publish = [f"case.*.{duty}.{agency}" for duty in sorted(duties)]
    publish += ["$JS.API.STREAM.INFO.CASES", "$JS.API.STREAM.MSG.GET.CASES"]
    for consumer in consumers:
        publish += _consumer_rights("CASES", consumer)
    return publish, [f"_INBOX_{agency}.>"]


def timekeeper_rights() -> list[str]:
    """What else the agency that keeps time may publish: its alarms, and what its own consumer of them needs."""
    return ["clock.set.*", *_consumer_rights("CLOCKS", "clocks")]


def _consumer_rights(stream: str, consumer: str) -> list[str]:
    verbs = ("INFO", "DELETE", "MSG.NEXT", "CREATE")
    rights = [f"$JS.API.CONSUMER.{verb}.{stream}.{consumer}" for verb in verbs]
    return [*rights, f"$JS.API.CONSUMER.CREATE.{stream}.{consumer}.>", f"$JS.ACK.{stream}.{consumer}.>"]


ADMINISTRATOR_RIGHTS: Final = ([">"], [">"])
"""For provisioning alone: creating the stream."""
