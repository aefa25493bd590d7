"""nats-py's client, hardened against strange subjects, failed TLS handshakes, and a broker that refuses us.

nats-server accepts any bytes in a subject, so another agency can publish a subject that is not UTF-8.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from contextlib import suppress
from typing import Any, Final

from nats.aio.client import Client as NatsClient
from nats.aio.msg import Msg
from nats.aio.transport import TcpTransport
from nats.errors import Error as NatsError

from bus.cancellation import cancel_and_wait
from bus.envelope.envelope import HEADERS
from bus.errors import StoreError
from bus.nats.tls import Tls

RETRY_AFTER: Final = 0.25
"""The seconds between two attempts to connect."""

STEADY: Final[dict[str, Any]] = {
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": RETRY_AFTER,
    "ping_interval": 5,
    "max_outstanding_pings": 2,
    "pending_size": 0,  # nothing is kept and sent later, when we no longer wait or another message may be the next
}
"""The options of a connection of ours that lasts: it comes back by itself for ever."""

log = logging.getLogger(__name__)

_NOT_LEGIBLE: Final = re.compile(rb"[^\x21-\x7e]")
_NAMES: Final = {
    name.encode(): name
    for name in (*HEADERS, "Nats-Expected-Last-Subject-Sequence", "Nats-Expected-Last-Subject-Sequence-Subject")
}


def legible(subject: bytes) -> bytes:
    """Return the subject with `?` for each byte that is not visible ASCII. No subject of ours has such bytes."""
    return _NOT_LEGIBLE.sub(b"?", subject)


def _abandon_handshake(transport: object) -> None:
    """End a connection whose TLS handshake failed; otherwise nats-py waits for ever for the connection's end."""
    if isinstance(transport, TcpTransport):
        plain = transport._bare_io_writer
        if plain is not None and transport._io_writer is plain:
            plain.transport.abort()
            transport._io_writer = transport._bare_io_writer = None


class Client(NatsClient):
    """nats-py's client with our changes.

    nats-py closes the connection when a subject is not UTF-8, and the next connection would get the same message again.
    It also checks each character of each header's name, which takes longer than all its other work on an event.
    """

    def __init__(self, tls: Tls | None = None) -> None:
        super().__init__()
        self._files = tls

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """The TLS context, read again from the files, so that the next connection uses a renewed certificate.

        If the files cannot be used now, it is the context with which the client first connected.
        """
        try:
            if self._files is not None:
                return self._files.context()
        except StoreError as error:
            log.warning("certificates not read again", extra={"error": str(error)})
        context: ssl.SSLContext = super().ssl_context
        return context

    async def _process_err(self, err_msg: str) -> None:
        """Reconnect also when the broker ends the connection with an error, as when our credentials are revoked.

        nats-py would give up for good. FastStream does not notice that, and would then block the event loop for ever.
        """
        if any(words in err_msg.lower() for words in ("permissions violation", "stale connection")):
            await super()._process_err(err_msg)
        else:
            await self._process_op_err(NatsError(f"nats: {err_msg}"))

    async def close(self) -> None:
        """Close, also between two attempts to reconnect. nats-py cancels these only once, and that can get lost."""
        trying = self._reconnection_task
        if trying is not None and trying is not asyncio.current_task():
            with suppress(Exception):  # the error of the last attempt does not matter
                await cancel_and_wait(trying)
        try:
            await super().close()
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is None or current.cancelling():
                raise
            # nats-py passes the cancellation of one of its own tasks on to us, though nobody cancelled us.

    async def _process_connect_init(self) -> None:
        try:
            await super()._process_connect_init()
        except BaseException:  # also when it is cancelled
            _abandon_handshake(self._transport)
            raise

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in raw.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            known = _NAMES.get(name)
            if known is not None and colon:
                found[known] = value.strip().decode("utf-8", "replace")
            else:
                found.update(NatsClient._parse_header_lines(line))
        return found

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        message: Msg = super()._build_message(sid, legible(subject), reply, data, headers)
        return message
