"""An agency's reactions, carried by FastStream: a durable consumer for each event type that its mandate reacts to.

A reaction runs at least once for each accepted event of a case that the agency takes part in, after the replica has the
event; it is tried again, later each time, until it succeeds. What it does through its desk is done once.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from faststream.nats import NatsMessage

from bus.agency import Agency, Reaction
from bus.case_file import CaseFile
from bus.envelope import Envelope, parse
from bus.errors import EnvelopeError, RefusedError
from bus.log import STREAM
from bus.outbox import Outbox, Submission
from bus.replica import Replica
from bus.settings import BusSettings
from bus.store import Batch, Store, Task
from bus.subscriptions import Subscriptions
from contracts.agencies import AgencyId
from contracts.event import CaseEvent
from contracts.upcasting import read_event
from contracts.view import CaseView

log = logging.getLogger(__name__)

_LONGEST_DELAY: Final = 60.0


def consumer_name(agency: str, event: str) -> str:
    """The durable consumer that carries an agency's reactions to an event type."""
    return f"reactions-{agency}-{event}"


class Reactions:
    """Runs a mandate's reactions while the log is followed."""

    def __init__(
        self, mandate: Agency, settings: BusSettings, *, store: Store, replica: Replica, outbox: Outbox
    ) -> None:
        self._mandate = mandate
        self._settings = settings
        self._store = store
        self._replica = replica
        self._outbox = outbox

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """React as long as the block lasts."""
        if not self._mandate.reactions:
            yield
            return
        broker = self.subscriptions().broker
        await broker.start()
        try:
            yield
        finally:
            await broker.stop()

    def subscriptions(self) -> Subscriptions:
        """A subscription for each event type."""
        subscriptions = Subscriptions(self._settings, "reactions")
        for event in self._mandate.reactions:
            subscriptions.add(
                f"case.*.{event.__name__}.*",
                self._handle,
                stream=STREAM,
                consumer=consumer_name(self._settings.agency, event.__name__),
                title=event.__name__,
                description=event.__doc__,
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
        """Run every reaction to an event that was accepted and is not set aside."""
        case, held, set_aside = await self._case_after(envelope)
        if not held or set_aside or not case.view.takes_part(self._settings.agency):
            return
        event = read_event(envelope.type, envelope.data)
        for reaction in self._mandate.reactions.get(type(event), ()):
            await reaction(
                event, case.view, _Desk(self._settings.agency, envelope, reaction, self._store, self._outbox)
            )

    async def _case_after(self, envelope: Envelope) -> tuple[CaseFile, bool, bool]:
        """The case just after the event, whether the replica holds the event, and whether its content was set aside."""
        case, aside = CaseFile.unopened(envelope.case_id), None
        for held in await self._store.envelopes(envelope.case_id):
            case, aside = case.with_event(held, self._replica.directory)
            if held.version == envelope.version:
                return case, held.hash == envelope.hash, aside is not None
        return case, False, False


class _Desk:
    """What one reaction to one event does; each step has an id that a second run gives again."""

    def __init__(self, agency: AgencyId, envelope: Envelope, reaction: Reaction, store: Store, outbox: Outbox) -> None:
        self.agency = agency
        self._envelope = envelope
        self._name = reaction.__name__
        self._store = store
        self._outbox = outbox
        self._steps = 0

    def _next_id(self) -> str:
        self._steps += 1
        return str(uuid5(NAMESPACE_URL, f"{self._envelope.event_id}/{self._name}/{self._steps}"))

    async def task(self, case: CaseView, *, en: str, sv: str, due: str | None = None) -> None:
        await self._store.write(Batch(tasks=[Task(self._next_id(), case.case_id, en, sv, due)]))

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        submission = Submission(
            event,
            case_id=case.case_id,
            idempotency_key=f"reaction/{self._next_id()}",
            correlation_id=self._envelope.correlation_id,
            causation_id=self._envelope.event_id,
        )
        try:
            await self._outbox.submit(submission)
        except RefusedError as error:
            log.info("reaction refused", extra={"rule": error.refusal.rule.id})
