"""Durable subscriptions carried by FastStream: one message at a time, acknowledged by hand, on our own client.

A subscription's consumer remembers at the broker what was acknowledged; what was not comes again after half a minute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.security import NatsCredentials
from nats.js.api import ConsumerConfig

from bus.broker.client import Client
from bus.broker.transport import Tls, connection_options
from bus.settings import BusSettings

_ANSWERED_WITHIN: Final = 30.0

Handler = Callable[[bytes, NatsMessage], Awaitable[None]]


class _Broker(NatsBroker):
    """FastStream's broker on our client, which is told of TLS past FastStream: the documents need not show it."""

    def __init__(self, *arguments: Any, tls: Tls | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tls = tls

    async def _connect(self) -> Client:
        client = Client(self._tls)
        await client.connect(**{**self._connection_kwargs, **connection_options(self._tls)})
        self.config.connect(client)
        return client


async def _as_received(message: NatsMessage) -> bytes:
    """The exact bytes: FastStream would make JSON of them, and fail where they are none."""
    return bytes(message.body)


class Subscriptions:
    """An agency's subscriptions for one purpose; begun by `start`; the owner stops `broker`."""

    def __init__(self, settings: BusSettings, purpose: str) -> None:
        self._inbox = f"_INBOX_{settings.agency}"
        self._consumers: list[tuple[str, ConsumerConfig]] = []
        self.broker: NatsBroker = _Broker(
            list(settings.servers),
            security=NatsCredentials(str(settings.credentials)),
            inbox_prefix=self._inbox,
            name=f"stafett {settings.agency} {purpose}",
            max_reconnect_attempts=-1,
            logger=None,
            tls=settings.transport,
        )

    def add(
        self,
        subjects: str | Sequence[str],
        handler: Handler,
        *,
        stream: str,
        consumer: str,
        title: str | None = None,
        description: str | None = None,
    ) -> None:
        """Have the handler called for each message on the subjects, one at a time, in the stream's order; it
        acknowledges, or asks for it again later.
        """
        several = [] if isinstance(subjects, str) else list(subjects)
        config = ConsumerConfig(
            name=consumer, durable_name=consumer, ack_wait=_ANSWERED_WITHIN, filter_subjects=several or None
        )
        if several:
            self._consumers.append((stream, config))
        self.broker.subscriber(
            subjects if isinstance(subjects, str) else "",
            stream=JStream(stream, declare=False),
            durable=consumer,
            config=config,
            pull_sub=PullSub(batch_size=1),  # asked for more, nats-py waits for more
            inbox_prefix=f"{self._inbox}.".encode(),  # FastStream's default is not the connection's
            decoder=_as_received,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            title=title,
            description=description,
        )(handler)

    async def start(self) -> None:
        """Begin. A consumer that the broker has from earlier keeps its place; from now on it has the subjects added
        here.
        """
        client = await self.broker.connect()
        for stream, config in self._consumers:
            await client.jetstream().add_consumer(stream, config)
        await self.broker.start()
