"""Live updates for consoles and for agencies' own systems."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.openapi_parts import documented
from gateway.http.problems import Kind, ProblemError
from gateway.live import Listener, LiveResponse
from gateway.service import Service

_MOST_LISTENERS: Final = 200


def routes(service: Service, ending: asyncio.Event) -> APIRouter:
    """The route of the live updates, which end when the service begins to stop."""
    router = APIRouter(prefix="/v1", tags=["live"])
    listeners: set[Listener] = set()

    @router.get(
        "/live",
        response_class=Response,
        responses=documented(503) | {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def listen(request: Request) -> Response:
        """Server-sent events about the cases that this agency takes part in.

        First `ready` with the log's sequence, then `committed` with the case, version and type of each event; their id
        is the log's sequence. What comes while nobody listens is not sent again: after a break, read the cases."""
        caller = service.caller(request)
        if len(listeners) >= _MOST_LISTENERS:
            raise ProblemError(Kind.TOO_MANY_LISTENERS, "Ask again later.", headers={"Retry-After": "10"})
        listener = Listener(service.agency, service.node.replica)
        listeners.add(listener)
        ends_in = caller.expires_at - service.clock().timestamp()
        return LiveResponse(listener, ends_in, lambda: listeners.discard(listener), ending)

    return router
