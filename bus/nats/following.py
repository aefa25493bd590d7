"""Follow a stream with a push consumer: its messages come in order, in batches of those that have arrived.

A pull consumer does not work here. Agencies reach the streams through an account export, in which one request gets one
answer. A pushed message needs no request and comes through its own import. It also cannot be taken for a status of the
broker, even if it claims to be one or has neither headers nor data. By flow control we tell the broker which messages
we took, and it sends no more than we have room for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Final

import orjson
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, DeliverPolicy
from nats.js.errors import NotFoundError

from bus.errors import BrokerAwayError
from bus.nats.client import Client

_ANSWER_WITHIN: Final = 2.0
_DELETED_WITHIN: Final = 0.5
_HEARTBEAT: Final = 2.0
_GONE_AFTER: Final = 30.0


def deliveries_to(agency: str) -> str:
    """Return the prefix of the subjects to which the broker delivers messages for an agency.

    A random token follows the prefix, so that nobody else can guess the subject.
    """
    return f"deliver.{agency}"


@dataclass(frozen=True, slots=True)
class LogMessage:
    """A message as the log holds it: its sequence, subject, headers and exact data bytes."""

    sequence: int
    subject: str
    headers: Mapping[str, str]
    data: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 over headers and data. It differs for two messages that had the same sequence."""
        return sha256(orjson.dumps(sorted(self.headers.items())) + self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Source:
    """The stream that a follower follows, and its consumer. `subjects`: the filter; None: all subjects."""

    stream: str
    consumer: str
    subjects: str | tuple[str, ...] | None = None


class Follower:
    """Delivers messages in order, in batches of at most `batch`: those that have arrived, without waiting for more.

    `after`: the sequence after which to begin. The consumer is created each time, lives in the memory of one broker,
    and is gone half a minute after its follower, so the broker's memory never decides where to begin. `next` raises
    BrokerAwayError when the broker is silent for 5 seconds, or when a message was lost on its way.
    """

    def __init__(self, client: Client, agency: str, source: Source, after: int, batch: int) -> None:
        self._client = client
        self._source = source
        self._after = after
        self._batch = batch
        self._arrived: deque[Msg] = deque()
        self._news = asyncio.Event()
        self._heard = monotonic()
        self._interrupted = False
        self._idle = False
        self._delivered = 0
        self.waiting = 0
        """The number of messages that were waiting to be delivered when it began.

        While others write, the broker may count too many.
        """
        self._place = f"{deliveries_to(agency)}.{client.new_inbox().rpartition('.')[2]}"
        self._subscription: Subscription | None = None

    def interrupt(self) -> None:
        """The connection was lost: make `next` raise at once."""
        self._interrupted = True
        self._news.set()

    async def begin(self) -> None:
        """Subscribe, and create the consumer."""
        stream, consumer = self._source.stream, self._source.consumer
        self._subscription = await self._client.subscribe(self._place, cb=self._take, pending_msgs_limit=-1)
        with suppress(NotFoundError, TimeoutError, NatsError):
            await self._client.jetstream(timeout=_DELETED_WITHIN).delete_consumer(stream, consumer)
        subjects = self._source.subjects
        made = await self._client.jetstream(timeout=_ANSWER_WITHIN).add_consumer(
            stream,
            name=consumer,
            filter_subject=subjects if isinstance(subjects, str) else None,
            filter_subjects=list(subjects) if isinstance(subjects, tuple) else None,
            deliver_subject=self._place,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._after + 1,
            ack_policy=AckPolicy.NONE,
            flow_control=True,
            idle_heartbeat=_HEARTBEAT,
            inactive_threshold=_GONE_AFTER,
            mem_storage=True,
            num_replicas=1,
        )
        self._heard, self.waiting = monotonic(), made.num_pending or 0

    async def _take(self, message: Msg) -> None:
        self._heard = monotonic()
        if message.reply.startswith(("$JS.ACK.", "$JS.FC.")):
            self._arrived.append(message)
            self._news.set()
            return
        headers = message.headers or {}
        stalled = headers.get("Nats-Consumer-Stalled", "")
        if stalled.startswith("$JS.FC.") and not self._arrived:
            await self._client.publish(stalled)  # our last flow-control reply did not reach the broker
        elif headers.get("Nats-Last-Consumer") == str(self._delivered) and not self._arrived:
            self._idle = True  # a heartbeat, and we have all that the broker has sent
            self._news.set()

    async def next(self, *, if_any: bool = False) -> list[LogMessage]:
        """Wait for the next messages, and return at least one.

        `if_any`: True: return none as soon as the broker says that it has nothing left to deliver.
        """
        taken: list[LogMessage] = []
        self._idle = False
        while not taken:
            await self._wait(if_any)
            if not self._arrived:
                break
            try:
                while self._arrived and len(taken) < self._batch:
                    message = self._arrived.popleft()
                    if message.reply.startswith("$JS.FC."):
                        await self._client.publish(message.reply)
                    elif is_from(message.reply, self._source):
                        taken.append(self._next_in_turn(message))
            except NatsError as error:
                raise BrokerAwayError("the broker was lost") from error
        return taken

    def _next_in_turn(self, message: Msg) -> LogMessage:
        self._delivered += 1
        if consumer_sequence(message.reply) != self._delivered:
            raise BrokerAwayError("a message was lost on its way from the broker")
        return _log_message(message)

    async def _wait(self, if_any: bool) -> None:
        while not self._arrived and not (if_any and self._idle):
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEARTBEAT):
                    await self._news.wait()
            if self._interrupted or monotonic() - self._heard > 2.5 * _HEARTBEAT:
                raise BrokerAwayError("the broker fell silent")

    async def end(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            with suppress(NatsError, OSError):
                await self._subscription.unsubscribe()


def is_from(reply: str, source: Source) -> bool:
    """Return whether our own consumer sent the message with this reply subject.

    Another agency could make its consumer send to our subject.
    """
    stream, consumer = _acknowledged(reply)[:2]
    return (stream, consumer) == (source.stream, source.consumer)


def log_sequence(reply: str) -> int:
    """Return the place in the stream of the message that was delivered with this reply subject."""
    return int(_acknowledged(reply)[3])


def consumer_sequence(reply: str) -> int:
    """Return how many messages the consumer had sent with the one of this reply subject."""
    return int(_acknowledged(reply)[4])


def _acknowledged(reply: str) -> list[str]:
    # The form is $JS.ACK.<stream>.<consumer>.<times delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>;
    # a domain and an account may stand before the stream.
    tokens = reply.split(".")
    return tokens[2:] if len(tokens) == 9 else tokens[4:]


def _log_message(message: Msg) -> LogMessage:
    return LogMessage(log_sequence(message.reply), message.subject, own_headers(message.headers), message.data)


def own_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers without those of NATS itself."""
    return {name: value for name, value in (headers or {}).items() if name[:5] != "Nats-"}
