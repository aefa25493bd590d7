"""The outermost middleware: writes one access line per request, counts it, adds common headers, answers unknown errors.

The line has the route's template, never the path, the query, a header or anything of a body.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import StafettError
from gateway import logs
from gateway.http import problems
from gateway.http.deprecation import headers_of
from gateway.http.error_mapping import problem_of
from gateway.metrics import Metrics

log = logging.getLogger("gateway.access")  # the name that operators filter by

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_UNMATCHED: Final = "unmatched"
_NO_STORE: Final = (b"cache-control", b"no-store")
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")


class AccessLog:
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
                headers = message["headers"] = list(message["headers"])
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append(_NO_STORE)
                headers.append(_NO_SNIFFING)
                headers += headers_of(scope.get("route"))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if not isinstance(error, StafettError):
                log.error("unexpected failure", extra={"error": type(error).__qualname__, "place": _place(error)})
            if status:
                raise  # a part of the answer is sent: only closing the connection shows that it is incomplete
            await problems.respond(problem_of(error), scope)(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", _UNMATCHED)
            seconds, instance = perf_counter() - begun, scope.get(problems.INSTANCE)
            self._note(route, scope["method"], status, seconds, instance, scope.get(logs.TRACE_ID))
        return None

    def note_refused(self, status: int, instance: str) -> None:
        """Write the access line of a request that the server refused before it had read it."""
        self._note(_UNMATCHED, "", status, 0.0, instance)

    def _note(
        self, route: str, method: str, status: int, seconds: float, instance: str | None, trace_id: str | None = None
    ) -> None:
        method = method if method in _METHODS else "other"
        self._metrics.answered(route, method, status, seconds)
        if not (route in _QUIET and status == 200):
            logs.access_line(route, method, status, seconds, instance, trace_id)


def _place(error: BaseException) -> str:
    """The module and line where the error was raised: they are code, never data."""
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', 'unknown')}:{trace.tb_lineno}"
