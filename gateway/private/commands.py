"""Commands on the private subjects go through the same door as HTTP: each is answered by the service's own application.

`agency.<id>.command.<event>` with the event's data as its content is `POST /v1/cases/{case}/events`, where the header
`Stafett-Case` names the case, and `POST /v1/cases` where there is none. So tokens, roles, rules, idempotency keys,
limits and answers are those of HTTP, and so is the access log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.types import ASGIApp, Message

from bus.nats.private_messages import Answer, PrivateCommand

CASE: Final = "Stafett-Case"
STATUS: Final = "Stafett-Status"

_CARRIED: Final = (
    "authorization",
    "idempotency-key",
    "if-match",
    "stafett-free-text",
    "traceparent",
    "x-correlation-id",
)
_TOLD: Final = ("content-type", "location", "retry-after", "www-authenticate", "deprecation")
_NAME: Final = re.compile(r"[A-Za-z0-9]{1,100}")
_ADDRESS: Final = ("private-subjects", 0)


class Commands:
    """Answers commands by an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, command: PrivateCommand) -> Answer:
        """The answer: the content and the headers of HTTP's, with the status as a header."""
        body = command.body
        name = command.name if _NAME.fullmatch(command.name) else ""
        content = b'{"type":"' + name.encode() + b'","data":' + body + b"}"
        response = _Response()
        await self._app(_scope(command), _Request(content), response)
        return response.headers, response.content


class _Request:
    """The body of a request, as ASGI receives it."""

    def __init__(self, content: bytes) -> None:
        self._content: bytes | None = content

    async def __call__(self) -> Message:
        content, self._content = self._content, None
        if content is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": content, "more_body": False}


class _Response:
    """A response, as ASGI sends it."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.content = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            told = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
            self.headers = {name: value for name, value in told.items() if name in _TOLD}
            self.headers[STATUS] = str(message["status"])
        elif message["type"] == "http.response.body":
            self.content += message.get("body", b"")


def _scope(command: PrivateCommand) -> dict[str, Any]:
    sent = {name.lower(): value for name, value in command.headers.items()}
    case_id = sent.get(CASE.lower())
    path = "/v1/cases" if case_id is None else f"/v1/cases/{quote(case_id, safe='')}/events"
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": _headers(sent),
        "client": _ADDRESS,
        "server": _ADDRESS,
    }


def _headers(sent: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    carried = [(name.encode(), sent[name].encode("latin-1", "replace")) for name in _CARRIED if name in sent]
    return [(b"content-type", b"application/json"), *carried]
