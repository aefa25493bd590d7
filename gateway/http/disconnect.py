"""Stops the work on a long request when its caller hangs up, since nobody would read the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

_GONE: Final = 499  # nginx's code for it; only the access log shows it


async def while_connected(request: Request, answering: Coroutine[Any, Any, Response]) -> Response:
    """The response of `answering`; or, when the caller hangs up first, a response with status 499 for the access log.

    Read the request's body before the call. When this is cancelled, or the caller hangs up, it cancels `answering`.
    """
    found = asyncio.create_task(answering)
    gone = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait((found, gone), return_when=asyncio.FIRST_COMPLETED)
        return await found if found.done() else Response(status_code=_GONE)
    finally:
        for task in (found, gone):
            task.cancel()
        await asyncio.gather(found, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
