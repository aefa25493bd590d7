"""The accounts of a bus at its brokers, and their tokens: the rights and limits of each user.

The streams are in one account, the agencies in another, and a single export leads from the agencies to the streams. The
broker sends an answer to any subject that the request names. With the single export, an answer can never become a
message in a stream, because nats-server refuses an export that leads back into itself. The agencies' account holds the
rights of each kind of agency once, with `{{name()}}` for the agency's own name. An agency's credentials only say who it
is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from bus.envelope.envelope import MESSAGE_BYTES
from bus.nats.credentials import KeyPair, credentials_file, new_account, new_operator, new_user

OWN: Final = "{{name()}}"
"""The placeholder for the agency's own name in the rights of its kind; nats-server replaces it."""

PROGRAM: Final = "{{tag(program)}}"
"""The placeholder for the name of an agency's further program; nats-server takes it from the credentials."""

MOST_SENT: Final = MESSAGE_BYTES + 16 * 1024
"""The largest number of bytes of a message. The broker ends the connection of an agency that sends a larger one.

A stream already refuses a message above MESSAGE_BYTES, with an answer.
"""

MOST_SUBSCRIPTIONS: Final = 100
"""The largest number of subscriptions on one connection of an agency; a service needs about ten."""

MOST_STREAMS: Final = 8
"""The largest number of streams in the streams' account, which has three."""

_UNLIMITED: Final = -1
_LIMITS: Final = dict.fromkeys(
    ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "streams", "consumer"), _UNLIMITED
) | {"wildcards": True}
_JETSTREAM: Final = {"mem_storage": _UNLIMITED, "disk_storage": _UNLIMITED, "streams": MOST_STREAMS}
_TO_THE_STREAMS: Final = ("case.*.*.*", "key.>", "personal.>", "$JS.API.>", "$JS.ACK.>", "$JS.FC.>")
_FROM_THE_STREAMS: Final = "deliver.>"


@dataclass(frozen=True)
class Rights:
    """The only subjects on which a user may publish and to which it may subscribe.

    `never`: subjects on which it may not publish, although `publish` includes them.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    never: tuple[str, ...] = ()

    def claims(self) -> dict[str, Any]:
        """Return the rights as a token contains them."""
        publish = {"allow": list(self.publish)} | ({"deny": list(self.never)} if self.never else {})
        return {"pub": publish, "sub": {"allow": list(self.subscribe)}}


EVERYTHING: Final = Rights((">",), (">",))
"""The operator's rights: only the operator creates the streams and sends requests to the brokers themselves."""


@dataclass(frozen=True)
class Scope:
    """The rights of all users whose token `key` signed, each in its own name. Mostly one for each kind of agency."""

    name: str
    key: KeyPair
    rights: Rights

    def claims(self) -> dict[str, Any]:
        """Return the scope as the token of the agencies' account contains it."""
        limits = {"subs": MOST_SUBSCRIPTIONS, "data": _UNLIMITED, "payload": MOST_SENT}
        template = self.rights.claims() | limits
        return {"kind": "user_scope", "key": self.key.public, "role": self.name, "template": template}


@dataclass(frozen=True)
class Operator:
    """The operator's keys.

    `operator`: its own key. `account`: of the streams' account. `agencies`: of the agencies' account. `system`: of the
    account for requests to the brokers themselves.
    """

    operator: KeyPair
    account: KeyPair
    agencies: KeyPair
    system: KeyPair

    @classmethod
    def new(cls) -> Self:
        """Return an operator with new keys."""
        return cls(new_operator(), new_account(), new_account(), new_account())

    def server_configuration(self, issued_at: int, accounts: Mapping[str, str]) -> str:
        """Return the part of nats-server's configuration that makes it trust this operator and know its accounts.

        `accounts`: the tokens of the bus's accounts, by their public keys. A broker with newer tokens keeps those.
        """
        operator = self.operator.token(
            self.operator.public, "stafett", {"type": "operator", "system_account": self.system.public}, issued_at
        )
        system = self.operator.token(self.system.public, "system", {"type": "account", "limits": _LIMITS}, issued_at)
        known = {**accounts, self.system.public: system}
        preload = "\n".join(f"  {public}: {token}" for public, token in known.items())
        return f"operator: {operator}\nsystem_account: {self.system.public}\nresolver_preload: {{\n{preload}\n}}\n"

    def account_tokens(self, issued_at: int, revoked: Mapping[str, int], scopes: tuple[Scope, ...]) -> dict[str, str]:
        """Return the tokens of the bus's accounts, by their public keys.

        `revoked`: by a user's public key, the time (seconds since 1970) up to which tokens issued to it are void.
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

    def agency_credentials(self, user: KeyPair, name: str, scope: Scope, issued_at: int, program: str = "") -> bytes:
        """Return a credentials file for an agency's user. Its rights are those of its scope when it connects.

        `program`: the name of a further program of the agency.
        """
        empty = {"pub": {}, "sub": {}, "subs": 0, "data": 0, "payload": 0}
        tags = {"tags": [f"program:{program}"]} if program else {}
        claims = {"type": "user", "issuer_account": self.agencies.public, **empty, **tags}
        return credentials_file(scope.key.token(user.public, name, claims, issued_at), user)

    def administrator_credentials(self, issued_at: int) -> bytes:
        """Return a credentials file for a user with all rights in the streams' account."""
        return _unlimited(self.account, "administrator", issued_at)

    def system_credentials(self, issued_at: int, expires_at: int) -> bytes:
        """Return a short-lived credentials file for a user who may send requests to the brokers themselves."""
        return _unlimited(self.system, "operator", issued_at, expires_at)


def _streams_claims() -> dict[str, Any]:
    # There is one export for all requests, because nats-server detects a cycle only if an export leads back into the
    # same export. A request gets one answer, so the requests of a flood leave nothing waiting in the broker.
    requests = {"name": "requests", "subject": ">", "type": "service", "response_type": "Singleton"}
    deliveries = {"name": "deliveries", "subject": _FROM_THE_STREAMS, "type": "stream"}
    return {"type": "account", "limits": _LIMITS | _JETSTREAM, "exports": [requests, deliveries]}


def _unlimited(account: KeyPair, name: str, issued_at: int, expires_at: int | None = None) -> bytes:
    user = new_user()
    limits = dict.fromkeys(("subs", "data", "payload"), _UNLIMITED)
    claims = {"type": "user", **EVERYTHING.claims(), **limits}
    return credentials_file(account.token(user.public, name, claims, issued_at, expires_at), user)
