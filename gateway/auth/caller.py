"""Who calls, and what can go wrong on the way to know it."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.errors import StafettError


class TokenError(StafettError):
    """A bearer token that is not believed. The caller obtains a new one from the issuer."""


class IssuerAwayError(StafettError):
    """The issuer's keys cannot be had, so that no token can be judged. The caller asks again later."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the token's subject at its issuer, the roles, and when the token expires (seconds since 1970).

    `scopes` None: the token is a person's, and reaches as far as the roles do. Otherwise it reaches no further than the
    scopes. `system`: a client that the issuer gave the token to on its own account, with no person behind it.
    """

    subject: str = field(repr=False)  # never in a log or a trace: `gateway.auth.pseudonyms` has what may be kept
    roles: frozenset[str]
    expires_at: float
    issuer: str = ""
    scopes: frozenset[str] | None = None
    system: bool = False
