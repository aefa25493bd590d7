"""GET and HEAD: every representation has an entity tag, If-None-Match is answered 304, and HEAD tells what GET would.

A handler that sets an `ETag` itself keeps it; every other representation gets the digest of its bytes. What is sent in
several parts, such as a stream of events, gets none.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READS: Final = frozenset({"GET", "HEAD"})
_OF_A_BODY: Final = frozenset({b"content-length", b"content-type"})

Headers = list[tuple[bytes, bytes]]


class Representation:
    """ASGI middleware. It passes every other method on as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _READS:
            return await self._app(scope, receive, send)
        answer = _Answer(scope, send)
        if scope["method"] == "GET":
            return await self._app(scope, receive, answer.send)
        asked = {**scope, "method": "GET"}
        try:
            return await self._app(asked, receive, answer.send)
        finally:
            scope.update({**asked, "method": "HEAD"})  # the access log reads what the router has found


class _Answer:
    """One answer on its way: its head is held back until its first bytes have come."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._of_head = scope["method"] == "HEAD"
        self._sent = scope["headers"]
        self._send = send
        self._start: dict[str, Any] | None = None

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer.

        Raises OSError in a stream that answers a HEAD: it ends, as when its caller leaves.
        """
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._start = dict(message)
            return None
        start, self._start = self._start, None
        if start is not None:
            if not message.get("more_body", False):
                start, message = self._complete(start, message)
            await self._send(start)
        if not self._of_head or message["type"] != "http.response.body":
            return await self._send(message)
        await self._send({"type": "http.response.body", "body": b""})
        if message.get("more_body", False):
            raise OSError("a HEAD has no body")
        return None

    def _complete(self, start: dict[str, Any], message: Message) -> tuple[dict[str, Any], Message]:
        """The head and the body of an answer that is sent whole: with an entity tag, or without a body as 304."""
        headers: Headers = list(start["headers"])
        tag = next((value for name, value in headers if name == b"etag"), None)
        if tag is None:
            tag = b'"%s"' % blake2b(message.get("body", b""), digest_size=16).hexdigest().encode()
            headers.append((b"etag", tag))
        if _names(self._sent, tag):
            headers = [each for each in headers if each[0] not in _OF_A_BODY]
            return {**start, "status": 304, "headers": headers}, {"type": "http.response.body", "body": b""}
        return {**start, "headers": headers}, message


def _names(sent: Iterable[tuple[bytes, bytes]], tag: bytes) -> bool:
    """True if an If-None-Match header names the tag, by weak comparison (RFC 9110, section 13.1.2)."""
    lines = [value for name, value in sent if name == b"if-none-match"]
    tags = {one.strip().removeprefix(b"W/") for line in lines for one in line.split(b",")}
    return bool(tags) and (b"*" in tags or tag.removeprefix(b"W/") in tags)
