"""Serves the webhooks: each has a lane of its own, so that no receiver holds up another.

`bus.webhooks.webhooks` says why nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from secrets import token_hex
from typing import Final

from bus.cancellation import cancel_all
from bus.errors import StoreError
from bus.node import Node
from bus.webhooks.rows import Owing, Webhook, WebhookStatus
from gateway.feed.schemas import Roles
from gateway.webhooks.lane import Sender, WebhookLane
from gateway.webhooks.messages import ping_of, signed
from gateway.webhooks.posting import Attempt

_LOOKS_EVERY: Final = 1.0

log = logging.getLogger(__name__)


class WebhookSending:
    """Serves all webhooks of one service.

    `webhooks` and `owing` are as of the last second, for metrics and health.
    """

    def __init__(self, node: Node, roles: Roles, sender: Sender) -> None:
        self.sender = sender
        self._roles = roles
        self.webhooks: list[Webhook] = []
        self.owing: dict[str, Owing] = {}
        self._node = node
        self._lanes: dict[str, tuple[WebhookLane, asyncio.Task[None]]] = {}
        self._news = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the block lasts."""
        task = asyncio.create_task(self._run())
        end = self._node.feed.listen(self._wake_lanes)
        try:
            yield
        finally:
            end()
            await cancel_all(task, *(running for _, running in self._lanes.values()))

    def wake(self) -> None:
        """Look at the webhooks now: one was created or changed."""
        self._news.set()
        self._wake_lanes()

    @property
    def troubles(self) -> tuple[str, ...]:
        """The webhooks that a person should look at, in plain words."""
        gone = (
            f"webhook {each.webhook_id} is disabled: 410" for each in self.webhooks if each.state is WebhookStatus.GONE
        )
        dead = (f"webhook {name}: {owing.dead} dead letters" for name, owing in self.owing.items() if owing.dead)
        return (*gone, *dead)

    async def ping(self, webhook: Webhook) -> Attempt:
        """Send a test message. If its receiver accepts it, everything pending is due now. Raises StoreError."""
        now = self._node.now()
        name, body = ping_of(webhook, self._node.settings.agency, token_hex(8), now)
        poster = self.sender.poster(webhook.url)
        try:
            answer = await poster.post(body, signed(name, body, await self._node.webhooks.secrets(webhook), now))
        finally:
            await poster.close()
        if not answer.trouble:
            await self._node.webhooks.hurry(webhook.webhook_id)
            self.wake()
        return answer

    def _wake_lanes(self) -> None:
        for lane, _ in self._lanes.values():
            lane.wake()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._look()
            except StoreError as error:
                log.warning("webhooks", extra={"error": type(error).__name__})
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOKS_EVERY):
                    await self._news.wait()

    async def _look(self) -> None:
        """Start the lanes that are missing. A lane ends by itself when its webhook is served no more, and by errors."""
        self.webhooks = await self._node.webhooks.all()
        self.owing = await self._node.webhooks.owing()
        for name, (_, task) in tuple(self._lanes.items()):
            if task.done():
                del self._lanes[name]
                if not task.cancelled() and (error := task.exception()) is not None:
                    log.warning("webhook", extra={"error": type(error).__name__})
        for webhook in self.webhooks:
            if webhook.former:
                await self._node.webhooks.secrets(webhook)  # destroys the secret whose time is over
            if webhook.state is WebhookStatus.ACTIVE and webhook.webhook_id not in self._lanes:
                lane = WebhookLane(self._node, self._roles, webhook, self.sender)
                self._lanes[webhook.webhook_id] = lane, asyncio.create_task(lane.run())
