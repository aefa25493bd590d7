"""The HTTP service of one agency: its routes, its documents and the middleware around them, all from its mandate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from bus.mandate import Mandate
from bus.nats.private_broker import PrivateBrokerSettings
from bus.node import Node
from bus.subscriber import Subscriber
from bus.webhooks.rows import Webhook
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
from gateway.delivery.attempt import Target
from gateway.delivery.lanes import Lanes
from gateway.delivery.metrics import DeliveryCollector
from gateway.directory import routes as directory
from gateway.documents import routes as documents
from gateway.documents.published import PublishedDocuments
from gateway.erasures import routes as erasures
from gateway.feed import routes as feed
from gateway.http import error_mapping
from gateway.http.query import only_known
from gateway.kept_records import routes as kept_records
from gateway.live import routes as live
from gateway.mandate import routes as mandate_routes
from gateway.metrics import Metrics
from gateway.middleware.access_log import AccessLog
from gateway.middleware.authentication import Authentication
from gateway.middleware.direct import Direct
from gateway.middleware.in_flight import InFlight
from gateway.middleware.limits import Limits
from gateway.middleware.metrics_door import MetricsDoor
from gateway.middleware.representation import Representation
from gateway.middleware.tracing import Tracing
from gateway.offers import routes as offers
from gateway.openings import routes as openings
from gateway.operation import routes as operation
from gateway.outside import routes as outside_routes
from gateway.outside.door import OutsideDoor
from gateway.outside.links import Links
from gateway.outside.settings import OutsideSettings
from gateway.personal_details import routes as personal_details
from gateway.private.service import PrivateService
from gateway.quarantine import routes as quarantine
from gateway.readings import routes as readings
from gateway.receipts import routes as receipts
from gateway.replay import routes as replay
from gateway.statistics import routes as statistics
from gateway.submissions import routes as submissions
from gateway.subscribers import routes as subscriber_routes
from gateway.subscribers.registered import Registered
from gateway.tasks import routes as tasks
from gateway.webhooks import routes as webhooks
from gateway.webhooks.target import Address, Sender

_ROUTERS: Final[tuple[APIRouter, ...]] = (
    cases.router,
    actions.router,
    assistance.router,
    deadlines.of_a_case,
    offers.router,
    outside_routes.router,
    outside_routes.by_link,
    personal_details.router,
    readings.router,
    receipts.router,
    erasures.router,
    openings.router,
    replay.router,
    kept_records.router,
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
    subscriber_routes.router,
    statistics.everywhere,
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
    outside: OutsideSettings | None = None,
    private_broker: PrivateBrokerSettings | None = None,
    sender: Sender | None = None,
    subscribers: Sequence[Subscriber] = (),
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
        outside: how agencies outside the bus reach the service; by default, they cannot.
        private_broker: the agency's own broker, for its systems; when left out, there is none.
        sender: how webhooks are sent, and which addresses they may reach; the public ones when left out.
        subscribers: the agency's own functions that are told its feed.
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

    registered = Registered(node, subscribers)
    sender = sender or Sender()

    def target_of(webhook: Webhook) -> Target | None:
        return registered.target(webhook.subscriber) if webhook.subscriber else Address(node, webhook.url, sender)

    sending = Lanes(node, mandate.roles, target_of, begins=registered.begin, jitter=sender.jitter)
    context.beside.append(lambda: sending.troubles)
    context.metrics.registry.register(DeliveryCollector(sending))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await node.start()
        try:
            async with context.metrics.lag.watched(), verifier.kept_fresh(), beside(), registered, sending.running():
                yield
        finally:
            await node.stop()

    app = GatewayApp(
        routes=[*routes(with_statistics=context.agency == COORDINATOR)],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    private = private_broker and PrivateService(node, private_broker, mandate.roles, app)
    if private:
        context.beside.append(lambda: private.troubles)
    beside = private.running if private else nullcontext
    app.context = app.state.context = context
    app.state.outside = OutsideDoor(outside or OutsideSettings(), Links(context.pseudonyms.key_for("links outside")))
    app.state.sending = sending
    app.state.sender = sender
    app.state.registered = registered
    app.state.documents = PublishedDocuments(app.routes, context)
    error_mapping.install(app)
    limits = limits or Limits()
    app.direct = Direct(app.routed, cases.router.routes, context)
    authenticated = Authentication(Representation(app.direct), verifier, limits, elapsed)
    app.in_flight = InFlight(authenticated, limits.at_once, context.ending)
    app.metrics_door = metrics_door or MetricsDoor()
    guarded = app.metrics_door.guarding(app.in_flight)
    app.access_log = AccessLog(Tracing(guarded, context.agency), context.metrics)
    return app


@cache
def routes(*, with_statistics: bool) -> tuple[BaseRoute, ...]:
    """The routes of a service. All services of a process share them.

    FastAPI takes longer to prepare their handlers, at the first request, than the rest of the service takes to start.
    """
    together = APIRouter(generate_unique_id_function=_operation_id)
    for router in (*_ROUTERS, *((statistics.router,) if with_statistics else ())):
        together.include_router(router, dependencies=[Depends(only_known)])
    return tuple(together.routes)


def _operation_id(route: APIRoute) -> str:
    """The id of an operation, after which generated clients name their methods: the name of its handler."""
    return route.endpoint.__name__


class GatewayApp(FastAPI):
    """FastAPI inside the gateway's middleware. Its documents describe the events that the mandate allows."""

    context: GatewayContext
    access_log: AccessLog
    in_flight: InFlight
    metrics_door: MetricsDoor
    direct: Direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.access_log(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by FastAPI's own middleware and router."""
        await super().__call__(scope, receive, send)
