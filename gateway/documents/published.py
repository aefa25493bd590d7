"""The published documents of one service as bytes. Each is made when somebody asks for it, and kept."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from starlette.routing import BaseRoute

from gateway.context import GatewayContext
from gateway.documents import asyncapi, openapi
from gateway.documents.described import Described


class PublishedDocuments:
    """The documents of one app. OpenAPI is made again when the issuer has published its token endpoint."""

    def __init__(self, routes: Sequence[BaseRoute], context: GatewayContext) -> None:
        self._routes = routes
        self._context = context
        self._openapi: dict[str | None, bytes] = {}
        self._asyncapi = b""

    def openapi(self) -> bytes:
        """The OpenAPI document."""
        known = self._context.verifier.keys.token_endpoint
        if known not in self._openapi:
            self._openapi = {known: orjson.dumps(openapi.document(self._routes, Described.of(self._context)))}
        return self._openapi[known]

    def asyncapi(self) -> bytes:
        """The AsyncAPI document."""
        self._asyncapi = self._asyncapi or orjson.dumps(asyncapi.document(Described.of(self._context)))
        return self._asyncapi
