"""The routes of the feed, for agencies' own systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from bus.replica.feed import BEGINNING, POSITION, is_position
from contracts.vocabulary.wording import Wording
from gateway.context import Context, GatewayContext
from gateway.feed.asked import KINDS, asked_by
from gateway.feed.following import Following
from gateway.feed.schemas import FeedPage
from gateway.http.disconnect import while_connected
from gateway.http.negotiation import preferred
from gateway.http.openapi_parts import documented
from gateway.http.parameters import LongLimit
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.sse import EventStream

_MOST_LISTENERS: Final = 200
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_TEXT: Final = {"schema": {"type": "string"}}

After = Annotated[
    str,
    Query(
        pattern=f"^$|{POSITION}",
        description="Only what follows this position, the `next` of the part before. Empty: from the beginning.",
    ),
]
Types = Annotated[
    str,
    Query(
        max_length=4000,
        description=f"Only these, with commas between: names of events, or {', '.join(KINDS)}. What is to be forgotten "
        "is always told.",
    ),
]
Wait = Annotated[
    int, Query(ge=0, le=30, description="For how many seconds to wait for an entry when there is none yet.")
]
LAST_EVENT_ID: Final = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The position of the last entry that the caller has; it takes the place of `after`.",
    "schema": {"type": "string", "pattern": POSITION},
}

router = APIRouter(prefix="/v1/feed", tags=["feed"])


@router.get(
    "",
    response_model=FeedPage,
    responses=documented(410, 422, 503) | {200: {"content": {_LINES: _TEXT}}},
)
async def read_feed(
    request: Request,
    context: Context,
    after: After = BEGINNING,
    types: Types = "",
    limit: LongLimit = 100,
    wait: Wait = 0,
) -> Response:
    """The events that this agency may read, in the order in which its service made them readable.

    Keep `next` with what was applied: it is the `after` of the following part, also after a restart. An event whose key
    came late, or whose details became readable later, is told (again) then, at a new position. A caller that accepts
    `application/x-ndjson` gets a line for each entry; the header `Link` names the following part."""
    caller = context.authorise.reader(request)
    following = Following(context.node, after, context.mandate.roles, asked_by(caller, types), context.opening(caller))
    if wait == 0:
        page = await following.page(limit)
    else:
        with _listening(context, following):
            answering = _answer(request, context, following, limit, wait, types)
            return await while_connected(request, answering)
    return _response(request, page, types, limit)


@router.get(
    "/stream",
    response_class=Response,
    responses=documented(400, 410, 422, 503) | {200: {"content": {"text/event-stream": _TEXT}}},
    openapi_extra={"parameters": [LAST_EVENT_ID]},
)
async def stream_feed(request: Request, context: Context, after: After = BEGINNING, types: Types = "") -> Response:
    """The entries of the feed as server-sent events: what there is after the position, then what comes.

    The id of each is its position. After a break, `Last-Event-ID` goes on where the caller was."""
    caller = context.authorise.reader(request)
    begin = _last_event_id(request) or after
    following = Following(context.node, begin, context.mandate.roles, asked_by(caller, types), context.opening(caller))
    await context.node.feed.require(following.after)
    _require_room(context)
    context.listening.add(following)
    ends_in = caller.expires_at - context.clock().timestamp()
    return EventStream(following, ends_in, lambda: context.listening.discard(following), context.ending)


async def _answer(
    request: Request, context: GatewayContext, following: Following, limit: int, wait: int, types: str
) -> Response:
    return _response(request, await following.page(limit, wait, context.ending), types, limit)


def _response(request: Request, page: FeedPage, types: str, limit: int) -> Response:
    asked = {"after": page.next, "limit": str(limit)} | ({"types": types} if types else {})
    headers = {"Link": f'</v1/feed?{urlencode(asked)}>; rel="next"', "Vary": "Accept", "Cache-Control": "no-store"}
    if preferred(request.headers.get("accept", ""), (_JSON, _LINES)) == _JSON:
        return Response(page.model_dump_json().encode(), 200, headers, _JSON)
    lines = b"".join(entry.model_dump_json().encode() + b"\n" for entry in page.items)
    return Response(lines, 200, headers, _LINES)


def _last_event_id(request: Request) -> str | None:
    sent = request.headers.get("last-event-id")
    if sent is None or is_position(sent):
        return sent
    raise ProblemError(
        ProblemKind.INVALID_HEADER,
        Wording(
            "Last-Event-ID is no position of this feed.",
            "Last-Event-ID är ingen position i det här flödet.",
        ),
        {"header": "Last-Event-ID"},
    )


def _require_room(context: GatewayContext) -> None:
    if len(context.listening) >= _MOST_LISTENERS:
        raise ProblemError(
            ProblemKind.TOO_MANY_LISTENERS,
            Wording("Ask again later.", "Fråga igen senare."),
            headers={"Retry-After": "10"},
        )


@contextmanager
def _listening(context: GatewayContext, following: Following) -> Iterator[None]:
    """Count the caller among the listeners while it waits."""
    _require_room(context)
    context.listening.add(following)
    try:
        yield
    finally:
        context.listening.discard(following)
