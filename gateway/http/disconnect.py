"""Stops the work on a long request when its caller hangs up, since no reader is left for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

_GONE: Final = 499  # as nginx notes it; nobody receives it


async def while_connected(request: Request, answering: Coroutine[Any, Any, Response]) -> Response:
    """The answer; or one for the access line alone, when the caller hung up before it was found.

    The request's body must have been read, or there is none. Cancelled, it cancels what was begun.
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
