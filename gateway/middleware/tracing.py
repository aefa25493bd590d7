"""Joins each request to the trace of its caller, and records a span for it where spans are recorded.

The access line has the id of the trace. Without a `traceparent`, and while nothing is recorded, it does nothing.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.trace import SpanKind, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bus import tracing
from gateway.http.error_mapping import problem_of
from gateway.logs import TRACE_ID

_TRACEPARENT: Final = b"traceparent"


class Tracing:
    """ASGI middleware. `agency`: whose service this is."""

    def __init__(self, app: ASGIApp, agency: str) -> None:
        self._app = app
        self._agency = agency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = [value for name, value in scope.get("headers", ()) if name == _TRACEPARENT]
        if scope["type"] != "http" or not (sent or tracing.recording()):
            return await self._app(scope, receive, send)
        caller = tracing.read(sent[0].decode("latin-1")) if len(sent) == 1 else None
        method = scope["method"]
        known = {"http.request.method": method, "stafett.agency": self._agency}
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with tracing.within(method, SpanKind.SERVER, known, caller) as span:
            scope[TRACE_ID] = tracing.trace_id()
            try:
                return await self._app(scope, receive, watch)
            except Exception as error:
                status = problem_of(error).kind.status
                raise
            finally:
                if span is not None:
                    route = getattr(scope.get("route"), "path", None)
                    if route is not None:
                        span.update_name(f"{method} {route}")
                        span.set_attribute("http.route", route)
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(StatusCode.ERROR)
