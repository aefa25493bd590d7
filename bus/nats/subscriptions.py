"""FastStream's broker on our own client, for questions and answers outside of the log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faststream.nats import NatsBroker, NatsMessage
from faststream.nats.security import NatsCredentials
from nats.errors import Error as NatsError

from bus.nats.client import Client
from bus.nats.tls import Tls, connection_options


class _Broker(NatsBroker):
    """FastStream's broker on our client. It gives the client its TLS itself, so FastStream's documents omit it."""

    def __init__(self, *arguments: Any, tls: Tls | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tls = tls

    async def _connect(self) -> Client:
        client = Client(self._tls)
        await client.connect(**{**self._connection_kwargs, **connection_options(self._tls)})
        self.config.connect(client)
        return client

    async def stop(self, *raised: Any) -> None:
        """Stop, also without a connection: FastStream then raises, and its client goes on connecting for ever."""
        client = self._connection
        try:
            await super().stop(*raised)
        except NatsError:  # a client without a connection cannot be drained
            self._connection = None
            self.config.disconnect()
        finally:
            if client is not None:
                await client.close()


async def as_received(message: NatsMessage) -> bytes:
    """Return the exact bytes. FastStream's own decoder would parse them as JSON, and fail if they are none."""
    return bytes(message.body)


def agency_broker(agency: str, purpose: str, servers: Sequence[str], credentials: Path, tls: Tls | None) -> NatsBroker:
    """Return a connection of an agency for one purpose; the caller starts and stops it.

    `credentials`: the agency's credentials file.
    """
    return _Broker(
        list(servers),
        security=NatsCredentials(str(credentials)),
        inbox_prefix=f"_INBOX_{agency}",
        name=f"stafett {agency} {purpose}",
        max_reconnect_attempts=-1,
        logger=None,
        tls=tls,
    )
