"""Query strings: a request may have each documented parameter once. A misspelt parameter is refused, never ignored."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import Scope

from contracts.vocabulary.wording import Wording
from gateway.http.misfits import misfit
from gateway.http.problems import MOST_ERRORS, ProblemError, ProblemKind

_MOST: Final = 100
_NAME: Final = re.compile(r"[a-z][A-Za-z0-9_]{0,39}")
"""The form of a name that a problem repeats: that of a parameter. Any other could hold anything."""


def require_known(scope: Scope, known: Collection[str]) -> None:
    """Raise a problem when the query has an unknown parameter, or one twice. It names those that it knows."""
    query = scope["query_string"]
    if not query:
        return
    try:
        names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST)]
    except ValueError:
        names = [""] * _MOST
    detail = f"This takes no query but: {', '.join(known)}." if known else "This takes no query."
    told = {"known": ", ".join(known) or "-"}
    unknown = [misfit("unknown_parameter", detail, told, **_named(name)) for name in names if name not in known]
    repeated = [name for name in known if names.count(name) > 1]
    twice = [misfit("repeated_parameter", "Send each parameter once.", parameter=name) for name in repeated]
    if unknown or twice:
        members = {"errors": [*unknown, *twice][:MOST_ERRORS], "known": list(known)}
        raise ProblemError(ProblemKind.INVALID_QUERY, Wording("See the errors.", "Se felen."), members)


def _named(name: str) -> dict[str, str]:
    return {"parameter": name} if _NAME.fullmatch(name) else {}


async def only_known(request: Request) -> None:
    """A dependency of every route. It refuses a parameter that the route does not document."""
    route = request.scope["route"]
    if request.scope["query_string"] and isinstance(route, APIRoute):
        require_known(request.scope, [one.alias for one in route.dependant.query_params])
