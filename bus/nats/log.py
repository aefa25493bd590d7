"""The log, which decides the order of events: the JetStream stream CASES, as one agency may use it.

Guarantees: `append` stores an event only if the case's last message is still at the expected sequence, and an
acknowledged event is on the broker's disk. If an append gives no answer, its outcome is *unknown*, and the caller must
read the log to learn it. The file has over 250 lines because it has one short method for each request to the broker.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
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
from bus.nats.client import RETRY_AFTER, STEADY, Client, legible
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
    """The outcome of a successful append: the event is in the log, on disk, at this sequence."""

    sequence: int


class NotAppended(Enum):
    """The outcome of any other append."""

    CONFLICT = "conflict"
    """Another message about the case came first; it may be our own earlier attempt. Read the case's last message."""
    UNKNOWN = "unknown"
    """No answer came: the event is in the log, or is not, or may still arrive there."""
    UNREAD = "unread"
    """The broker's queue was full, and it dropped the message unread: appending it again is safe."""


def outcome_of(answer: bytes) -> Appended | NotAppended:
    """Return the outcome of an append from the broker's answer. Without an answer it is UNKNOWN."""
    content = orjson.loads(answer)
    if "error" not in content:
        return Appended(int(content["seq"]))
    code = content["error"].get("err_code")
    if code in _WRONG_LAST_SEQUENCE:
        return NotAppended.CONFLICT
    return NotAppended.UNREAD if code == _QUEUE_IS_FULL else NotAppended.UNKNOWN


@dataclass(frozen=True, slots=True)
class LogState:
    """The log's first and last sequence (0 when it is empty) and its number of messages, as the broker counts them.

    The broker keeps counting from the last sequence, even when it has lost the message at it.
    """

    first: int
    last: int
    messages: int


class Log:
    """One agency's connection to the log. It reconnects for ever.

    Without a connection all requests raise BrokerAwayError. If it is lost during an append, `append` returns UNKNOWN.
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
        """Why there is no connection. Meaningful only while `connected` is not set."""

    def open(self) -> None:
        """Start to connect in the background; `connected` is set once that succeeded."""
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
            # The client gives up when the broker refuses our credentials. We retry, for they may become valid again.
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
                    **STEADY,
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
                await asyncio.sleep(RETRY_AFTER)
                continue
            self._client = client
            await found()

    @property
    def client(self) -> Client:
        """The connection itself. Raises BrokerAwayError when there is none."""
        if self._client is None or not self._client.is_connected:
            raise BrokerAwayError("the broker cannot be reached")
        return self._client

    async def append(self, envelope: Envelope, expected: int, *, own: bool = False) -> Appended | NotAppended:
        """Append an event, if the case's last message in the log is at the sequence `expected` (0: there is none).

        `own`: only this agency's own messages about the case count as its last. Raises BrokerAwayError when there is no
        connection.
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
            outcome = outcome_of(answer.data)
            if isinstance(outcome, Appended) or outcome is NotAppended.CONFLICT:
                return outcome
            log.error("append not taken", extra={"code": orjson.loads(answer.data)["error"].get("err_code")})
            if outcome is NotAppended.UNKNOWN:
                break
            await asyncio.sleep(backoff.delay(attempt))
        return NotAppended.UNKNOWN

    async def state(self) -> LogState:
        """Return the log's first and last sequence and its number of messages.

        Raises UnsafeBrokerError when the stream does not exist.
        """
        try:
            info = await self._ask(lambda: self.client.jetstream(timeout=_ANSWER_WITHIN).stream_info(STREAM))
        except NotFoundError:
            raise UnsafeBrokerError(f"the broker has no stream {STREAM}: run `stafett provision`") from None
        return LogState(info.state.first_seq, info.state.last_seq, info.state.messages)

    async def time(self) -> datetime:
        """Return the time of the broker (UTC)."""
        return datetime.fromisoformat((await self._asked(f"$JS.API.STREAM.INFO.{STREAM}", {}))["ts"])

    async def message(self, sequence: int) -> LogMessage | None:
        """Return the message at a sequence, or None when there is none."""
        return await self._get({"seq": sequence})

    async def last(self) -> int:
        """Return the sequence of the last message that the log holds, or 0."""
        message = await self._get({"last_by_subj": SUBJECTS})
        return 0 if message is None else message.sequence

    async def last_of_case(self, case_id: str, *, own: bool = False) -> LogMessage | None:
        """Return the last message about a case, valid or not, or None. `own`: only this agency's messages count."""
        return await self._get({"last_by_subj": self._about(case_id, own)})

    def _about(self, case_id: str, own: bool) -> str:
        return f"case.{case_id}.*.{self.agency}" if own else f"case.{case_id}.>"

    async def chain(self, case_id: str, after: int = 0) -> AsyncIterator[LogMessage]:
        """Yield each message about a case after sequence `after`, valid or not, in order. Each costs one request."""
        while True:
            message = await self._get({"seq": after + 1, "next_by_subj": f"case.{case_id}.>"})
            if message is None:
                return
            yield message
            after = message.sequence

    async def _get(self, request: dict[str, Any], stream: str = STREAM) -> LogMessage | None:
        # We ask the stream's leader. A direct get may be answered by a replica that lacks the last message.
        try:
            return await self._ask(lambda: self._raw_get(request, stream))
        except NotFoundError as error:
            if error.err_code == _NO_MESSAGE:
                return None
            raise BrokerAwayError(f"the broker has no stream {stream}") from error

    async def _raw_get(self, request: dict[str, Any], stream: str) -> LogMessage:
        """Get one message, and parse its headers as those of delivered messages are parsed.

        nats-py's own `get_msg` parses them by the rules of e-mail, so the same message could have two digests.
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
        """Put a grant or a personal record into an erasable stream. If the subject holds one already, that one stays.

        Raises BrokerAwayError when the broker did not confirm that it is on its disk.
        """
        answer = await self._ask(lambda: self.client.request(subject, content, timeout=_ANSWER_WITHIN))
        error = orjson.loads(answer.data).get("error")
        if error is not None and error.get("err_code") != _SUBJECT_IS_TAKEN:
            log.error("put not taken", extra={"code": error.get("err_code")})
            raise BrokerAwayError("the broker did not take it")

    async def kept(self, subject: str) -> bytes | None:
        """Return the ciphertext of the personal record on this subject, or None."""
        message = await self._get({"last_by_subj": subject}, PERSONAL)
        return None if message is None else message.data

    async def subjects(self, stream: str, under: str) -> list[str]:
        """Return the subjects of an erasable stream that hold a message. Only the national coordinator may ask.

        `under`: the filter, such as `key.<case>.>`.
        """
        return list(await self.counts(stream, under))

    async def counts(self, stream: str, under: str) -> dict[str, int]:
        """Return the number of messages on each subject of a stream that holds any. `under`: the filter of subjects."""
        found: dict[str, int] = {}
        while True:
            asked = {"subjects_filter": under, "offset": len(found)}
            state = (await self._asked(f"$JS.API.STREAM.INFO.{stream}", asked))["state"]
            more = state.get("subjects") or {}
            found |= more
            if not more or len(found) >= state.get("num_subjects", 0):
                return found

    async def delete(self, stream: str, subject: str) -> None:
        """Delete the message on a subject of an erasable stream; the broker overwrites its bytes on disk."""
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
        """Follow the log from the message after `after`, through a fresh consumer of this agency.

        `batch`: the largest number of messages that `Follower.next` returns at once. The replica's own position decides
        where to begin; the broker keeps none for us.
        """
        return self._follow(Source(STREAM, f"replica-{self.agency}"), after, batch)

    def follow_grants(self, batch: int) -> AbstractAsyncContextManager[Follower]:
        """Follow the grants of keys to this agency, from the oldest that still exists. `batch`: as in `follow`."""
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
        """Close the connection. Nothing is sent after that."""
        self._closing = True
        if self._opening is not None:
            await cancel_and_wait(self._opening)
        if self._client is not None:
            # Without the timeout this may wait for ever: if the broker refuses us, between two attempts to reconnect.
            with suppress(NatsError, OSError, TimeoutError):
                async with asyncio.timeout(_ANSWER_WITHIN):
                    await self._client.close()
