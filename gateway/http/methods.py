"""The methods of a resource, for the `Allow` header of a 405 (RFC 9110, section 10.2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from re import Pattern

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, compile_path


class Methods:
    """The methods of each resource of an app. A router names those of one route alone."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = tuple(routes)
        self._of: dict[Pattern[str], set[str]] = {}

    def allowed(self, path: str) -> str:
        """The methods of the resource at a path, as `Allow` lists them. Every GET is also answered as HEAD."""
        found = {method for form, methods in self._forms().items() if form.fullmatch(path) for method in methods}
        return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))

    def _forms(self) -> dict[Pattern[str], set[str]]:
        if not self._of:  # made when first needed: a service starts without it
            for route in iter_route_contexts(self._routes):
                if route.path is not None:
                    self._of.setdefault(compile_path(route.path)[0], set()).update(route.methods or ())
        return self._of
