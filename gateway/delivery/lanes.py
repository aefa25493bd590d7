"""Serves the webhooks and the subscribers: each has a lane of its own, so that none holds up another.

`bus.webhooks.webhooks` says why nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from starlette.requests import Request

from bus.cancellation import cancel_all
from bus.errors import StoreError
from bus.node import Node
from bus.webhooks.rows import SUBSCRIBER, Owing, Webhook, WebhookStatus
from gateway.delivery.attempt import Target
from gateway.delivery.lane import DeliveryLane
from gateway.feed.schemas import Roles

_LOOKS_EVERY: Final = 1.0

log = logging.getLogger(__name__)

TargetOf = Callable[[Webhook], Target | None]
"""Makes the target of a webhook or subscriber; None: this service has no code for it."""


class Lanes:
    """Serves all webhooks and subscribers of one service.

    `webhooks` and `owing` are as of the last second, for metrics and health. `begins`: runs before anything is served,
    until it succeeds. `jitter`: returns a number from 0 to 1.
    """

    def __init__(
        self,
        node: Node,
        roles: Roles,
        target_of: TargetOf,
        *,
        begins: Callable[[], Awaitable[None]],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._roles = roles
        self._target_of = target_of
        self._begins = begins
        self._begun = False
        self._jitter = jitter
        self.webhooks: list[Webhook] = []
        self.owing: dict[str, Owing] = {}
        self._node = node
        self._lanes: dict[str, tuple[DeliveryLane, asyncio.Task[None]]] = {}
        self._held: set[str] = set()
        self._news = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver while the block lasts."""
        with suppress(StoreError):
            await self._begin()
        task = asyncio.create_task(self._run())
        end = self._node.feed.listen(self._wake_lanes)
        try:
            yield
        finally:
            end()
            await cancel_all(task, *(running for _, running in self._lanes.values()))

    async def _begin(self) -> None:
        if not self._begun:
            await self._begins()
            self._begun = True

    @asynccontextmanager
    async def held(self, webhook_id: str) -> AsyncIterator[None]:
        """Deliver nothing to this one while the block lasts; what was on its way has been cut."""
        self._held.add(webhook_id)
        try:
            if webhook_id in self._lanes:
                await cancel_all(self._lanes.pop(webhook_id)[1])
            yield
        finally:
            self._held.discard(webhook_id)
            self.wake()

    def wake(self) -> None:
        """Look at the webhooks now: one was created or changed."""
        self._news.set()
        self._wake_lanes()

    @property
    def troubles(self) -> tuple[str, ...]:
        """The webhooks and subscribers that a person should look at, in plain words."""
        gone = (f"{_named(each.webhook_id)} is disabled: 410" for each in self.webhooks if _is_gone(each))
        dead = (f"{_named(name)}: {owing.dead} dead letters" for name, owing in self.owing.items() if owing.dead)
        return (*gone, *dead)

    def _wake_lanes(self) -> None:
        for lane, _ in self._lanes.values():
            lane.wake()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._look()
            except StoreError as error:
                log.warning("deliveries", extra={"error": type(error).__name__})
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOKS_EVERY):
                    await self._news.wait()

    async def _look(self) -> None:
        """Start the lanes that are missing. A lane ends by itself when its webhook is served no more, and by errors."""
        await self._begin()
        self.webhooks = await self._node.webhooks.all()
        self.owing = await self._node.webhooks.owing()
        for name, (_, task) in tuple(self._lanes.items()):
            if task.done():
                del self._lanes[name]
                if not task.cancelled() and (error := task.exception()) is not None:
                    log.warning("delivery", extra={"error": type(error).__name__})
        for webhook in self.webhooks:
            if webhook.former:
                await self._node.webhooks.secrets(webhook)  # destroys the secret whose time is over
            if webhook.state is WebhookStatus.ACTIVE and not {webhook.webhook_id} & (self._lanes.keys() | self._held):
                self._start(webhook)

    def _start(self, webhook: Webhook) -> None:
        target = self._target_of(webhook)
        if target is not None:
            lane = DeliveryLane(self._node, self._roles, webhook, target, self._jitter)
            self._lanes[webhook.webhook_id] = lane, asyncio.create_task(lane.run())


def _named(webhook_id: str) -> str:
    return webhook_id.replace(":", " ") if webhook_id.startswith(SUBSCRIBER) else f"webhook {webhook_id}"


def _is_gone(webhook: Webhook) -> bool:
    return webhook.state is WebhookStatus.GONE


def lanes_of(request: Request) -> Lanes:
    """The lanes of the service that was asked."""
    lanes: Lanes = request.app.state.sending
    return lanes
