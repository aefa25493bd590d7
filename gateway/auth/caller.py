"""The caller of a request, and the errors when a token does not tell who it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.errors import StafettError


class TokenError(StafettError):
    """The service does not believe a bearer token. The caller gets a new one from the issuer."""


class IssuerAwayError(StafettError):
    """The service cannot get the issuer's keys, so it can verify no token. The caller asks again later."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller, as the token describes it.

    Attributes:
        subject: the token's subject at its issuer.
        roles: the roles that the token lists.
        expires_at: when the token expires, in seconds since 1970.
        issuer: the URL of the issuer.
        scopes: the scopes that limit the token. None: no scope limits it, only the roles do, as for a person.
        system: True if the issuer gave the token to a program on its own account, with no person behind it.
    """

    subject: str = field(repr=False)  # never in a log: keep the pseudonym of `gateway.auth.pseudonyms` instead
    roles: frozenset[str]
    expires_at: float
    issuer: str = ""
    scopes: frozenset[str] | None = None
    system: bool = False
