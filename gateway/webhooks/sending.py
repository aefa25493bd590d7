"""Sends the feed to the webhooks: each has a lane of its own, so that no receiver holds up another.

A lane takes in the feed and sends what is due, some messages at once, never two of one case. `Webhooks` says why none
is lost. A failure is tried again with back-off and jitter for three days; then it is a dead letter.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex
from typing import Final

from bus import backoff
from bus.cancellation import cancel_all
from bus.errors import FeedRolledBackError, StoreError
from bus.node import Node
from bus.replica.feed import FeedEntry
from bus.webhooks.rows import Delivery, Owing, State, Webhook
from gateway.feed.schemas import Forget, entry_of
from gateway.webhooks.messages import Entry, message_id, message_of, name_of, ping_of, signed
from gateway.webhooks.outbound import Outbound, Resolve, resolved
from gateway.webhooks.posting import AT_ONCE, Answer, Poster

GIVES_UP_AFTER: Final = 3 * 86400.0
"""For how many seconds a message is tried. One that waited longer behind others of its case is still tried once."""

_LONGEST_BACKOFF: Final = 3600.0
_TAKEN_AT_ONCE: Final = 200
_MOST_PENDING: Final = 1000
"""A webhook that is owed as much takes in no more; the feed keeps the rest."""
_LOOKS_EVERY: Final = 1.0
_WITHIN: Final = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """The settings of sending; tests choose others.

    Attributes:
        outbound: The addresses that may be reached.
        resolve: Finds the addresses of a host.
        jitter: Returns a number from 0 to 1.
        within: The seconds in which a receiver has to answer.
    """

    outbound: Outbound = field(default_factory=Outbound)
    resolve: Resolve = resolved
    jitter: Callable[[], float] = random.random
    within: float = _WITHIN

    def poster(self, url: str) -> Poster:
        """A poster to this address."""
        return Poster(url, self.outbound, self.resolve, self.within)


class Sending:
    """Serves all webhooks of one service.

    `webhooks` and `owing` are as of the last second, for metrics and health.
    """

    def __init__(self, node: Node, sender: Sender) -> None:
        self.sender = sender
        self.webhooks: list[Webhook] = []
        self.owing: dict[str, Owing] = {}
        self._node = node
        self._lanes: dict[str, tuple[_Lane, asyncio.Task[None]]] = {}
        self._news = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the block lasts."""
        task = asyncio.create_task(self._run())
        end = self._node.replica.listen(lambda committed: self._wake_lanes())
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
        gone = (f"webhook {each.webhook_id} is disabled: 410" for each in self.webhooks if each.state is State.GONE)
        dead = (f"webhook {name}: {owing.dead} dead letters" for name, owing in self.owing.items() if owing.dead)
        return (*gone, *dead)

    async def ping(self, webhook: Webhook) -> Answer:
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
            if webhook.state is State.ACTIVE and webhook.webhook_id not in self._lanes:
                lane = _Lane(self._node, webhook, self.sender)
                self._lanes[webhook.webhook_id] = lane, asyncio.create_task(lane.run())


class _Lane:
    """Serves one webhook."""

    def __init__(self, node: Node, webhook: Webhook, sender: Sender) -> None:
        self._news = asyncio.Event()
        self._may_be_told = True
        """Whether the feed may have more than was taken in."""
        self._full = False
        self._node = node
        self._webhooks = node.webhooks
        self._webhook = webhook
        self._sender = sender
        self._poster = sender.poster(webhook.url)
        self._underway: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look at the feed now. A missed call only causes a delay of a second."""
        self._may_be_told = True
        self._news.set()

    async def run(self) -> None:
        """Send until the webhook has another address, or is served no more. Raises StoreError."""
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
            await self._poster.close()

    async def _is_served(self) -> bool:
        webhook = await self._webhooks.find(self._webhook.webhook_id)
        if webhook is None or webhook.state is not State.ACTIVE or webhook.url != self._webhook.url:
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

    def _owed(self, told: FeedEntry) -> Delivery | None:
        entry, names = entry_of(told), self._webhook.names
        forgets = isinstance(entry, Forget)
        if names and not forgets and name_of(entry) not in names:
            return None
        number = int(entry.position.partition("-")[2])
        name = entry.why if isinstance(entry, Forget) else name_of(entry)
        return Delivery(self._webhook.webhook_id, number, entry.position, entry.case_id, name, forgets)

    async def _start_due(self) -> bool:
        """Start to send what is due. Returns whether anything was started."""
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
            log.warning("webhook", extra={"error": type(error).__name__})
        else:
            self._news.set()  # after an error, such as the store's, look again a little later

    async def _deliver(self, delivery: Delivery) -> None:
        entry = await self._entry(delivery)
        if entry is None:
            await self._webhooks.drop(delivery)
            return
        now = self._node.now()
        body = message_of(self._webhook, self._node.settings.agency, entry, now)
        name = message_id(self._webhook, delivery.position)
        secrets = await self._webhooks.secrets(self._webhook)
        answer = await self._poster.post(body, signed(name, body, secrets, now)) if secrets else Answer("no-secret")
        if not answer.trouble:
            await self._webhooks.accepted(delivery)
        else:
            await self._failed(delivery, answer)

    async def _entry(self, delivery: Delivery) -> Entry | None:
        """The entry to send, as it reads now.

        None: it is told at a later position: what its case says to forget, or the event once more. So no content of an
        erased case is sent, and no entry twice.
        """
        try:
            told = await self._node.feed.at(delivery.position)
        except FeedRolledBackError:
            return None
        entry = None if told is None else entry_of(told)
        return None if isinstance(entry, Forget) and not delivery.forgets else entry

    async def _failed(self, delivery: Delivery, answer: Answer) -> None:
        now = self._node.now().timestamp()
        wait = max(backoff.delay(delivery.attempts + 1, self._sender.jitter, longest=_LONGEST_BACKOFF), answer.wait)
        gone = answer.trouble == "gone"
        dead = not gone and now + wait > delivery.since + GIVES_UP_AFTER
        await self._webhooks.failed(delivery, answer.trouble, now if dead else now + wait, dead=dead, gone=gone)
        if gone or dead:
            log.warning("webhook", extra={"why": answer.trouble, "given_up": dead})
