"""A connection of an agency's service to the agency's own broker: it fills the stream there and takes commands.

The broker may be away, slow or new. Each request has a deadline, and all errors are BrokerAwayError.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError, StoreError
from bus.nats.client import STEADY, Client
from bus.nats.private_messages import Answering, KeptMessage, PrivateCommand, StreamEntry
from bus.nats.private_subjects import POSITION, STREAM, commands, feed_stream, subject
from bus.nats.tls import Tls, connection_options, why
from bus.secret_files import read_private
from contracts.vocabulary.agencies import AgencyId

_ANSWER_WITHIN: Final = 5.0
_AGAIN_AFTER: Final = 0.5
_NO_STREAM: Final = 10059
_NO_MESSAGE: Final = 10037
_MOST_WAITING: Final = 512

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrivateBrokerSettings:
    """The agency's own broker.

    `servers`: its addresses. `key`: the file with the seed of the service's key (nkey). `tls`: None: in clear text, as
    on one machine.
    """

    servers: tuple[str, ...]
    key: Path
    tls: Tls | None = None


class PrivateBroker:
    """The connection. Use it as a context manager; it reconnects for ever."""

    def __init__(self, agency: AgencyId, settings: PrivateBrokerSettings) -> None:
        self.agency = agency
        self._settings = settings
        self.losses = 0
        """How often the connection was lost."""
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._closed = asyncio.Event()

    async def connect(self) -> None:
        """Return when there is a connection. Raises StoreError when others may read the key."""
        read_private(self._settings.key)
        async with self._connecting:
            await self._connect()

    async def _connect(self) -> None:
        while self._client is None:
            client = Client(self._settings.tls)
            try:
                await client.connect(
                    servers=list(self._settings.servers),
                    nkeys_seed=str(self._settings.key),
                    name=f"stafett {self.agency} private",
                    inbox_prefix=b"_INBOX_service",
                    **STEADY,
                    error_cb=self._failed,
                    disconnected_cb=self._lost,
                    closed_cb=self._given_up,
                    **connection_options(self._settings.tls),
                )
            except (NatsError, OSError, TimeoutError, StoreError) as error:
                await self._failed(error)
                with suppress(Exception):
                    await client.close()
                await asyncio.sleep(_AGAIN_AFTER)
                continue
            self._client = client
            self._closed.clear()

    async def _failed(self, error: Exception) -> None:
        log.info("private broker", extra={"error": why(error)})

    async def _lost(self) -> None:
        self.losses += 1

    async def _given_up(self) -> None:
        # The client gives up when the broker refuses our key. We connect anew, for it may become valid again.
        self._client = None
        self._closed.set()

    async def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(NatsError, OSError, TimeoutError):
                async with asyncio.timeout(_ANSWER_WITHIN):
                    await client.close()

    @property
    def client(self) -> Client:
        """The connection itself. Raises BrokerAwayError when there is none."""
        if self._client is None or not self._client.is_connected:
            raise BrokerAwayError("the private broker cannot be reached")
        return self._client

    # The stream

    async def establish(self) -> None:
        """Create the stream, or bring it up to its configuration."""
        wanted = feed_stream(self.agency).as_dict()
        there = await self._asked(f"STREAM.INFO.{STREAM}", {}, _NO_STREAM)
        await self._asked(f"STREAM.{'CREATE' if there is None else 'UPDATE'}.{STREAM}", wanted)

    async def last(self) -> KeptMessage | None:
        """Return the last message of the stream, or None when it has none."""
        return await self._get({"last_by_subj": subject(self.agency, "*", "*", "*")})

    async def last_sequence(self) -> int:
        """Return the sequence that the stream gave last; the message may be deleted."""
        return int((await self._known(f"STREAM.INFO.{STREAM}", {}))["state"]["last_seq"])

    async def about(self, case_id: str, kind: str = "*") -> AsyncIterator[KeptMessage]:
        """Yield the messages about a case, in order."""
        after, under = 0, subject(self.agency, kind, "*", case_id)
        while (found := await self._get({"seq": after + 1, "next_by_subj": under})) is not None:
            yield found
            after = found.sequence

    async def publish(self, messages: Sequence[StreamEntry], last: int) -> int:
        """Put messages into the stream after the sequence `last`. Return the sequence of the last of them.

        Each names the sequence before it, so the broker takes all or the first ones only, each once. On BrokerAwayError
        read the last message to learn how many it took.
        """
        for sequence, message in enumerate(messages[:-1], start=last):
            await self._send(message, sequence)
        expected = last + len(messages) - 1
        answer = await self._answered(messages[-1].subject, messages[-1].content, _headers(messages[-1], expected))
        if answer.get("seq") != expected + 1:
            raise BrokerAwayError("the private broker did not take it")
        return expected + 1

    async def _send(self, message: StreamEntry, last: int) -> None:
        try:
            await self.client.publish(message.subject, message.content, headers=_headers(message, last))
        except (NatsError, OSError) as error:
            raise BrokerAwayError("the private broker did not take it") from error

    async def delete(self, sequence: int) -> None:
        """Delete a message; the broker overwrites its bytes on its disk."""
        await self._asked(f"STREAM.MSG.DELETE.{STREAM}", {"seq": sequence, "no_erase": False}, _NO_MESSAGE)

    async def _get(self, request: dict[str, Any]) -> KeptMessage | None:
        content = await self._asked(f"STREAM.MSG.GET.{STREAM}", request, _NO_MESSAGE)
        if content is None:
            return None
        message = content["message"]
        headers = await self.client._process_headers(b64decode(message.get("hdrs", ""))) or {}
        data = b64decode(message.get("data", ""))
        return KeptMessage(int(message["seq"]), message["subject"], headers.get(POSITION, ""), data)

    async def _known(self, api: str, request: dict[str, Any]) -> dict[str, Any]:
        content = await self._asked(api, request)
        if content is None:
            raise BrokerAwayError("the private broker has no stream")
        return content

    async def _asked(self, api: str, request: dict[str, Any], nothing: int = 0) -> dict[str, Any] | None:
        """Return the answer. None: an error with the code `nothing`."""
        content = await self._answered(f"$JS.API.{api}", orjson.dumps(request), None)
        if "error" not in content:
            return content
        code = content["error"].get("err_code")
        if code == nothing:
            return None
        log.error("private broker refused", extra={"code": code})
        raise BrokerAwayError(f"the private broker refused ({code})")

    async def _answered(self, to: str, content: bytes, headers: dict[str, str] | None) -> dict[str, Any]:
        try:
            answer = await self.client.request(to, content, timeout=_ANSWER_WITHIN, headers=headers)
            answered: dict[str, Any] = orjson.loads(answer.data)
            return answered
        except (NatsError, OSError, TimeoutError, ValueError) as error:
            raise BrokerAwayError("the private broker gave no answer") from error

    # Commands

    async def serve(self, answering: Answering) -> None:
        """Answer commands until the connection is closed. A request beyond those that can wait gets no answer."""
        running: set[asyncio.Task[None]] = set()

        async def begin(message: Msg) -> None:
            if message.reply and len(running) < _MOST_WAITING:
                task = asyncio.create_task(self._answer(message, answering))
                running.add(task)
                task.add_done_callback(running.discard)

        subscription = await self.client.subscribe(commands(self.agency), queue="service", cb=begin)
        try:
            await self._closed.wait()
        finally:
            with suppress(NatsError, OSError):
                await subscription.unsubscribe()
            for task in tuple(running):
                task.cancel()

    async def _answer(self, message: Msg, answering: Answering) -> None:
        name = message.subject.rpartition(".")[2]
        headers, content = await answering(PrivateCommand(name, message.headers or {}, message.data))
        with suppress(NatsError, OSError, BrokerAwayError):  # the caller asks again under its idempotency key
            await self.client.publish(message.reply, content, headers=dict(headers))


def _headers(message: StreamEntry, last: int) -> dict[str, str]:
    return {
        "content-type": "application/json",
        POSITION: message.position,
        "Nats-Expected-Last-Sequence": str(last),
    }
