"""The lane of one webhook or subscriber: it takes in the feed and delivers what is due, never two of one case at once.

A failure is tried again with back-off and jitter for three days; then it is a dead letter. Each wait can be cut: what
was under way is pending still, and is delivered again under the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from bus import backoff
from bus.cancellation import cancel_all
from bus.errors import FeedRolledBackError
from bus.node import Node
from bus.replica.feed import FeedEntry
from bus.webhooks.rows import Webhook, WebhookDelivery, WebhookStatus
from gateway.delivery.attempt import Attempt, Target
from gateway.delivery.entries import case_of, name_of
from gateway.feed.asked import Asked
from gateway.feed.schemas import Entry, Forget, Roles, entry_of

GIVES_UP_AFTER: Final = 3 * 86400.0
"""For how many seconds a message is tried. One that waited longer behind others of its case is still tried once."""

_EVENTS: Final = frozenset({"event"})
"""A webhook that names nothing is told the events of cases, and what is to be forgotten."""
_LONGEST_BACKOFF: Final = 3600.0
AT_ONCE: Final = 4
"""How many cases are told at once to one webhook or subscriber."""
_TAKEN_AT_ONCE: Final = 200
_MOST_PENDING: Final = 1000
"""A webhook that is owed as much takes in no more; the feed keeps the rest."""
_LOOKS_EVERY: Final = 1.0

log = logging.getLogger(__name__)


class DeliveryLane:
    """Serves one webhook or subscriber; it alone uses the target, and closes it.

    `jitter`: returns a number from 0 to 1.
    """

    def __init__(self, node: Node, roles: Roles, webhook: Webhook, target: Target, jitter: Callable[[], float]) -> None:
        self._news = asyncio.Event()
        self._may_be_told = True
        """Whether the feed may have more than was taken in."""
        self._full = False
        self._node = node
        self._roles = roles
        self._webhooks = node.webhooks
        self._webhook = webhook
        self._target = target
        self._jitter = jitter
        self._underway: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look at the feed now. A missed call only causes a delay of a second."""
        self._may_be_told = True
        self._news.set()

    async def run(self) -> None:
        """Deliver until the webhook has another address, or is served no more. Raises StoreError."""
        try:
            while await self._is_served():
                self._news.clear()
                if self._may_be_told:
                    await self._take_in()
                if await self._start_due() or self._may_be_told:
                    continue
                try:
                    async with asyncio.timeout(_LOOKS_EVERY):
                        await self._news.wait()
                except TimeoutError:
                    self._may_be_told = True
        finally:
            await cancel_all(*self._underway.values())
            await self._target.close()

    async def _is_served(self) -> bool:
        webhook = await self._webhooks.find(self._webhook.webhook_id)
        if webhook is None or webhook.state is not WebhookStatus.ACTIVE or webhook.url != self._webhook.url:
            return False
        self._webhook = webhook
        return True

    async def _take_in(self) -> None:
        """Owe the webhook the next part of the feed."""
        self._may_be_told = False
        self._full = await self._webhooks.is_owed(self._webhook.webhook_id, _MOST_PENDING)
        if self._full:
            return
        try:
            part = await self._node.feed.read(self._webhook.position, _TAKEN_AT_ONCE)
        except FeedRolledBackError as error:
            await self._webhooks.owe(self._webhook, (), error.begin)
            return
        if part.last != self._webhook.position:
            await self._webhooks.owe(self._webhook, [*filter(None, map(self._owed, part.entries))], part.last)
            self._may_be_told |= part.more

    def _owed(self, told: FeedEntry) -> WebhookDelivery | None:
        entry = entry_of(told, self._roles)
        if not Asked(names=self._webhook.names or _EVENTS).has(entry):
            return None
        number, forgets = int(entry.position.partition("-")[2]), isinstance(entry, Forget)
        name = entry.why if isinstance(entry, Forget) else name_of(entry)
        return WebhookDelivery(self._webhook.webhook_id, number, entry.position, case_of(entry), name, forgets)

    async def _start_due(self) -> bool:
        """Start to deliver what is due. Returns whether anything was started."""
        free = AT_ONCE - len(self._underway)
        if free <= 0:
            return False
        due = await self._webhooks.due(self._webhook.webhook_id, 2 * AT_ONCE)
        chosen = [one for one in due if one.case_id not in self._underway][:free]
        for one in chosen:
            task = asyncio.create_task(self._deliver(one))
            self._underway[one.case_id] = task
            task.add_done_callback(partial(self._ended, one.case_id))
        return bool(chosen)

    def _ended(self, case_id: str, task: asyncio.Task[None]) -> None:
        self._underway.pop(case_id, None)
        self._may_be_told |= self._full
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("delivery", extra={"error": type(error).__name__})
        else:
            self._news.set()  # after an error, such as the store's, look again a little later

    async def _deliver(self, delivery: WebhookDelivery) -> None:
        found = await self._entry(delivery)
        if found is None:
            await self._webhooks.drop(delivery)
            return
        answer = await self._target.deliver(self._webhook, delivery, *found)
        if not answer.trouble:
            await self._webhooks.accepted(delivery)
        else:
            await self._failed(delivery, answer)

    async def _entry(self, delivery: WebhookDelivery) -> tuple[FeedEntry, Entry] | None:
        """The entry to deliver, as it reads now.

        None: it is told at a later position: what its case says to forget, or the event once more. So no content of an
        erased case is told, and no entry twice.
        """
        try:
            told = await self._node.feed.at(delivery.position)
        except FeedRolledBackError:
            return None
        if told is None:
            return None
        entry = entry_of(told, self._roles)
        return None if isinstance(entry, Forget) and not delivery.forgets else (told, entry)

    async def _failed(self, delivery: WebhookDelivery, answer: Attempt) -> None:
        now = self._node.now().timestamp()
        wait = max(backoff.delay(delivery.attempts + 1, self._jitter, longest=_LONGEST_BACKOFF), answer.wait)
        gone = answer.trouble == "gone"
        dead = answer.final or (not gone and now + wait > delivery.since + GIVES_UP_AFTER)
        await self._webhooks.failed(delivery, answer.trouble, now if dead else now + wait, dead=dead, gone=gone)
        if gone or dead:
            log.warning("delivery", extra={"why": answer.trouble, "given_up": dead})
