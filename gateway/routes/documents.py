"""What describes the service to machines: OpenAPI, AsyncAPI, API information. Open to all, made once."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from gateway import asyncapi, openapi
from gateway.answers.service import ApiInfo
from gateway.service import Service

_RELEASED: Final = date(2026, 11, 22)


def routes(service: Service, app: FastAPI) -> APIRouter:
    """The routes of the documents."""
    router = APIRouter(tags=["documents"])
    made: dict[str, bytes] = {}
    openapi_by_token_endpoint: dict[str | None, bytes] = {}  # known once the issuer has told it
    keys = service.verifier.keys

    @router.get("/openapi.json", response_model=dict[str, Any])
    async def read_openapi() -> Response:
        """This interface as OpenAPI 3.1."""
        if keys.token_endpoint not in openapi_by_token_endpoint:
            openapi_by_token_endpoint.clear()
            openapi_by_token_endpoint[keys.token_endpoint] = orjson.dumps(app.openapi())
        return _document(openapi_by_token_endpoint[keys.token_endpoint])

    @router.get("/asyncapi.json", response_model=dict[str, Any])
    async def read_asyncapi() -> Response:
        """What this agency says and hears on the bus as AsyncAPI 3.0."""
        if "asyncapi" not in made:
            made["asyncapi"] = orjson.dumps(asyncapi.document(service))
        return _document(made["asyncapi"])

    @router.get("/api-info", response_model=ApiInfo)
    async def read_api_info() -> Response:
        """About this interface, in the form of Sweden's REST API profile."""
        info = ApiInfo(
            apiName=f"stafett-{service.agency}",
            apiVersion=openapi.VERSION,
            apiReleased=_RELEASED,
            apiDocumentation="/openapi.json",
            apiStatus="beta",
        )
        return info.response()

    return router


def _document(content: bytes) -> Response:
    return Response(content, headers={"Cache-Control": "public, max-age=60"}, media_type="application/json")
