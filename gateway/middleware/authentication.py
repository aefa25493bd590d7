"""Finds out who calls, before it reads anything else of the request, and limits how often each caller may ask.

It remembers the tokens that it believed. It counts a request with any other token against the sender's address first,
so that a stranger cannot make the service check signatures without end. That count never delays a caller whose token it
remembers.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from math import ceil
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.errors import StafettError
from contracts.vocabulary.wording import Wording
from gateway.auth import Caller, IssuerAwayError, TokenError, TokenVerifier
from gateway.http.problems import ProblemError, ProblemKind, unauthenticated
from gateway.middleware.limits import Buckets, Limits

CALLER: Final = "stafett.caller"
"""The key in the ASGI scope of the caller, or of the error when the token is missing or not believed."""

_LONGEST_ADDRESS: Final = 64
_HEALTH: Final = ("/health/live", "/health/ready")


def caller_of(scope: Scope) -> Caller:
    """The caller of a request. Raises the problem of a token that is missing or not believed."""
    found: Caller | StafettError = scope[CALLER]
    if isinstance(found, StafettError):
        raise found
    return found


class Authentication:
    """ASGI middleware. Health checks have no limit: an operator must see that a service lives while it is flooded."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, limits: Limits, elapsed: Callable[[], float]) -> None:
        self._app = app
        self._verifier = verifier
        self._of_callers = Buckets(limits.per_caller, elapsed)
        self._of_addresses = Buckets(limits.per_address, elapsed)
        self._most_at_once = limits.at_once_per_caller
        self._at_once: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _HEALTH:
            return await self._app(scope, receive, send)
        found = scope[CALLER] = await self._found(scope)
        if not isinstance(found, Caller):
            return await self._app(scope, receive, send)
        _require(self._of_callers.take(found.subject))
        before = self._at_once.get(found.subject, 0)
        if before >= self._most_at_once:
            most = self._most_at_once
            words = Wording(
                f"At most {most} requests of one caller are answered at once.",
                f"Högst {most} begäranden från en och samma besvaras samtidigt.",
            )
            raise too_many(words, 1)
        self._at_once[found.subject] = before + 1
        try:
            await self._app(scope, receive, send)
        finally:
            left = self._at_once[found.subject] - 1
            if left:
                self._at_once[found.subject] = left
            else:
                del self._at_once[found.subject]
        return None

    async def _found(self, scope: Scope) -> Caller | StafettError:
        token = _token(scope)
        known = None if token is None else self._verifier.remembered(token)
        if known is not None:
            return known
        _require(self._of_addresses.take(_address(scope)))
        if token is None:
            return unauthenticated(
                Wording(
                    "Send an Authorization header with a bearer token.",
                    "Skicka ett Authorization-huvud med en bearer-token.",
                )
            )
        await self._verifier.prepare(token)
        try:
            return self._verifier.verify(token)
        except (TokenError, IssuerAwayError) as error:
            return error


def too_many(detail: Wording, seconds: float) -> ProblemError:
    """The problem of a caller that asks too often, and may ask again after so many seconds."""
    return ProblemError(ProblemKind.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(max(1, ceil(seconds)))})


def _require(late: float) -> None:
    if late:
        raise too_many(
            Wording(
                "Ask less often; Retry-After says when to ask again.",
                "Fråga mer sällan; Retry-After säger när det går igen.",
            ),
            late,
        )


def _token(scope: Scope) -> str | None:
    """The bearer token of the Authorization header (RFC 6750); None when there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() or None if scheme.lower() == "bearer" else None
    return None


def _address(scope: Scope) -> str:
    """The address against which a request counts. For IPv6 it is the /64 network, since one host can own all of it."""
    client = scope.get("client")
    host = "" if client is None else str(client[0])[:_LONGEST_ADDRESS]  # a proxy states it, so it may be anything
    if ":" not in host:
        return host
    try:
        return IPv6Address(host.partition("%")[0]).exploded[:19]
    except ValueError:
        return host
