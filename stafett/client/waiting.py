"""The client that waits.

It performs the steps of a conversation and decides nothing. What it reads is bounded, in bytes and in time; a redirect
is not followed, and an answer that is compressed is not unpacked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
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
from stafett.client.errors import ClientError, NoAnswerError

T = TypeVar("T")


class SyncClient(BaseClient):
    """A client that waits. It may be shared by threads.

    >>> from stafett.client import SyncClient, read_hotline
    >>> with SyncClient("https://stafett.ngo.example", token="...") as ngo:
    ...     hotline = ngo.do(read_hotline())  # doctest: +SKIP

    Args:
        url: the address of the agency's service.
        token: the bearer token, or a function that returns the present one.
        patience: how often and when it tries again.
        most_bytes: the largest answer that it reads.
        verify: the TLS context by which it knows the service; True: the usual authorities.
        transport: how it connects; for tests.
        sleep: how it waits, in seconds.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        patience: Patience | None = None,
        most_bytes: int = MOST_BYTES,
        verify: SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(url, token, patience, most_bytes)
        self._http = httpx.Client(verify=verify, transport=transport, trust_env=False)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def do(self, conversation: Conversation[T]) -> T:
        """Do something, and return its result. Raises a ClientError that says who has to act."""
        with Course(conversation.steps(self.patience)) as course:
            for _ in self._told(course):
                pass
            return course.result

    def each(self, telling: Telling[T]) -> Generator[T, None, None]:
        """Read something part by part. Raises a ClientError when it cannot go on."""
        with Course(telling.told(self.patience)) as course:
            yield from self._told(course)

    def _told(self, course: Course[Any]) -> Iterator[Any]:
        with ExitStack() as heard:
            listener = _Listener(self, heard)
            while (step := course.step) is not None:
                if isinstance(step, Tell):
                    yield step.item
                    course.goes_on(None)
                    continue
                try:
                    came = listener.perform(step)
                except ClientError as error:
                    course.failed(error)
                else:
                    course.goes_on(came)

    def _ask(self, request: HttpRequest) -> HttpAnswer:
        with self._opened(request) as response:
            return self._whole(request, response)

    def _whole(self, request: HttpRequest, response: httpx.Response) -> HttpAnswer:
        kept, ends = bytearray(), time.monotonic() + request.within
        with as_no_answer():
            for chunk in response.iter_raw():
                self._take(response, kept, chunk)
                if time.monotonic() > ends:
                    raise NoAnswerError("it takes too long", sent=True)
        return self._answer(response, bytes(kept))

    @contextmanager
    def _opened(self, request: HttpRequest, silent: float | None = None) -> Iterator[httpx.Response]:
        with ExitStack() as stack:
            with as_no_answer():
                response = stack.enter_context(self._http.stream(**self._options(request, silent=silent)))
            yield response


class _Listener:
    """Performs the steps of one conversation, with the stream that it listens to."""

    def __init__(self, client: SyncClient, heard: ExitStack) -> None:
        self._client = client
        self._heard = heard
        self._chunks: Iterator[bytes] = iter(())

    def perform(self, step: Step) -> object:
        """Do a step, and return its result. Raises a ClientError."""
        match step:
            case HttpRequest():
                return self._client._ask(step)
            case Listen(request):
                return self._listen(request)
            case More():
                with as_no_answer():
                    return next(self._chunks, b"")
            case Pause(seconds):
                return self._client._sleep(seconds)
            case Work(do):
                return do()

    def _listen(self, request: HttpRequest) -> HttpAnswer:
        self._heard.close()
        response = self._heard.enter_context(self._client._opened(request, SILENT))
        if not response.is_success:
            return self._client._whole(request, response)
        self._chunks = response.iter_raw()
        return self._client._answer(response, b"")
