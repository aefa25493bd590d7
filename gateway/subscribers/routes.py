"""The routes of subscribers, for the agency's administrators and its systems."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from bus.subscriber import NAME
from bus.webhooks.rows import SUBSCRIBER, Owing, Webhook, WebhookStatus
from contracts.vocabulary.wording import Wording
from gateway.authorisation import AUDITOR
from gateway.context import Context, GatewayContext
from gateway.delivery.lanes import lanes_of
from gateway.http.openapi_parts import body_operation, documented
from gateway.http.parameters import Limit, PageNumber
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.request_body import read_fact
from gateway.http.response_models import Listing, Page
from gateway.subscribers.registered import Registered
from gateway.subscribers.schemas import (
    DeletedSubscriber,
    HandleAgain,
    OwedEntry,
    Replayed,
    Skip,
    Skipped,
    SubscriberChange,
    SubscriberState,
)

_WRITES = (400, 403, 404, 408, 413, 415, 422, 503)
Name = Annotated[str, Path(pattern=NAME)]

router = APIRouter(prefix="/v1/subscribers", tags=["subscribers"])


@router.get("", response_model=Listing[SubscriberState], responses=documented(403))
async def list_subscribers(request: Request, context: Context) -> Response:
    """The agency's own functions that are told its feed, the oldest first, and how far each has come."""
    context.authorise.administrator(request, AUDITOR)
    owing, end, registered = await context.node.webhooks.owing(), await context.node.feed.end(), _registered(request)
    items = (
        SubscriberState.of(row, owing.get(row.webhook_id, Owing()), end, registered=row.subscriber in registered)
        for row in await context.node.webhooks.all()
        if row.subscriber
    )
    return Listing[SubscriberState](items=tuple(items)).response()


@router.get("/{subscriber}", response_model=SubscriberState, responses=documented(403, 404, 422))
async def read_subscriber(request: Request, context: Context, subscriber: Name) -> Response:
    """A subscriber and how far it has come."""
    context.authorise.administrator(request, AUDITOR)
    return (await _state(request, context, await _found(context, subscriber))).response()


@router.patch(
    "/{subscriber}",
    response_model=SubscriberState,
    responses=documented(*_WRITES),
    openapi_extra=body_operation(SubscriberChange),
)
async def change_subscriber(request: Request, context: Context, subscriber: Name) -> Response:
    """Pause a subscriber, or let it go on where it was, with three days again for what is pending."""
    context.authorise.administrator(request)
    row = await _found(context, subscriber)
    wish = await read_fact(request, SubscriberChange)
    await context.node.webhooks.change(replace(row, state=WebhookStatus(wish.state)))
    lanes_of(request).wake()
    return (await _state(request, context, await _found(context, subscriber))).response()


@router.delete("/{subscriber}", response_model=DeletedSubscriber, responses=documented(403, 404, 409, 422))
async def delete_subscriber(request: Request, context: Context, subscriber: Name) -> Response:
    """Delete the position of a subscriber whose code is gone, with what it is owed."""
    context.authorise.administrator(request)
    row = await _found(context, subscriber)
    if subscriber in _registered(request):
        raise ProblemError(
            ProblemKind.SUBSCRIBER_IN_USE,
            Wording(
                "The service has its code; take it out of STAFETT_SUBSCRIBERS first.",
                "Tjänsten har dess kod; ta först bort den ur STAFETT_SUBSCRIBERS.",
            ),
        )
    await context.node.webhooks.delete(row)
    return DeletedSubscriber(name=subscriber).response()


@router.get("/{subscriber}/owed", response_model=Page[OwedEntry], responses=documented(403, 404, 422))
async def list_owed_entries(
    request: Request, context: Context, subscriber: Name, limit: Limit = 20, page: PageNumber = 1
) -> Response:
    """The entries that wait for their handler or were given up, in the feed's order; never any of their content."""
    context.authorise.administrator(request, AUDITOR)
    row = await _found(context, subscriber)
    found = await context.node.webhooks.owed(row.webhook_id, limit, limit * (page - 1))
    owing = (await context.node.webhooks.owing()).get(row.webhook_id, Owing())
    items = tuple(map(OwedEntry.of, found))
    return Page[OwedEntry](items=items, total=owing.pending + owing.dead, limit=limit, page=page).response()


@router.post(
    "/{subscriber}/replay",
    response_model=Replayed,
    responses=documented(*_WRITES, 410),
    openapi_extra=body_operation(HandleAgain),
)
async def replay_subscriber(request: Request, context: Context, subscriber: Name) -> Response:
    """Handle again: everything after a position, or dead letters."""
    context.authorise.administrator(request)
    row = await _found(context, subscriber)
    wish = await read_fact(request, HandleAgain)
    webhooks, lanes = context.node.webhooks, lanes_of(request)
    if wish.after is not None:
        number = await context.node.feed.require(wish.after)
        async with lanes.held(row.webhook_id):
            await webhooks.replay(row.webhook_id, wish.after, number)
        return Replayed(name=subscriber, after=wish.after, entries=None).response()
    count = await webhooks.redeliver(row.webhook_id, wish.number)
    if wish.number is not None and not count:
        raise _not_found()
    lanes.wake()
    return Replayed(name=subscriber, after=None, entries=count).response()


@router.post(
    "/{subscriber}/skip", response_model=Skipped, responses=documented(*_WRITES), openapi_extra=body_operation(Skip)
)
async def skip_entry(request: Request, context: Context, subscriber: Name) -> Response:
    """Let an entry be, whether it waits or was given up. One that says to forget is not let be."""
    context.authorise.administrator(request)
    row = await _found(context, subscriber)
    wish = await read_fact(request, Skip)
    async with lanes_of(request).held(row.webhook_id):
        skipped = await context.node.webhooks.skip(row.webhook_id, wish.number)
    if not skipped:
        raise _not_found()
    return Skipped(name=subscriber, number=wish.number).response()


def _registered(request: Request) -> Registered:
    registered: Registered = request.app.state.registered
    return registered


async def _found(context: GatewayContext, name: str) -> Webhook:
    row = await context.node.webhooks.find(f"{SUBSCRIBER}{name}")
    if row is None:
        raise _not_found()
    return row


def _not_found() -> ProblemError:
    return ProblemError(
        ProblemKind.NOT_FOUND, Wording("There is nothing like that here.", "Det finns inget sådant här.")
    )


async def _state(request: Request, context: GatewayContext, row: Webhook) -> SubscriberState:
    owing = (await context.node.webhooks.owing()).get(row.webhook_id, Owing())
    end = await context.node.feed.end()
    return SubscriberState.of(row, owing, end, registered=row.subscriber in _registered(request))
