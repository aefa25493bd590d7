"""The rules that a token's claims must satisfy before the service believes the token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.auth.caller import Caller, TokenError

_LEEWAY: Final = 30.0
_MOST: Final = 256
_LONGEST: Final = 255
_ABOUT_THE_PERSON: Final = frozenset(
    {"openid", "profile", "email", "address", "phone", "offline_access", "groups", "roles"}
)
"""Scopes that say what a client may know about the person who logged in. They do not limit a token here."""


@dataclass(frozen=True)
class ClaimRules:
    """The rules for the tokens of one agency's service.

    Attributes:
        issuer: the one issuer whose tokens are believed.
        audience: the audience that a token must name.
        roles_claim: the claim that lists the roles: its name, or a path with dots into nested claims.
        systems: the ids of clients that act on their own account, although their tokens have another subject.
    """

    issuer: str
    audience: str
    roles_claim: str = "roles"
    systems: frozenset[str] = frozenset()

    def caller(self, claims: Mapping[str, Any], moment: float) -> Caller:
        """The holder of a token with these claims.

        `moment`: the present, in seconds since 1970. Raises TokenError, whose message repeats no claim.

        It does not check the expiry: the verifier does, because it remembers a token until it expires.
        """
        if claims.get("iss") != self.issuer:
            raise TokenError("the token comes from another issuer")
        meant_for = claims.get("aud")
        if self.audience not in (meant_for if isinstance(meant_for, list) else [meant_for]):
            raise TokenError("the token is meant for another agency")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST:
            raise TokenError("the token does not say who holds it")
        scopes = _scopes(claims)
        roles = self._roles(claims)
        if roles is None and scopes is None:
            raise TokenError("the token does not list its roles")
        return Caller(
            subject=subject,
            roles=roles or frozenset(),
            expires_at=_until(claims, moment),
            issuer=self.issuer,
            scopes=scopes,
            system=scopes is not None and self._is_system(claims, subject),
        )

    def _roles(self, claims: Mapping[str, Any]) -> frozenset[str] | None:
        roles: Any = claims
        for name in [self.roles_claim] if self.roles_claim in claims else self.roles_claim.split("."):
            roles = roles.get(name) if isinstance(roles, Mapping) else None
        if roles is None:
            return None
        if not isinstance(roles, list) or len(roles) > _MOST or not all(isinstance(role, str) for role in roles):
            raise TokenError("the token does not list its roles")
        return frozenset(roles)

    def _is_system(self, claims: Mapping[str, Any], subject: str) -> bool:
        """True if the subject is the client itself (RFC 9068, section 2.2), or the client is one of `systems`."""
        client = claims.get("client_id", claims.get("azp"))
        return isinstance(client, str) and (client == subject or client in self.systems)


def _scopes(claims: Mapping[str, Any]) -> frozenset[str] | None:
    """The scopes that limit the token; None: no scope limits it. Raises TokenError when they cannot be read."""
    if "scope" not in claims:
        return None
    stated = claims["scope"]
    named = frozenset(stated.split()) if isinstance(stated, str) else frozenset()
    if not isinstance(stated, str) or len(named) > _MOST:
        raise TokenError("the token does not list its scopes")
    limiting = named - _ABOUT_THE_PERSON
    return None if named and not limiting else limiting


def _until(claims: Mapping[str, Any], moment: float) -> float:
    """When the token expires, in seconds since 1970.

    Raises TokenError when the token is not in force yet, or its times contradict one another.
    """
    until = _time(claims.get("exp"))
    issued = _time(claims.get("iat", moment))
    if max(_time(claims.get("nbf", moment)), issued) > moment + _LEEWAY:
        raise TokenError("the token is not valid yet")
    if "iat" in claims and until <= issued:
        raise TokenError("the token expires before it is issued")
    return until


def _time(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    raise TokenError("the token does not say when it is valid")
