"""A subscriber's target: its entries go to functions in the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from bus.node import Node
from bus.policies.steps import EventSteps
from bus.replica.feed import FeedEntry
from bus.subscriber import ForgetOrder, GiveUpError, Subscriber
from bus.webhooks.rows import Webhook, WebhookDelivery
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import CaseEvent
from contracts.event.upcasting import PUBLICATIONS
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from gateway.delivery.attempt import Attempt
from gateway.feed.openings import opened_for
from gateway.feed.schemas import Entry, Forget, ToldEvent
from gateway.subscribers.thread import HandlerThread

_LONGEST_NAME: Final = 60

T = TypeVar("T")


class Functions:
    """The handlers of one subscriber."""

    def __init__(self, node: Node, subscriber: Subscriber, thread: HandlerThread) -> None:
        self._node = node
        self._subscriber = subscriber
        self._thread = thread

    async def deliver(self, webhook: Webhook, delivery: WebhookDelivery, told: FeedEntry, entry: Entry) -> Attempt:
        """Call the handler of an entry. One that it has no handler for, or that says nothing whole, is accepted."""
        if isinstance(entry, Forget):
            call = self._forgetting(entry)
        else:
            call = await self._handling(told, entry)
        if call is None:
            return Attempt()
        try:
            return _judged(await self._thread.call(delivery.case_id, call, self._subscriber.within))
        except TimeoutError:
            return Attempt("timeout")

    async def close(self) -> None:
        """The thread outlives the lane: a handler may still run in it."""

    def _forgetting(self, entry: Forget) -> Callable[[], Awaitable[object]] | None:
        forgetter = self._subscriber.forgetter
        if forgetter is None:
            return None
        what = ForgetOrder(entry.position, entry.case_id, entry.why, entry.part, entry.version)
        return lambda: forgetter(what)

    async def _handling(self, told: FeedEntry, entry: Entry) -> Callable[[], Awaitable[object]] | None:
        event, envelope = _event(told.content, entry), told.envelope
        handler = None if event is None else self._subscriber.handlers.get(type(event))
        if event is None or handler is None or envelope is None or not isinstance(entry, ToldEvent):
            return None
        case = (await self._node.replica.case(told.case_id)).view
        if not isinstance(case, CaseView):
            return None
        await opened_for(self._node, f"subscriber {self._subscriber.name}", (entry,))
        steps = self._node.steps(envelope, f"subscriber/{self._subscriber.name}")
        context = _Context(steps, asyncio.get_running_loop(), entry)
        return lambda: handler(event, case, context)


def _event(content: bytes | None, entry: Entry) -> CaseEvent | None:
    """The event in its current version. None: it had no effect, or the agency does not read the whole of it."""
    if not isinstance(entry, ToldEvent) or content is None or entry.withheld or entry.set_aside:
        return None
    try:
        event = PUBLICATIONS.read(entry.type, content)
    except (InvalidEventError, UnknownEventTypeError):
        return None
    return event if isinstance(event, CaseEvent) else None


def _judged(answer: object) -> Attempt:
    """The outcome of a handler that has ended. Nothing but the class of an exception is kept of it."""
    if answer is None:
        return Attempt()
    if isinstance(answer, GiveUpError):
        return Attempt(answer.code, final=True)
    if isinstance(answer, BaseException):
        name = type(answer).__name__
        return Attempt(name if name.isascii() and name.isidentifier() and len(name) <= _LONGEST_NAME else "error")
    return Attempt("not-none")


class _Context:
    """A SubscriberContext in the handlers' thread; each step is taken in the service's loop."""

    def __init__(self, steps: EventSteps, there: asyncio.AbstractEventLoop, entry: ToldEvent) -> None:
        self.agency: AgencyId = steps.agency
        self.provenance = steps.provenance
        self.position = entry.position
        self.version = entry.version
        self.again = entry.again
        self._steps = steps
        self._there = there

    async def open_task(self, *what: Any, **more: Any) -> None:
        await self._take(self._steps.open_task(*what, **more))

    async def close_task(self, case: CaseView, what: str, about: str) -> None:
        await self._take(self._steps.close_task(case, what, about))

    async def notify(self, case: CaseView, *, en: str, sv: str) -> None:
        await self._take(self._steps.notify(case, en=en, sv=sv))

    def name_of(self, agency: AgencyId) -> str:
        return self._steps.name_of(agency)

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        await self._take(self._steps.issue(case, event))

    async def _take(self, step: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(step, self._there))
