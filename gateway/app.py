"""The HTTP service of one agency: its routes, its documents and the middleware around them, all from its mandate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from bus.mandate import Mandate
from bus.node import Node
from contracts.sweden.geography import files
from contracts.sweden.geography.areas import Map
from contracts.vocabulary.agencies import COORDINATOR
from gateway.actions import routes as actions
from gateway.assistance import routes as assistance
from gateway.auth import TokenVerifier
from gateway.auth.pseudonyms import Pseudonyms
from gateway.cases import routes as cases
from gateway.contacts import routes as contacts
from gateway.context import GatewayContext
from gateway.deadlines import routes as deadlines
from gateway.directory import routes as directory
from gateway.documents import openapi
from gateway.documents import routes as documents
from gateway.documents.published import PublishedDocuments
from gateway.erasures import routes as erasures
from gateway.feed import routes as feed
from gateway.http import error_mapping
from gateway.http.query import only_known
from gateway.live import routes as live
from gateway.mandate import routes as mandate_routes
from gateway.metrics import Metrics
from gateway.middleware.access_log import AccessLog
from gateway.middleware.authentication import Authentication
from gateway.middleware.direct import Direct
from gateway.middleware.in_flight import InFlight
from gateway.middleware.limits import Limits
from gateway.middleware.metrics_door import MetricsDoor
from gateway.offers import routes as offers
from gateway.operation import routes as operation
from gateway.personal_details import routes as personal_details
from gateway.quarantine import routes as quarantine
from gateway.readings import routes as readings
from gateway.statistics import routes as statistics
from gateway.submissions import routes as submissions
from gateway.tasks import routes as tasks
from gateway.webhooks import routes as webhooks
from gateway.webhooks.lane import Sender
from gateway.webhooks.metrics import WebhookCollector
from gateway.webhooks.sending import WebhookSending

_ROUTERS: Final[tuple[APIRouter, ...]] = (
    cases.router,
    actions.router,
    assistance.router,
    deadlines.of_a_case,
    offers.router,
    personal_details.router,
    readings.router,
    erasures.router,
    directory.router,
    submissions.router,
    quarantine.router,
    tasks.listing,
    deadlines.of_all_cases,
    tasks.finishing,
    contacts.router,
    mandate_routes.router,
    live.router,
    feed.router,
    webhooks.router,
    operation.router,
    documents.router,
)
"""The routes of every agency, in the order in which the OpenAPI document lists them."""


def create_app(
    node: Node,
    mandate: Mandate,
    *,
    verifier: TokenVerifier,
    clock: Callable[[], datetime],
    sweden: Map | None = None,
    limits: Limits | None = None,
    metrics_door: MetricsDoor | None = None,
    sender: Sender | None = None,
    elapsed: Callable[[], float] = monotonic,
) -> GatewayApp:
    """The service as an ASGI application. It starts and stops the node, which must have the same mandate.

    Args:
        node: the agency's node on the bus.
        mandate: the events that the agency may issue, and in which roles.
        verifier: verifies the tokens of callers.
        clock: returns the present moment, with its zone.
        sweden: the agencies responsible for each area, and contacts; when left out, the data that ships with Stafett.
        limits: how often callers may ask; the defaults of `Limits` when left out.
        metrics_door: who may read the metrics; everybody when left out.
        sender: how webhooks are sent, and which addresses they may reach; the public ones when left out.
        elapsed: a clock in seconds that never goes back, by which `limits` are counted.

    Raises StoreError when the agency's key of pseudonyms cannot be used.
    """
    context = GatewayContext(
        node=node,
        mandate=mandate,
        verifier=verifier,
        clock=clock,
        sweden=sweden or files.load(),
        pseudonyms=Pseudonyms.load_or_create(node.settings.home),
        metrics=Metrics(node),
        ending=asyncio.Event(),
    )

    sending = WebhookSending(node, sender or Sender())
    context.beside.append(lambda: sending.troubles)
    context.metrics.registry.register(WebhookCollector(sending))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await node.start()
        try:
            async with context.metrics.lag.watched(), verifier.kept_fresh(), sending.running():
                yield
        finally:
            await node.stop()

    app = GatewayApp(
        routes=[*_routes(with_statistics=context.agency == COORDINATOR)],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.context = app.state.context = context
    app.state.sending = sending
    app.state.documents = PublishedDocuments(app, context)
    error_mapping.install(app)
    limits = limits or Limits()
    app.direct = Direct(app.routed, cases.router.routes, context)
    authenticated = Authentication(app.direct, verifier, limits, elapsed)
    app.in_flight = InFlight(authenticated, limits.at_once, context.ending)
    app.metrics_door = metrics_door or MetricsDoor()
    app.access_log = AccessLog(app.metrics_door.guarding(app.in_flight), context.metrics)
    return app


@cache
def _routes(*, with_statistics: bool) -> tuple[BaseRoute, ...]:
    """The routes of a service. All services of a process share them.

    FastAPI takes longer to prepare their handlers, at the first request, than the rest of the service takes to start.
    """
    together = APIRouter()
    for router in (*_ROUTERS, *((statistics.router,) if with_statistics else ())):
        together.include_router(router, dependencies=[Depends(only_known)])
    return tuple(together.routes)


class GatewayApp(FastAPI):
    """FastAPI inside the gateway's middleware. Its documents describe the events that the mandate allows."""

    context: GatewayContext
    access_log: AccessLog
    in_flight: InFlight
    metrics_door: MetricsDoor
    direct: Direct
    _described_with: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.access_log(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by FastAPI's own middleware and router."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document. It is made again when the issuer has published its token endpoint."""
        token_endpoint = self.context.verifier.keys.token_endpoint
        if self.openapi_schema is None or token_endpoint != self._described_with:
            self.openapi_schema = openapi.document(self, self.context)
            self._described_with = token_endpoint
        return self.openapi_schema
