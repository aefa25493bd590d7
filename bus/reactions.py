"""An agency's reactions, carried by FastStream: one durable consumer of the event types that its mandate reacts to.

A reaction runs at least once for each accepted event of a case that the agency takes part in, after the replica has the
event; it is tried again, later each time, until it succeeds. What it does through its desk is done once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from faststream.nats import NatsMessage

from bus.agency import Agency, Reaction
from bus.broker.subscriptions import Subscriptions
from bus.case_file import CaseFile, content_of, provenance
from bus.confidential.granting import Granting
from bus.confidential.tasks import Tasks
from bus.ending import end
from bus.envelope import Envelope, parse
from bus.errors import EnvelopeError, NotIssuableError, RefusedError, SuspendedError
from bus.log import STREAM
from bus.outbox import Outbox, Submission
from bus.replica import Committed, Remembered, Replica
from bus.settings import BusSettings
from bus.store import Batch, Store
from contracts.agencies import AgencyId
from contracts.event import CaseEvent, Provenance
from contracts.upcasting import read_event
from contracts.view import CaseView

log = logging.getLogger(__name__)

_LONGEST_DELAY: Final = 60.0
_KEPT: Final = 1000


def consumer_name(agency: str) -> str:
    """The durable consumer that carries an agency's reactions."""
    return f"reactions-{agency}"


class Reactions:
    """Runs a mandate's reactions while the log is followed."""

    def __init__(
        self,
        mandate: Agency,
        settings: BusSettings,
        *,
        store: Store,
        replica: Replica,
        outbox: Outbox,
        granting: Granting,
        tasks: Tasks,
    ) -> None:
        self._mandate = mandate
        self._settings = settings
        self._store = store
        self._replica = replica
        self._outbox = outbox
        self._granting = granting
        self._tasks = tasks
        self._one_at_a_time = asyncio.Lock()
        self._reacted_through: dict[str, int] = {}
        self._names = frozenset(event.__name__ for event in mandate.reactions)
        self._recent: OrderedDict[tuple[int, str, int], Committed] = OrderedDict()
        replica.listen(self._take_note)

    def _take_note(self, committed: Committed) -> None:
        """Keep what was just committed, so that its case need not be read again to react to it."""
        if committed.envelope.event_name in self._names and committed.before is not None:
            self._recent[self._place(committed.envelope)] = committed
            if len(self._recent) > _KEPT:
                self._recent.popitem(last=False)

    def _place(self, envelope: Envelope) -> tuple[int, str, int]:
        """Where an event stands: after a rollback another one may stand there."""
        return self._replica.position.incarnation, envelope.case_id, envelope.version

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """React as long as the block lasts."""
        if not self._mandate.reactions:
            yield
            return
        subscriptions = self.subscriptions()
        late = asyncio.create_task(self._react_to_opened())
        try:
            await subscriptions.start()
            yield
        finally:
            await end(late)
            await subscriptions.broker.stop()

    def subscriptions(self) -> Subscriptions:
        """One subscription to every event type that the mandate reacts to."""
        subscriptions = Subscriptions(self._settings, "reactions")
        subscriptions.add(
            [f"case.*.{event.__name__}.*" for event in self._mandate.reactions],
            self._handle,
            stream=STREAM,
            consumer=consumer_name(self._settings.agency),
            title="reactions",
        )
        return subscriptions

    async def _handle(self, data: bytes, message: NatsMessage) -> None:
        raw = message.raw_message
        try:
            await self._replica.reached(raw.metadata.sequence.stream)
            await self._react(parse(raw.headers or {}, raw.data))
        except EnvelopeError:
            await message.ack()  # the replica has set it aside
        except Exception as error:
            delay = min(2.0**raw.metadata.num_delivered, _LONGEST_DELAY)
            log.warning("reaction failed", extra={"error": type(error).__name__, "retry_after": delay})
            await message.nack(delay=delay)
        else:
            await message.ack()

    async def _react(self, envelope: Envelope) -> None:
        """React to an event that the replica holds; one that we cannot open yet is reacted to when its key comes."""
        async with self._one_at_a_time:
            if await self._store.is_opened(envelope.case_id):
                return  # it is reacted to with all else that the case holds
            if envelope.version <= self._reacted_through.get(envelope.case_id, 0):
                return
            recent = self._recent.pop(self._place(envelope), None)
            if recent is not None and recent.before is not None and recent.envelope.hash == envelope.hash:
                content = content_of(recent.case.keys, envelope)
                if content is not None and not recent.before.behind:
                    held = Remembered(envelope, recent.case, content, recent.set_aside)
                    await self._react_to(held, recent.before)
                    return
            before = CaseFile.unopened(envelope.case_id)
            async for held in self._replica.history(envelope.case_id):
                if held.envelope.version == envelope.version:
                    if held.envelope.hash == envelope.hash:
                        await self._react_to(held, before)
                    return
                before = held.case

    async def _react_to_opened(self) -> None:
        """React to what cases hold that became readable; again after a restart that came between."""
        failures = 0
        while True:
            self._granting.opened.clear()
            try:
                for case_id, times in (await self._store.opened()).items():
                    await self._react_to_all_of(case_id, times)
            except Exception as error:
                failures += 1
                delay = min(2.0**failures, _LONGEST_DELAY)
                log.warning("reaction failed", extra={"error": type(error).__name__, "retry_after": delay})
                await asyncio.sleep(delay)
            else:
                failures = 0
                await self._granting.opened.wait()

    async def _react_to_all_of(self, case_id: str, times: int) -> None:
        async with self._one_at_a_time:
            before = CaseFile.unopened(case_id)
            async for held in self._replica.history(case_id):
                await self._react_to(held, before)
                before = held.case
            # Another key that came meanwhile opens more: then it is not over, and all of it is reacted to again.
            await self._store.write(Batch(reacted={case_id: times}))
            self._reacted_through[case_id] = before.view.version

    async def _react_to(self, held: Remembered, before: CaseFile) -> None:
        """Run every reaction to an event that is not set aside, where the agency took part in the case before the event
        or does after it.
        """
        after, envelope, agency = held.case, held.envelope, self._settings.agency
        if held.content is None or held.set_aside is not None or after.behind:
            return
        if not (before.view.takes_part(agency) or after.view.takes_part(agency)):
            return
        event = read_event(envelope.type, held.content)
        said = provenance(envelope, self._replica.directory)
        put: set[str] = set()
        for reaction in self._mandate.reactions.get(type(event), ()):
            desk = _Desk(agency, said, before.view, envelope, reaction, self._tasks, self._outbox)
            await reaction(event, after.view, desk)
            put |= desk.put
        if not after.view.takes_part(agency):
            await self._clear(envelope.case_id, put)

    async def _clear(self, case_id: str, put: set[str]) -> None:
        """Nothing of a case that the agency has left, and not come back to, is still for it to do; but what the event
        by which it left has `put` before it stays.
        """
        if (await self._replica.case(case_id)).view.takes_part(self._settings.agency):
            return
        await self._tasks.clear(case_id, but=put)


class _Desk:
    """What one reaction to one event does; each step has an id that a second run gives again."""

    def __init__(
        self,
        agency: AgencyId,
        said: Provenance,
        before: CaseView,
        envelope: Envelope,
        reaction: Reaction,
        tasks: Tasks,
        outbox: Outbox,
    ) -> None:
        self.agency = agency
        self.said = said
        self.before = before
        self.put: set[str] = set()
        self._envelope = envelope
        self._name = reaction.__name__
        self._tasks = tasks
        self._outbox = outbox
        self._steps = 0

    def _next_step(self) -> tuple[str, str, str]:
        self._steps += 1
        return self._envelope.event_id, self._name, str(self._steps)

    async def task(self, case: CaseView, what: str, about: str, *, en: str, sv: str, due: str | None = None) -> None:
        self._note(await self._tasks.ask(case.case_id, what, about, en=en, sv=sv, due=due))

    async def done(self, case: CaseView, what: str, about: str) -> None:
        # An event whose reaction failed comes again after later ones, so a task can be done before it is raised.
        self._note(await self._tasks.over(case.case_id, what, about))

    async def tell(self, case: CaseView, *, en: str, sv: str) -> None:
        self._note(await self._tasks.ask(case.case_id, *self._next_step(), en=en, sv=sv))

    def _note(self, task_id: str | None) -> None:
        if task_id is not None:
            self.put.add(task_id)

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        submission = Submission(
            event,
            case_id=case.case_id,
            idempotency_key=f"reaction/{_id(*self._next_step())}",
            correlation_id=self._envelope.correlation_id,
            causation_id=self._envelope.event_id,
        )
        try:
            await self._outbox.submit(submission)
        except RefusedError as error:
            log.info("reaction refused", extra={"rule": error.refusal.rule.id})
        except (NotIssuableError, SuspendedError) as error:
            log.warning("reaction not issued", extra={"error": type(error).__name__})


def _id(*key: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(key)))
