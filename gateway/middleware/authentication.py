"""Finds out who calls, once per request and before anything else is read; and limits how often each caller may ask.

A token that was believed before is looked up. A request with any other token is first counted against its address, so
that a stranger cannot make the service check signatures without end. That count never holds up a caller whose token is
believed.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from math import ceil
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.errors import StafettError
from gateway.auth import Caller, IssuerAwayError, TokenError, TokenVerifier
from gateway.http.problems import Kind, ProblemError, unauthenticated
from gateway.middleware.limits import Buckets, Limits

CALLER: Final = "stafett.caller"
"""Where the caller stands in the ASGI scope, or the error that a request without a good token meets."""

_LONGEST_ADDRESS: Final = 64
_HEALTH: Final = ("/health/live", "/health/ready")


def caller_of(scope: Scope) -> Caller:
    """The caller. Raises the problem of a request without a token, or with one that is not believed."""
    found: Caller | StafettError = scope[CALLER]
    if isinstance(found, StafettError):
        raise found
    return found


class Authentication:
    """ASGI middleware. Health has no limit: an operator must learn that a service lives while it is flooded."""

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
            raise too_many(f"At most {self._most_at_once} requests of one caller are answered at once.", 1)
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
            return unauthenticated("Send an Authorization header with a bearer token.")
        await self._verifier.prepare(token)
        try:
            return self._verifier.verify(token)
        except (TokenError, IssuerAwayError) as error:
            return error


def too_many(detail: str, seconds: float) -> ProblemError:
    """The caller asks too often, and may again in so many seconds."""
    return ProblemError(Kind.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(max(1, ceil(seconds)))})


def _require(late: float) -> None:
    if late:
        raise too_many("Ask less often; Retry-After says when to ask again.", late)


def _token(scope: Scope) -> str | None:
    """The token of the Authorization header (RFC 6750); None when there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() or None if scheme.lower() == "bearer" else None
    return None


def _address(scope: Scope) -> str:
    """The address that requests are counted by; for IPv6 the network of 64 bits, which one host can have alone."""
    client = scope.get("client")
    host = "" if client is None else str(client[0])[:_LONGEST_ADDRESS]  # a proxy's word for it, which may be anything
    if ":" not in host:
        return host
    try:
        return IPv6Address(host.partition("%")[0]).exploded[:19]
    except ValueError:
        return host
