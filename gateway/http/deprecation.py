"""Routes that will go: the mark on a route, and the headers that tell each caller (RFC 9745, RFC 8594).

@router.get("/old", deprecated=True, openapi_extra=leaving(since=…, until=…, successor="/v1/new"))
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from fastapi.routing import APIRoute

_MARK: Final = "x-leaving"


def leaving(*, since: datetime, until: datetime, successor: str) -> dict[str, Any]:
    """The `openapi_extra` of a deprecated route.

    Args:
        since: when it was deprecated.
        until: when it goes, at the earliest.
        successor: the path to use instead.
    """
    return {_MARK: {"since": since.isoformat(), "until": until.isoformat(), "successor": successor}}


def headers_of(route: object) -> list[tuple[bytes, bytes]]:
    """The headers of an answer from this route: none, unless it is deprecated."""
    if not getattr(route, "deprecated", None) or not isinstance(route, APIRoute):
        return []
    mark = (route.openapi_extra or {})[_MARK]
    since, until = (datetime.fromisoformat(mark[name]).astimezone(UTC) for name in ("since", "until"))
    return [
        (b"deprecation", f"@{int(since.timestamp())}".encode()),
        (b"sunset", format_datetime(until, usegmt=True).encode()),
        (b"link", f'<{mark["successor"]}>; rel="successor-version"'.encode()),
    ]
