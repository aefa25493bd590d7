"""The HTTP service of one agency: its routes, its documents and what stands around them, all from its mandate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI

from bus.agency import Agency
from bus.node import Node
from contracts import routing
from contracts.agencies import COORDINATOR
from contracts.routing import Map
from gateway import openapi, problems
from gateway.access import Access
from gateway.auth import TokenVerifier
from gateway.fresh_keys import FreshKeys
from gateway.metrics import Metrics
from gateway.routes import (
    cases,
    contacts,
    directory,
    documents,
    erasures,
    guidance,
    health,
    live,
    offers,
    personal_details,
    statistics,
    work,
)
from gateway.routes import mandate as mandate_routes
from gateway.service import Service


def create_app(
    node: Node,
    mandate: Agency,
    *,
    verifier: TokenVerifier,
    clock: Callable[[], datetime],
    sweden: Map | None = None,
) -> FastAPI:
    """The service as an ASGI application. The node, which has the same mandate, starts and stops with it.

    `sweden`: who is responsible where and whom to call; what ships with the project when left out.
    """
    service = Service(node, mandate, verifier, clock, sweden or routing.load())
    metrics = Metrics(node)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await node.start()
        try:
            async with metrics.lag.watched(), verifier.kept_fresh():
                yield
        finally:
            await node.stop()

    app = _Described(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan)
    app.service = service
    problems.install(app)
    app.add_middleware(FreshKeys, verifier=verifier)
    app.add_middleware(Access, metrics=metrics)
    for router in (
        cases.routes(service),
        guidance.routes(service),
        offers.routes(service),
        personal_details.routes(service),
        erasures.routes(service),
        directory.routes(service),
        work.routes(service),
        contacts.routes(service),
        mandate_routes.routes(service),
        live.routes(service),
        health.routes(service, metrics),
        documents.routes(service, app),
    ):
        app.include_router(router)
    if service.agency == COORDINATOR:
        app.include_router(statistics.routes(service))
    return app


class _Described(FastAPI):
    """Describes itself with what only the mandate knows."""

    service: Service
    _described_with: str | None = None

    def openapi(self) -> dict[str, Any]:
        token_endpoint = self.service.verifier.keys.token_endpoint
        if self.openapi_schema is None or token_endpoint != self._described_with:
            self.openapi_schema = openapi.document(self, self.service)
            self._described_with = token_endpoint
        return self.openapi_schema
