"""HTTP/1.1 on one connection, with bounds on what a caller may send before the service knows who it is.

uvicorn's httptools protocol reads heads of any length, waits for them for ever, and answers in plain text when it
cannot read one. This protocol bounds a head's bytes, its headers and its time, and refuses with a problem. h11 would
bound only the bytes, and takes a third more processor time. The file has over 250 lines because one connection is one
state machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from contracts.vocabulary.wording import Wording
from gateway.http import problems
from gateway.http.problems import ProblemError, ProblemKind

_LINGERS: Final = 1.0
"""Seconds for which a refused caller's further bytes are read and dropped, so that the refusal reaches the caller."""

_ENDS_WITHIN: Final = 5.0
"""Seconds within which the rest of a request must arrive after the service has answered it."""

_PIPELINED: Final = 16
_TAKES_SOME_WITHIN: Final = 30.0


@dataclass(frozen=True)
class Bounds:
    """The bounds of one connection.

    Attributes:
        head: the most bytes of a request's head.
        headers: the most headers of a request.
        seconds: the seconds within which a head must arrive.
        idle: the seconds after which a connection without a request is closed.
        rest: the most bytes of a request after its head, with their framing.
        connections: the most connections to the service at once.
    """

    head: int = 32 * 1024
    headers: int = 100
    seconds: float = 10.0
    idle: int = 5
    rest: int = 2 * 1024 * 1024
    connections: int = 800


class BoundedConfig(uvicorn.Config):
    """uvicorn's settings with bounds. It calls `refused` at each refusal, with the status and the problem's URN."""

    def __init__(self, app: Any, bounds: Bounds, refused: Callable[[int, str], None], **settings: Any) -> None:
        super().__init__(app, http=BoundedHttp, ws="none", timeout_keep_alive=bounds.idle, **settings)
        self.bounds = bounds
        self.refused = refused


class BoundedHttp(HttpToolsProtocol):
    """One connection. It is cut without a refusal when the caller could take that for the answer to another request."""

    config: BoundedConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection; cut it when there are more than the bounds allow."""
        super().connection_made(transport)
        self._bounds = self.config.bounds
        self._deadline: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._dropping = False
        self._begin_head()
        if len(self.connections) > self._bounds.connections:
            transport.abort()
        else:
            self._end_in(self._bounds.seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers of the connection."""
        self._dropping = True
        self._end_in(None)
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read as much as the bounds allow."""
        self._unset_keepalive_if_required()
        try:
            while data and not self._dropping:
                data = self._read(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # the service speaks no other protocol, and answers only this request
        except httptools.HttpParserCallbackError as error:
            refusal = error.__context__
            self._refuse(refusal if isinstance(refusal, ProblemError) else _malformed())
        except httptools.HttpParserError:
            self._refuse(_malformed())
        except ProblemError as refusal:
            self._refuse(refusal)
        if self._in_head and self._received and self._deadline is None and not self._dropping:
            self._end_in(self._bounds.seconds)

    def _read(self, data: bytes) -> bytes:
        """Give the parser as many bytes as the bounds allow, and return the rest. Raises a problem at a full bound."""
        room = self._bounds.head - self._received
        if not self._in_head:
            room += self._bounds.rest
        if room <= 0:
            raise (
                self._too_large()
                if self._in_head
                else ProblemError(
                    ProblemKind.TOO_LARGE, Wording("Send less, in larger chunks.", "Skicka mindre, i större bitar.")
                )
            )
        part = data[:room]
        self._received += len(part)
        self.parser.feed_data(part)
        return data[room:]

    def _begin_head(self) -> None:
        self._in_head = True
        self._received = self._size = self._count = 0

    def on_url(self, url: bytes) -> None:
        """Count a part of the request's target."""
        self._size += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header. Drop it when it comes after the body, since no handler reads trailers."""
        self._count += 1
        self._size += len(name) + len(value) + 4
        if self._count > self._bounds.headers or self._size > self._bounds.head:
            raise self._too_large()
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete: the service answers the request now, or after the requests before it."""
        if len(self.pipeline) >= _PIPELINED:
            raise _malformed()
        super().on_headers_complete()
        self._in_head = False
        if self._deadline is not None:
            self._end_in(None)

    def on_message_complete(self) -> None:
        """The request is complete: the next bytes begin a head."""
        if self._deadline is not None:
            self._end_in(None)
        self._begin_head()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Give a request that was answered before it was complete a few seconds for its rest."""
        super().on_response_complete()
        if not self._in_head:
            self._end_in(_ENDS_WITHIN)

    def pause_writing(self) -> None:
        """The caller receives its answer slowly: cut the connection if it receives nothing for some time."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The caller has received most of its answer: stop watching."""
        self._stop_watching()
        super().resume_writing()

    def _watch(self, unsent: int) -> None:
        self._untaken = self.loop.call_later(_TAKES_SOME_WITHIN, self._look_again, unsent)

    def _look_again(self, before: int) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent < before:
            self._watch(unsent)
        else:
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _too_large(self) -> ProblemError:
        bytes_, headers = self._bounds.head, self._bounds.headers
        detail = Wording(
            f"A request line with its headers has at most {bytes_} bytes and {headers} headers.",
            f"En begäransrad med sina sidhuvuden har högst {bytes_} byte och {headers} sidhuvuden.",
        )
        return ProblemError(ProblemKind.HEAD_TOO_LARGE, detail, {"limit": bytes_, "headers": headers})

    def _end_in(self, seconds: float | None) -> None:
        """Set the time until the connection is too slow, in seconds; None: no limit."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._deadline = None
        if self._in_head and self._is_answering():
            self._end_in(self._bounds.seconds)  # the next request has to wait for this answer anyway
        elif self._in_head and self._received:
            self._refuse(
                ProblemError(
                    ProblemKind.HEAD_TOO_SLOW,
                    Wording(
                        f"Send a request's head within {self._bounds.seconds:g} s.",
                        f"Skicka en begärans sidhuvuden inom {self._bounds.seconds:g} s.",
                    ),
                )
            )
        else:
            self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, problem: ProblemError) -> None:
        """Answer with the problem and end the connection; only cut it when the caller must get another answer first."""
        self._dropping = True
        self._end_in(None)
        if self._is_answering() or not self._in_head:
            if self._in_head or self.pipeline or self.cycle.response_started:
                return self.transport.abort()
            self.cycle.disconnected = True  # tell the route that reads the body that no more comes
            self.cycle.message_event.set()
        if not self.transport.is_closing():
            self.transport.write(self._answer(problem))
            self.transport.write_eof()
            self._deadline = self.loop.call_later(_LINGERS, self.transport.abort)
        return None

    def _answer(self, problem: ProblemError) -> bytes:
        status, content, instance = problems.described(problem)
        self.config.refused(status, instance)
        headers = {
            **{name.decode(): value.decode() for name, value in self.server_state.default_headers},
            "content-type": problems.MEDIA_TYPE,
            "content-length": str(len(content)),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "connection": "close",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return STATUS_LINE[status] + lines.encode() + b"\r\n" + content


def _malformed() -> ProblemError:
    words = Wording(
        "The service reads HTTP/1.1 as RFC 9112 has it.", "Tjänsten läser HTTP/1.1 så som RFC 9112 beskriver det."
    )
    return ProblemError(ProblemKind.MALFORMED_REQUEST, words)
