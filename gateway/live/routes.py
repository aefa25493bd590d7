"""The route of live updates, for consoles and for agencies' own systems."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.sse import EventStream
from gateway.live.listener import Listener

_MOST_LISTENERS: Final = 200

router = APIRouter(prefix="/v1", tags=["live"])


@router.get(
    "/live",
    response_class=Response,
    responses=documented(503) | {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream_live_updates(request: Request, context: Context) -> Response:
    """Server-sent events about the cases that this agency takes part in.

    The first is `ready` with the log's sequence. Then comes `committed` with the case, version and type of each event;
    its id is the log's sequence. The service sends no event again: after a break, read the cases."""
    caller = context.authorise.reader(request)
    if len(context.listening) >= _MOST_LISTENERS:
        raise ProblemError(
            ProblemKind.TOO_MANY_LISTENERS,
            Wording("Ask again later.", "Fråga igen senare."),
            headers={"Retry-After": "10"},
        )
    listener = Listener(context.agency, context.node.replica)
    context.listening.add(listener)
    ends_in = caller.expires_at - context.clock().timestamp()
    return EventStream(listener, ends_in, lambda: context.listening.discard(listener), context.ending)
