"""The accounts of a bus at its brokers, and what their tokens say: who may do what, and how much of it.

The streams are in one account and the agencies in another, which reaches the streams through a single export. So an
answer of the broker's, which goes wherever its asker said, never becomes a message in a stream: nats-server refuses an
export that leads back into itself. An agency's rights stand in the agencies' account, once for each kind of agency,
with `{{name()}}` for its own name; its credentials say only who it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from bus.envelope.envelope import MESSAGE_BYTES
from bus.nats.credentials import KeyPair, credentials_file, new_account, new_operator, new_user

OWN: Final = "{{name()}}"
"""What stands for the agency's own name in the rights of its kind; nats-server puts it in."""

MOST_SENT: Final = MESSAGE_BYTES + 16 * 1024
"""A message above this ends its sender's connection; one between the two is refused by the stream, with an answer."""

MOST_SUBSCRIPTIONS: Final = 100
"""On one connection of an agency; a service needs about ten."""

MOST_STREAMS: Final = 8
"""In the account of the streams, which has three."""

_UNLIMITED: Final = -1
_LIMITS: Final = dict.fromkeys(
    ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "streams", "consumer"), _UNLIMITED
) | {"wildcards": True}
_JETSTREAM: Final = {"mem_storage": _UNLIMITED, "disk_storage": _UNLIMITED, "streams": MOST_STREAMS}
_TO_THE_STREAMS: Final = ("case.*.*.*", "key.>", "personal.>", "$JS.API.>", "$JS.ACK.>", "$JS.FC.>")
_FROM_THE_STREAMS: Final = "deliver.>"


@dataclass(frozen=True)
class Rights:
    """The subjects that a user may publish on and subscribe to, and no other.

    `never`: what it may not publish on although `publish` includes it.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    never: tuple[str, ...] = ()

    def claims(self) -> dict[str, Any]:
        """As tokens have them."""
        publish = {"allow": list(self.publish)} | ({"deny": list(self.never)} if self.never else {})
        return {"pub": publish, "sub": {"allow": list(self.subscribe)}}


EVERYTHING: Final = Rights((">",), (">",))
"""For the operator alone: creating the streams, and speaking to the brokers themselves."""


@dataclass(frozen=True)
class Scope:
    """What holders of a token that `key` signed may do, each in its own name; mostly one for each kind of agency."""

    name: str
    key: KeyPair
    rights: Rights

    def claims(self) -> dict[str, Any]:
        """As the token of the agencies' account has it."""
        limits = {"subs": MOST_SUBSCRIPTIONS, "data": _UNLIMITED, "payload": MOST_SENT}
        template = self.rights.claims() | limits
        return {"kind": "user_scope", "key": self.key.public, "role": self.name, "template": template}


@dataclass(frozen=True)
class Operator:
    """Who admits: the operator's key, and those of the accounts: of the streams, of the agencies, of the brokers
    themselves.
    """

    operator: KeyPair
    account: KeyPair
    agencies: KeyPair
    system: KeyPair

    @classmethod
    def new(cls) -> Self:
        """Fresh keys."""
        return cls(new_operator(), new_account(), new_account(), new_account())

    def server_configuration(self, issued_at: int, accounts: Mapping[str, str]) -> str:
        """The part of nats-server's configuration that makes it trust this operator and know its accounts.

        `accounts`: the tokens of the bus's accounts by their keys, which a broker takes unless it holds newer ones.
        """
        operator = self.operator.token(
            self.operator.public, "stafett", {"type": "operator", "system_account": self.system.public}, issued_at
        )
        system = self.operator.token(self.system.public, "system", {"type": "account", "limits": _LIMITS}, issued_at)
        known = {**accounts, self.system.public: system}
        preload = "\n".join(f"  {public}: {token}" for public, token in known.items())
        return f"operator: {operator}\nsystem_account: {self.system.public}\nresolver_preload: {{\n{preload}\n}}\n"

    def account_tokens(self, issued_at: int, revoked: Mapping[str, int], scopes: tuple[Scope, ...]) -> dict[str, str]:
        """What brokers know of the bus's accounts, by their keys.

        `revoked`: by a user's public key, the time up to which the tokens issued to it are void.
        """
        void = {"revocations": dict(revoked)} if revoked else {}
        return {
            self.account.public: self.operator.token(self.account.public, "bus", _streams_claims() | void, issued_at),
            self.agencies.public: self.operator.token(
                self.agencies.public, "agencies", self._agencies_claims(scopes) | void, issued_at
            ),
        }

    def _agencies_claims(self, scopes: tuple[Scope, ...]) -> dict[str, Any]:
        imports = [
            {"name": subject, "subject": subject, "account": self.account.public, "type": "service"}
            for subject in _TO_THE_STREAMS
        ]
        deliveries = {"name": "deliveries", "subject": _FROM_THE_STREAMS, "type": "stream"}
        imports.append(deliveries | {"account": self.account.public})
        signing_keys = [scope.claims() for scope in scopes]
        return {"type": "account", "limits": _LIMITS, "imports": imports, "signing_keys": signing_keys}

    def agency_credentials(self, user: KeyPair, name: str, scope: Scope, issued_at: int) -> bytes:
        """A credentials file for an agency's user, with the rights of its scope, whatever they are when it connects."""
        empty = {"pub": {}, "sub": {}, "subs": 0, "data": 0, "payload": 0}
        claims = {"type": "user", "issuer_account": self.agencies.public, **empty}
        return credentials_file(scope.key.token(user.public, name, claims, issued_at), user)

    def administrator_credentials(self, issued_at: int) -> bytes:
        """A credentials file for a user who may do everything in the streams' account."""
        return _unlimited(self.account, "administrator", issued_at)

    def system_credentials(self, issued_at: int, expires_at: int) -> bytes:
        """A credentials file for a passing user who may speak to the brokers themselves."""
        return _unlimited(self.system, "operator", issued_at, expires_at)


def _streams_claims() -> dict[str, Any]:
    # One export for all requests: nats-server sees a circle only where an export leads back into the same one. One
    # answer for each: of an agency that floods, nothing is left to wait for.
    requests = {"name": "requests", "subject": ">", "type": "service", "response_type": "Singleton"}
    deliveries = {"name": "deliveries", "subject": _FROM_THE_STREAMS, "type": "stream"}
    return {"type": "account", "limits": _LIMITS | _JETSTREAM, "exports": [requests, deliveries]}


def _unlimited(account: KeyPair, name: str, issued_at: int, expires_at: int | None = None) -> bytes:
    user = new_user()
    limits = dict.fromkeys(("subs", "data", "payload"), _UNLIMITED)
    claims = {"type": "user", **EVERYTHING.claims(), **limits}
    return credentials_file(account.token(user.public, name, claims, issued_at, expires_at), user)
