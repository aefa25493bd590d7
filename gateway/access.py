"""Around every request: one access line, the metrics, headers that each answer carries, and the last resort.

The line holds the route's template, never the path, the query, a header or anything of a body.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import problems
from gateway.metrics import Metrics

log = logging.getLogger(__name__)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})


class Access:
    """The outermost ASGI middleware of the gateway."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            log.error("unexpected failure", extra={"error": type(error).__qualname__, "place": _place(error)})
            if status:
                raise  # half of the answer is sent: only closing the connection tells that it is not whole
            await problems.respond(problems.problem_of(error), scope)(scope, receive, watch)
        finally:
            self._note(scope, status, perf_counter() - begun)
        return None

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.duration.labels(route, method).observe(seconds)
        if route in _QUIET and status == 200:
            return
        extra = {"route": route, "method": method, "status": status, "duration_ms": round(seconds * 1000, 2)}
        instance = scope.get(problems.INSTANCE)
        log.info("request", extra=extra if instance is None else {**extra, "instance": instance})


def _place(error: BaseException) -> str:
    """The file and line where the error was raised: code, never data."""
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', 'unknown')}:{trace.tb_lineno}"
