"""The HTTP service of one agency: its routes, its documents and what stands around them, all from its mandate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from time import monotonic
from typing import Any

from fastapi import Depends, FastAPI
from starlette.types import Receive, Scope, Send

from bus.agency import Agency
from bus.node import Node
from contracts.sweden.geography import files
from contracts.sweden.geography.areas import Map
from contracts.vocabulary.agencies import COORDINATOR
from gateway import openapi, problems
from gateway.access import Access
from gateway.auth import TokenVerifier
from gateway.metrics import Metrics
from gateway.queries import only_known
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
from gateway.serving.callers import Callers
from gateway.serving.direct import Direct
from gateway.serving.in_flight import InFlight
from gateway.serving.limits import Limits
from gateway.serving.metrics_door import MetricsDoor


def create_app(
    node: Node,
    mandate: Agency,
    *,
    verifier: TokenVerifier,
    clock: Callable[[], datetime],
    sweden: Map | None = None,
    limits: Limits | None = None,
    metrics_door: MetricsDoor | None = None,
    elapsed: Callable[[], float] = monotonic,
) -> GatewayApp:
    """The service as an ASGI application. The node, which has the same mandate, starts and stops with it.

    `sweden`: who is responsible where and whom to call; what ships with the project when left out. `limits`: how often
    callers may ask, counted by `elapsed`, a clock in seconds that never goes back. `metrics_door`: who may read the
    metrics.
    """
    service = Service(node, mandate, verifier, clock, sweden or files.load())
    metrics = Metrics(node)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await node.start()
        try:
            async with metrics.lag.watched(), verifier.kept_fresh():
                yield
        finally:
            await node.stop()

    app = GatewayApp(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan)
    app.service = service
    problems.install(app)
    writes = cases.routes(service)
    limits = limits or Limits()
    app.direct = Direct(app.routed, writes.routes)
    app.in_flight = InFlight(Callers(app.direct, verifier, limits, elapsed), limits.at_once)
    app.metrics_door = metrics_door or MetricsDoor()
    app.access = Access(app.metrics_door.guarding(app.in_flight), metrics)
    routers = [
        writes,
        guidance.routes(service),
        offers.routes(service),
        personal_details.routes(service),
        erasures.routes(service),
        directory.routes(service),
        work.routes(service),
        contacts.routes(service),
        mandate_routes.routes(service),
        live.routes(service, app.in_flight.ending),
        health.routes(service, metrics, app.in_flight.ending),
        documents.routes(service, app),
    ]
    if service.agency == COORDINATOR:
        routers.append(statistics.routes(service))
    for router in routers:
        app.include_router(router, dependencies=[Depends(only_known)])
    return app


class GatewayApp(FastAPI):
    """FastAPI behind what stands around every request: access lines, the requests in flight, the caller, the direct
    way to the busiest routes. It describes itself with what only the mandate knows.
    """

    service: Service
    access: Access
    in_flight: InFlight
    metrics_door: MetricsDoor
    direct: Direct
    _described_with: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.access(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let FastAPI's own middleware and router answer."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        token_endpoint = self.service.verifier.keys.token_endpoint
        if self.openapi_schema is None or token_endpoint != self._described_with:
            self.openapi_schema = openapi.document(self, self.service)
            self._described_with = token_endpoint
        return self.openapi_schema
