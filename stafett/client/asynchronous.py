"""The client for asyncio.

It performs the steps of a conversation and decides nothing. What it reads is bounded, in bytes and in time; a redirect
is not followed, and an answer that is compressed is not unpacked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from ssl import SSLContext
from typing import Any, Self, TypeVar

import httpx

from stafett.client.base import MOST_BYTES, SILENT, BaseClient, Token, as_no_answer
from stafett.client.conversation import (
    Conversation,
    Course,
    HttpAnswer,
    HttpRequest,
    Listen,
    More,
    Patience,
    Pause,
    Step,
    Tell,
    Telling,
    Work,
)
from stafett.client.errors import ClientError

T = TypeVar("T")


class AsyncClient(BaseClient):
    """A client for asyncio. Its arguments are those of `SyncClient`; `sleep` is a coroutine function.

    A call that is cancelled closes its connection; whether the service had got it is not known then.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        patience: Patience | None = None,
        most_bytes: int = MOST_BYTES,
        verify: SSLContext | bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        super().__init__(url, token, patience, most_bytes)
        self._http = httpx.AsyncClient(verify=verify, transport=transport, trust_env=False)
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def do(self, conversation: Conversation[T]) -> T:
        """Do something, and return its result. Raises a ClientError that says who has to act."""
        with Course(conversation.steps(self.patience)) as course:
            async for _ in self._told(course):
                pass
            return course.result

    async def each(self, telling: Telling[T]) -> AsyncGenerator[T, None]:
        """Read something part by part. Raises a ClientError when it cannot go on.

        Close it (`contextlib.aclosing`) when you leave the loop before its end.
        """
        with Course(telling.told(self.patience)) as course:
            async with aclosing(self._told(course)) as told:
                async for item in told:
                    yield item

    async def _told(self, course: Course[Any]) -> AsyncGenerator[Any, None]:
        async with AsyncExitStack() as heard:
            listener = _AsyncListener(self, heard)
            while (step := course.step) is not None:
                if isinstance(step, Tell):
                    yield step.item
                    course.goes_on(None)
                    continue
                try:
                    came = await listener.perform(step)
                except ClientError as error:
                    course.failed(error)
                else:
                    course.goes_on(came)

    async def _ask(self, request: HttpRequest) -> HttpAnswer:
        with as_no_answer():
            async with asyncio.timeout(request.within), self._opened(request) as response:
                return await self._whole(response)

    async def _whole(self, response: httpx.Response) -> HttpAnswer:
        kept = bytearray()
        async for chunk in response.aiter_raw():
            self._take(response, kept, chunk)
        return self._answer(response, bytes(kept))

    @asynccontextmanager
    async def _opened(self, request: HttpRequest, silent: float | None = None) -> AsyncIterator[httpx.Response]:
        async with self._http.stream(**self._options(request, silent=silent)) as response:
            yield response


class _AsyncListener:
    """Performs the steps of one conversation, with the stream that it listens to."""

    def __init__(self, client: AsyncClient, heard: AsyncExitStack) -> None:
        self._client = client
        self._heard = heard
        self._chunks: AsyncIterator[bytes] | None = None

    async def perform(self, step: Step) -> object:
        """Do a step, and return its result. Raises a ClientError."""
        match step:
            case HttpRequest():
                return await self._client._ask(step)
            case Listen(request):
                with as_no_answer():
                    return await self._listen(request)
            case More():
                with as_no_answer():
                    return b"" if self._chunks is None else await anext(self._chunks, b"")
            case Pause(seconds):
                return await self._client._sleep(seconds)
            case Work(do):
                return await _to_its_end(do)

    async def _listen(self, request: HttpRequest) -> HttpAnswer:
        await self._heard.aclose()
        response = await self._heard.enter_async_context(self._client._opened(request, SILENT))
        if not response.is_success:
            async with asyncio.timeout(request.within):
                return await self._client._whole(response)
        self._chunks = response.aiter_raw()
        return self._client._answer(response, b"")


async def _to_its_end(do: Callable[[], object]) -> object:
    """Do something beside the loop. Who is cancelled meanwhile waits for its end."""
    working = asyncio.ensure_future(asyncio.to_thread(do))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working])
        raise
