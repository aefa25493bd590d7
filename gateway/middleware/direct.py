"""A shortcut past FastAPI's router for the two routes that nearly every write uses.

FastAPI documents these routes and would give the same answers: it calls the same handlers, but before that it takes
more than half of a request's processor time. `tests/gateway/test_direct.py` compares the two ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN: Final = "/v1/cases"
_ISSUE: Final = "/v1/cases/{case_id}/events"
_BEFORE, _AFTER = _ISSUE.split("{case_id}")


class Direct:
    """The innermost ASGI middleware. It answers a POST without a query to one of the two routes, and passes on every
    other request.

    It gives the handlers the `context` that FastAPI would inject.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute], context: object) -> None:
        self._app = app
        self._context = context
        posts = {one.path: one for one in routes if isinstance(one, APIRoute) and "POST" in (one.methods or ())}
        self.routes: Mapping[str, APIRoute] = {path: posts[path] for path in (_OPEN, _ISSUE)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._matched(scope)
        if route is None:
            return await self._app(scope, receive, send)
        scope["route"] = route
        response: Response = await route.endpoint(Request(scope, receive), self._context)
        return await response(scope, receive, send)

    def _matched(self, scope: Scope) -> APIRoute | None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"]:
            return None
        path = scope["path"]
        if path == _OPEN:
            scope["path_params"] = {}
            return self.routes.get(_OPEN)
        case_id = path[len(_BEFORE) : -len(_AFTER)]
        if "/" in case_id or not case_id or path != f"{_BEFORE}{case_id}{_AFTER}":
            return None
        scope["path_params"] = {"case_id": case_id}
        return self.routes.get(_ISSUE)
