"""The log that decides the order: the JetStream stream CASES, as one agency may use it.

Guarantees: `append` stores an event only when nothing was stored for its case since the expected sequence, and an
acknowledged event is on the broker's disk. An append without an answer has an *unknown* outcome, which only reading
tells.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

import orjson
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamError

from bus import backoff
from bus.cancellation import cancel_and_wait
from bus.envelope.envelope import Envelope
from bus.errors import BrokerAwayError, StoreError, UnsafeBrokerError
from bus.nats.client import Client, legible
from bus.nats.erasable_streams import KEYS, PERSONAL, granted_to, keys_consumer
from bus.nats.following import Follower as Follower
from bus.nats.following import LogMessage as LogMessage
from bus.nats.following import Source, own_headers
from bus.nats.tls import REFUSED, Tls, connection_options, why

STREAM: Final = "CASES"
SUBJECTS: Final = "case.*.*.*"
_WRONG_LAST_SEQUENCE: Final = frozenset({10071, 10158, 10163, 10164})
_NO_MESSAGE: Final = 10037
_SUBJECT_IS_TAKEN: Final = 10077
_QUEUE_IS_FULL: Final = 10167
_TIMES: Final = 4
_ANSWER_WITHIN: Final = 2.0

_AWAY: Final = "the broker cannot be reached"

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Appended:
    """The event is in the log, on disk, at this sequence."""

    sequence: int


class NotAppended(Enum):
    """Why an append gave no sequence."""

    CONFLICT = "conflict"
    """Others wrote to the case first, or our own earlier attempt did: look at the case's last message."""
    UNKNOWN = "unknown"
    """No answer: the event may or may not be in the log, or may still arrive there."""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log as the broker counts it: first and last sequence, 0 when it is empty, and how many messages it holds.

    The last sequence can outlive the message that had it.
    """

    first: int
    last: int
    messages: int


class Log:
    """One agency's connection to the log. It reconnects for ever; while it is away every call raises
    BrokerAwayError.
    """

    def __init__(self, agency: str, servers: tuple[str, ...], credentials: str, tls: Tls | None = None) -> None:
        self.agency = agency
        self._tls = tls
        self._servers = list(servers)
        self._credentials = credentials
        self._client: Client | None = None
        self._opening: asyncio.Task[None] | None = None
        self._closing = False
        self._followers: set[Follower] = set()
        self.connected = asyncio.Event()
        self.away = _AWAY
        """Why there is no connection, when there is none."""

    def open(self) -> None:
        """Start connecting in the background; `connected` tells when it succeeded."""
        self._opening = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        async def lost() -> None:
            self.connected.clear()
            for follower in self._followers:
                follower.interrupt()
            if not self._closing:
                log.warning("broker lost")

        async def found() -> None:
            self.away = _AWAY
            self.connected.set()
            log.info("broker found")

        async def closed() -> None:
            # The client gives up when the broker refuses our credentials; they may be in force again later.
            self._client = None
            if not self._closing:
                self.open()

        async def failed(error: Exception) -> None:
            log.warning("broker connection", extra={"error": why(error)})
            self.away = f"{_AWAY}: {REFUSED}" if why(error) == REFUSED else self.away

        while self._client is None:
            client = Client(self._tls)
            try:
                await client.connect(
                    servers=self._servers,
                    user_credentials=self._credentials,
                    name=f"stafett {self.agency}",
                    inbox_prefix=f"_INBOX_{self.agency}".encode(),
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.25,  # type: ignore[arg-type]  # seconds; fractions work
                    ping_interval=5,
                    max_outstanding_pings=2,
                    pending_size=0,  # an append must never be sent later, behind our back
                    disconnected_cb=lost,
                    reconnected_cb=found,
                    closed_cb=closed,
                    error_cb=failed,
                    **connection_options(self._tls),
                )
            except (NatsError, OSError, TimeoutError, StoreError) as error:
                reason = str(error) if isinstance(error, StoreError) else why(error)
                log.warning("broker not reached", extra={"error": reason})
                self.away = f"{_AWAY}: {reason}" if reason == REFUSED else _AWAY
                with suppress(Exception):
                    await client.close()
                await asyncio.sleep(0.25)
                continue
            self._client = client
            await found()

    @property
    def client(self) -> Client:
        """The connection, for what else the service subscribes to."""
        if self._client is None or not self._client.is_connected:
            raise BrokerAwayError("the broker cannot be reached")
        return self._client

    async def append(self, envelope: Envelope, expected: int, *, own: bool = False) -> Appended | NotAppended:
        """Append an event, provided that the case's last message in the log is at the expected sequence (0: none).

        `own`: that of this agency's messages about the case the last is there, whatever others wrote.
        """
        headers = {
            **envelope.headers,
            "Nats-Expected-Last-Subject-Sequence": str(expected),
            "Nats-Expected-Last-Subject-Sequence-Subject": self._about(envelope.case_id, own),
        }
        for attempt in range(_TIMES):
            try:
                answer = await self.client.request(
                    envelope.subject, envelope.data, timeout=_ANSWER_WITHIN, headers=headers
                )
            except (NatsError, OSError, TimeoutError):
                return NotAppended.UNKNOWN
            content = orjson.loads(answer.data)
            if "error" not in content:
                return Appended(int(content["seq"]))
            code = content["error"].get("err_code")
            if code in _WRONG_LAST_SEQUENCE:
                return NotAppended.CONFLICT
            log.error("append not taken", extra={"code": code})
            if code != _QUEUE_IS_FULL:
                break
            await asyncio.sleep(backoff.delay(attempt))  # it was thrown away unread: there is nothing to look up
        return NotAppended.UNKNOWN

    async def state(self) -> LogState:
        """The log's first and last sequence, and how many messages it holds."""
        try:
            info = await self._ask(lambda: self.client.jetstream(timeout=_ANSWER_WITHIN).stream_info(STREAM))
        except NotFoundError:
            raise UnsafeBrokerError(f"the broker has no stream {STREAM}: run `stafett provision`") from None
        return LogState(info.state.first_seq, info.state.last_seq, info.state.messages)

    async def message(self, sequence: int) -> LogMessage | None:
        """The message at a sequence, or None when there is none."""
        return await self._get({"seq": sequence})

    async def last(self) -> int:
        """The sequence of the last message that the log holds; 0 when it holds none."""
        message = await self._get({"last_by_subj": SUBJECTS})
        return 0 if message is None else message.sequence

    async def last_of_case(self, case_id: str, *, own: bool = False) -> LogMessage | None:
        """The last message on a case's subjects, valid or not; `own`: of those that this agency alone may write on."""
        return await self._get({"last_by_subj": self._about(case_id, own)})

    def _about(self, case_id: str, own: bool) -> str:
        return f"case.{case_id}.*.{self.agency}" if own else f"case.{case_id}.>"

    async def chain(self, case_id: str, after: int = 0) -> AsyncIterator[LogMessage]:
        """Every message on a case's subjects past a sequence, valid or not, in order: one request each."""
        while True:
            message = await self._get({"seq": after + 1, "next_by_subj": f"case.{case_id}.>"})
            if message is None:
                return
            yield message
            after = message.sequence

    async def _get(self, request: dict[str, Any], stream: str = STREAM) -> LogMessage | None:
        # Asked of the stream's leader, not by direct get: a follower may not have the last message yet.
        try:
            return await self._ask(lambda: self._raw_get(request, stream))
        except NotFoundError as error:
            if error.err_code == _NO_MESSAGE:
                return None
            raise BrokerAwayError(f"the broker has no stream {stream}") from error

    async def _raw_get(self, request: dict[str, Any], stream: str) -> LogMessage:
        """The message with its headers read as those of delivered messages are; nats-py's own `get_msg` reads them by
        the rules of e-mail, and the same message would have two digests.
        """
        client = self.client
        answer = await client.request(f"$JS.API.STREAM.MSG.GET.{stream}", orjson.dumps(request), _ANSWER_WITHIN)
        content = orjson.loads(answer.data)
        if "error" in content:
            APIError.from_error(content["error"])
        message = content["message"]
        headers = await client._process_headers(b64decode(message.get("hdrs", "")))
        subject = legible(message["subject"].encode()).decode()
        return LogMessage(message["seq"], subject, own_headers(headers), b64decode(message.get("data", "")))

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except NotFoundError:
            raise
        except (NatsError, JetStreamError, OSError, TimeoutError) as error:
            raise BrokerAwayError("the broker gave no answer") from error

    async def put(self, subject: str, content: bytes) -> None:
        """Put something where it can be deleted, a grant or a personal record; what is there already stays as it is.

        Raises BrokerAwayError when it is not known to be on the broker's disk.
        """
        answer = await self._ask(lambda: self.client.request(subject, content, timeout=_ANSWER_WITHIN))
        error = orjson.loads(answer.data).get("error")
        if error is not None and error.get("err_code") != _SUBJECT_IS_TAKEN:
            log.error("put not taken", extra={"code": error.get("err_code")})
            raise BrokerAwayError("the broker did not take it")

    async def kept(self, subject: str) -> bytes | None:
        """A personal record's ciphertext, or None when there is none on this subject."""
        message = await self._get({"last_by_subj": subject}, PERSONAL)
        return None if message is None else message.data

    async def subjects(self, stream: str, under: str) -> list[str]:
        """The subjects of a deletable stream on which something lies; for the national coordinator, who deletes."""
        found: list[str] = []
        while True:
            asked = {"subjects_filter": under, "offset": len(found)}
            state = (await self._asked(f"$JS.API.STREAM.INFO.{stream}", asked))["state"]
            more = list(state.get("subjects") or ())
            found += more
            if not more or len(found) >= state.get("num_subjects", 0):
                return found

    async def delete(self, stream: str, subject: str) -> None:
        """Delete what lies on a subject of a deletable stream, and have its bytes overwritten on the broker's disk."""
        message = await self._get({"last_by_subj": subject}, stream)
        if message is not None:
            await self._asked(f"$JS.API.STREAM.MSG.DELETE.{stream}", {"seq": message.sequence, "no_erase": False})

    async def _asked(self, api: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = await self._ask(lambda: self.client.request(api, orjson.dumps(request), timeout=_ANSWER_WITHIN))
        content: dict[str, Any] = orjson.loads(answer.data)
        if "error" in content:
            log.error("not taken", extra={"code": content["error"].get("err_code")})
            raise BrokerAwayError("the broker did not do what was asked")
        return content

    def follow(self, after: int, batch: int) -> AbstractAsyncContextManager[Follower]:
        """Follow the log from past a sequence, with this agency's own consumer, made anew.

        The replica's own position decides where to begin, never the broker's memory of it.
        """
        return self._follow(Source(STREAM, f"replica-{self.agency}"), after, batch)

    def follow_grants(self, batch: int) -> AbstractAsyncContextManager[Follower]:
        """Follow the grants of keys to this agency, from the first that is still there."""
        return self._follow(Source(KEYS, keys_consumer(self.agency), granted_to(self.agency)), 0, batch)

    @asynccontextmanager
    async def _follow(self, source: Source, after: int, batch: int) -> AsyncIterator[Follower]:
        follower = Follower(self.client, self.agency, source, after, batch)
        self._followers.add(follower)
        try:
            await self._ask(follower.begin)
            yield follower
        finally:
            self._followers.discard(follower)
            await follower.end()

    async def close(self) -> None:
        """Close the connection; nothing is sent after."""
        self._closing = True
        if self._opening is not None:
            await cancel_and_wait(self._opening)
        if self._client is not None:
            # Between two attempts of a client that the broker refuses, nobody tells it that a connection has ended.
            with suppress(NatsError, OSError, TimeoutError):
                async with asyncio.timeout(_ANSWER_WITHIN):
                    await self._client.close()
