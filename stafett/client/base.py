"""The common part of both clients: whom they speak to, how much they read, and which errors are no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from stafett.client.conversation import HttpAnswer, HttpRequest, Patience
from stafett.client.errors import AnswerTooLargeError, NoAnswerError

Token = str | Callable[[], str]

MOST_BYTES: Final = 8 * 1024 * 1024
SILENT: Final = 45.0
"""For how many seconds a stream may say nothing; a service says something every 15."""
_CONNECT_WITHIN: Final = 10.0
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class BaseClient:
    """The common part of both clients: whom they speak to, with which token, and how much they read."""

    def __init__(self, url: str, token: Token, patience: Patience | None, most_bytes: int) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._most = most_bytes
        self.patience = patience or Patience()

    def _options(self, request: HttpRequest, *, silent: float | None = None) -> dict[str, Any]:
        """The arguments of httpx for a request. `silent`: for how many seconds a stream may say nothing."""
        token = self._token if isinstance(self._token, str) else self._token()
        own = {"Accept": "application/json", "Accept-Encoding": "identity", "Authorization": f"Bearer {token}"}
        if request.content is not None:
            own["Content-Type"] = "application/json"
        timeout = httpx.Timeout(silent or request.within, connect=_CONNECT_WITHIN)
        return {
            "method": request.method,
            "url": self._url + request.path,
            "headers": {**own, **request.headers},
            "content": request.content,
            "timeout": timeout,
        }

    def _answer(self, response: httpx.Response, content: bytes) -> HttpAnswer:
        """An answer as conversations hear it."""
        return HttpAnswer(response.status_code, {n.lower(): v for n, v in response.headers.items()}, content)

    def _take(self, response: httpx.Response, kept: bytearray, chunk: bytes) -> None:
        """Keep some more bytes. Raises AnswerTooLargeError when there are too many."""
        kept += chunk
        if len(kept) > self._most:
            raise AnswerTooLargeError(f"more than {self._most} bytes", response.status_code)


@contextmanager
def as_no_answer() -> Iterator[None]:
    """Turn the errors of a connection into NoAnswerError, which says nothing of what was sent."""
    try:
        yield
    except TimeoutError:
        raise NoAnswerError("it takes too long", sent=True) from None
    except httpx.TransportError as error:
        raise NoAnswerError(type(error).__name__, sent=not isinstance(error, _NOT_SENT)) from None
