"""The published documents of one service as bytes. Each is made once and kept."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI

from gateway.context import GatewayContext
from gateway.documents import asyncapi


class PublishedDocuments:
    """The documents of one app. OpenAPI is made again when the issuer has published its token endpoint."""

    def __init__(self, app: FastAPI, context: GatewayContext) -> None:
        self._app = app
        self._context = context
        self._described: dict[str, Any] | None = None
        self._openapi = b""
        self._asyncapi = b""

    def openapi(self) -> bytes:
        """The OpenAPI document."""
        described = self._app.openapi()
        if described is not self._described:
            self._described, self._openapi = described, orjson.dumps(described)
        return self._openapi

    def asyncapi(self) -> bytes:
        """The AsyncAPI document."""
        self._asyncapi = self._asyncapi or orjson.dumps(asyncapi.document(self._context))
        return self._asyncapi
