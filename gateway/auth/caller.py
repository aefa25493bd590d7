"""The caller of a request, and the errors of finding out who it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.errors import StafettError


class TokenError(StafettError):
    """A bearer token that is not believed. The caller obtains a new one from the issuer."""


class IssuerAwayError(StafettError):
    """The issuer's keys cannot be had, so that no token can be judged. The caller asks again later."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller, as the token describes it.

    Attributes:
        subject: the token's subject at its issuer.
        roles: the roles that the token lists.
        expires_at: when the token expires, in seconds since 1970.
        issuer: the URL of the issuer.
        scopes: the token reaches no further than these. None: it is a person's, and reaches as far as the roles do.
        system: the issuer gave the token to a client on its own account, with no person behind it.
    """

    subject: str = field(repr=False)  # never in a log or a trace: `gateway.auth.pseudonyms` has what may be kept
    roles: frozenset[str]
    expires_at: float
    issuer: str = ""
    scopes: frozenset[str] | None = None
    system: bool = False
