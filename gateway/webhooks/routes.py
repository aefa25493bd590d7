"""The routes of webhooks, for the agency's administrators and its systems.

The file has over 250 lines because it is the one list of what an administrator may do with webhooks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Final

import httpx
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from bus.webhooks.rows import MessageContent, Owing, Webhook, WebhookStatus
from contracts.vocabulary.wording import Wording
from gateway.authorisation import AUDITOR
from gateway.context import Context, GatewayContext
from gateway.delivery.lanes import lanes_of
from gateway.feed.asked import KNOWN
from gateway.http.misfits import misfit
from gateway.http.openapi_parts import body_operation, documented
from gateway.http.parameters import Limit, PageNumber, is_uuid
from gateway.http.problems import ProblemError, ProblemKind, invalid_in
from gateway.http.request_body import read_fact
from gateway.http.response_models import Listing, Page
from gateway.webhooks.messages import written
from gateway.webhooks.outbound import RefusedAddressError
from gateway.webhooks.schemas import (
    DeadLetter,
    DeletedWebhook,
    NewWebhook,
    PingResult,
    Redelivered,
    Rotation,
    WebhookChange,
    WebhookSecret,
    WebhookState,
)
from gateway.webhooks.target import Sender, ping

MOST: Final = 20
"""How many webhooks an agency may have. Each has connections and tasks of its own."""

_RESOLVED_WITHIN: Final = 5.0
_WRITES: Final = (400, 403, 404, 408, 413, 415, 422, 503)
Number = Annotated[int, Path(ge=1, le=2**53)]

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.get("", response_model=Listing[WebhookState], responses=documented(403))
async def list_webhooks(request: Request, context: Context) -> Response:
    """The webhooks, the oldest first, and how far each has come."""
    context.authorise.administrator(request, AUDITOR)
    owing, end = await context.node.webhooks.owing(), await context.node.feed.end()
    items = (WebhookState.of(each, owing.get(each.webhook_id, Owing()), end) for each in await _webhooks(context))
    return Listing[WebhookState](items=tuple(items)).response()


@router.post(
    "",
    status_code=201,
    response_model=WebhookSecret,
    responses=documented(400, 403, 408, 409, 410, 413, 415, 422, 503),
    openapi_extra=body_operation(NewWebhook),
)
async def create_webhook(request: Request, context: Context) -> Response:
    """Have the feed sent to an address. The answer has the secret by which the receiver knows the sender; keep it."""
    context.authorise.administrator(request)
    wish = await read_fact(request, NewWebhook)
    await _require_target(request, wish.url, wish.content)
    types = _types(wish.types)
    after = await context.node.feed.end() if wish.after is None else wish.after
    await context.node.feed.require(after)
    if len(await _webhooks(context)) >= MOST:
        raise ProblemError(
            ProblemKind.TOO_MANY_WEBHOOKS,
            Wording(f"Delete one of the {MOST} first.", f"Ta först bort någon av de {MOST}."),
        )
    webhook, secret = await context.node.webhooks.create(wish.url, wish.content, types, after)
    lanes_of(request).wake()
    shown = WebhookSecret(webhook_id=webhook.webhook_id, secret=written(secret))
    return shown.response(201, Location=f"/v1/webhooks/{webhook.webhook_id}", Cache_Control="no-store")


@router.get("/{webhook_id}", response_model=WebhookState, responses=documented(403, 404))
async def read_webhook(request: Request, context: Context, webhook_id: str) -> Response:
    """A webhook and how far it has come."""
    context.authorise.administrator(request, AUDITOR)
    return (await _state(context, await _found(context, webhook_id))).response()


@router.patch(
    "/{webhook_id}",
    response_model=WebhookState,
    responses=documented(*_WRITES),
    openapi_extra=body_operation(WebhookChange),
)
async def change_webhook(request: Request, context: Context, webhook_id: str) -> Response:
    """Change a webhook. One that is made active goes on where it was, and has three days again for what is pending."""
    context.authorise.administrator(request)
    webhook = await _found(context, webhook_id)
    wish = await read_fact(request, WebhookChange)
    changed = replace(
        webhook,
        url=wish.url or webhook.url,
        content=wish.content or webhook.content,
        types=webhook.types if wish.types is None else _types(wish.types),
        state=WebhookStatus(wish.state) if wish.state else webhook.state,
    )
    await _require_target(request, changed.url, changed.content)
    await context.node.webhooks.change(changed)
    lanes_of(request).wake()
    return (await _state(context, await _found(context, webhook_id))).response()


@router.delete("/{webhook_id}", response_model=DeletedWebhook, responses=documented(403, 404))
async def delete_webhook(request: Request, context: Context, webhook_id: str) -> Response:
    """Delete a webhook, with what it is owed and its dead letters."""
    context.authorise.administrator(request)
    webhook = await _found(context, webhook_id)
    await context.node.webhooks.delete(webhook)
    lanes_of(request).wake()
    return DeletedWebhook(webhook_id=webhook.webhook_id).response()


@router.post(
    "/{webhook_id}/rotate",
    response_model=WebhookSecret,
    responses=documented(*_WRITES),
    openapi_extra=body_operation(Rotation),
)
async def rotate_webhook_secret(request: Request, context: Context, webhook_id: str) -> Response:
    """Give a webhook a new secret. Until the overlap ends, both secrets sign each message."""
    context.authorise.administrator(request)
    webhook = await _found(context, webhook_id)
    wish = await read_fact(request, Rotation)
    secret = await context.node.webhooks.rotate(webhook, wish.overlap_hours * 3600.0)
    shown = WebhookSecret(webhook_id=webhook.webhook_id, secret=written(secret))
    return shown.response(Cache_Control="no-store")


@router.post("/{webhook_id}/ping", response_model=PingResult, responses=documented(403, 404))
async def ping_webhook(request: Request, context: Context, webhook_id: str) -> Response:
    """Send a test message now. If its receiver accepts it, everything that is pending is tried now too."""
    context.authorise.administrator(request)
    answer = await ping(context.node, await _found(context, webhook_id), _sender(request))
    lanes_of(request).wake()
    result = PingResult(accepted=not answer.trouble, status=answer.status, trouble=answer.trouble or None)
    return result.response()


@router.get("/{webhook_id}/dead-letters", response_model=Page[DeadLetter], responses=documented(403, 404, 422))
async def list_dead_letters(
    request: Request, context: Context, webhook_id: str, limit: Limit = 20, page: PageNumber = 1
) -> Response:
    """The messages that were given up, in the order of the feed; never any of their content."""
    context.authorise.administrator(request, AUDITOR)
    webhook = await _found(context, webhook_id)
    found = await context.node.webhooks.dead_letters(webhook_id, limit, limit * (page - 1))
    total = (await context.node.webhooks.owing()).get(webhook.webhook_id, Owing()).dead
    items = tuple(map(DeadLetter.of, found))
    return Page[DeadLetter](items=items, total=total, limit=limit, page=page).response()


@router.post("/{webhook_id}/dead-letters/redeliver", response_model=Redelivered, responses=documented(403, 404))
async def redeliver_dead_letters(request: Request, context: Context, webhook_id: str) -> Response:
    """Try all dead letters again, for three days from now, under the ids that they had."""
    return await _redelivered(request, context, webhook_id, None)


@router.post(
    "/{webhook_id}/dead-letters/{number}/redeliver", response_model=Redelivered, responses=documented(403, 404, 422)
)
async def redeliver_dead_letter(request: Request, context: Context, webhook_id: str, number: Number) -> Response:
    """Try one dead letter again."""
    return await _redelivered(request, context, webhook_id, number)


async def _redelivered(request: Request, context: GatewayContext, webhook_id: str, number: int | None) -> Response:
    context.authorise.administrator(request)
    webhook = await _found(context, webhook_id)
    count = await context.node.webhooks.redeliver(webhook.webhook_id, number)
    if number is not None and not count:
        raise _not_found()
    lanes_of(request).wake()
    return Redelivered(redelivered=count).response()


def _sender(request: Request) -> Sender:
    sender: Sender = request.app.state.sender
    return sender


async def _webhooks(context: GatewayContext) -> list[Webhook]:
    return [each for each in await context.node.webhooks.all() if not each.subscriber]


async def _found(context: GatewayContext, webhook_id: str) -> Webhook:
    webhook = await context.node.webhooks.find(webhook_id) if is_uuid(webhook_id) else None
    if webhook is None:
        raise _not_found()
    return webhook


def _not_found() -> ProblemError:
    return ProblemError(
        ProblemKind.NOT_FOUND, Wording("There is no such webhook here.", "Det finns ingen sådan webhook här.")
    )


async def _state(context: GatewayContext, webhook: Webhook) -> WebhookState:
    owing = (await context.node.webhooks.owing()).get(webhook.webhook_id, Owing())
    return WebhookState.of(webhook, owing, await context.node.feed.end())


def _types(names: Iterable[str]) -> str:
    chosen = sorted(set(names))
    for name in chosen:
        if name not in KNOWN:
            raise invalid_in([misfit("unknown_event_type", "No such event.", pointer="/types")])
    return ",".join(chosen)


async def _require_target(request: Request, url: str, content: MessageContent) -> None:
    """Raise a problem when a webhook may not have this address. A name without addresses yet is judged at sending."""
    target = _parsed(url)
    if content is MessageContent.FULL and target.scheme != "https":
        raise invalid_in([misfit("https_needed", "Not https.", pointer="/url")])
    sender = _sender(request)
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_RESOLVED_WITHIN):
            await sender.outbound.address(target.raw_host.decode(), port, sender.resolve)
    except RefusedAddressError:
        raise invalid_in([misfit("address_refused", "Not allowed.", pointer="/url")]) from None
    except OSError:
        pass


def _parsed(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
        if target.scheme in ("http", "https") and target.host and not target.userinfo and not target.fragment:
            return target
    except (httpx.InvalidURL, ValueError):
        pass
    raise invalid_in([misfit("not_an_address", "Not an address.", pointer="/url")])
