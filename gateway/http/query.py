"""Query strings: a request may have each documented parameter once. A misspelt parameter is refused, never ignored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Scope

from gateway.http.misfits import misfit
from gateway.http.problems import invalid_in

_MOST: Final = 100


def require_known(scope: Scope, known: Collection[str]) -> None:
    """Raise a problem when the query has an unknown parameter, or one twice. It repeats neither names nor values."""
    query = scope["query_string"]
    if not query:
        return
    try:
        names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST)]
    except ValueError:
        names = [""] * _MOST
    if unknown := len([name for name in names if name not in known]):
        detail = f"This takes no query but: {', '.join(known)}." if known else "This takes no query."
        raise invalid_in([misfit("unknown_parameter", detail, {"known": ", ".join(known) or "-"})] * unknown)
    if len(set(names)) < len(names):
        raise invalid_in([misfit("repeated_parameter", "Send each parameter once.")])


async def only_known(request: Request) -> None:
    """A dependency of every route. It refuses a parameter that the route does not document."""
    route = request.scope["route"]
    if request.scope["query_string"] and isinstance(route, APIRoute):
        require_known(request.scope, [one.alias for one in route.dependant.query_params])
