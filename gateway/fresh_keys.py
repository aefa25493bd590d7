"""Before a request is answered: have the issuer's key that its token names, without holding up anybody else."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth import TokenVerifier
from gateway.service import bearer_token


class FreshKeys:
    """ASGI middleware, by which the routes can judge tokens without waiting for the network."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            token = bearer_token(Headers(scope=scope).get("authorization", ""))
            if token is not None:
                await self._verifier.prepare(token)
        await self._app(scope, receive, send)
