"""An agency's policies: the reactions of its mandate to the events of its cases.

A reaction runs for each event that is not void, in each case in which the agency takes part, in the order of the case,
after the replica shows the event. It runs at least once, and is retried until it succeeds; the steps of its context are
idempotent.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.trace import SpanKind

from bus import tracing
from bus.case.judging import provenance
from bus.envelope.attributes import TRACE
from bus.envelope.envelope import Envelope
from bus.mandate import Mandate
from bus.mechanism import Mechanism
from bus.policies.steps import EventSteps
from bus.privacy.tasks import Tasks
from bus.reconciler.obligations import Duties
from bus.replica.replica import Committed, FoldedEvent, Replica
from bus.store import Obligation, Store, Transaction
from contracts.view.case_view import CaseView

_EVENTS_AT_HAND: Final = 100


@dataclass(slots=True)
class _Fresh:
    """The events of a case after version `after` that concern the mandate.

    `follows`: True if the reactions have run for all events up to `after`.
    """

    after: int
    follows: bool = False
    events: deque[Committed] = field(default_factory=deque)

    def has_reacted(self, version: int) -> None:
        """Note that the reactions have run for all events up to a version."""
        self.follows, self.after = True, max(self.after, version)
        while self.events and self.events[0].envelope.version <= version:
            self.events.popleft()


class Policies:
    """Runs a mandate's reactions."""

    def __init__(
        self, mandate: Mandate, duties: Duties, *, store: Store, replica: Replica, mechanism: Mechanism, tasks: Tasks
    ) -> None:
        self._mandate = mandate
        self._duties = duties
        self._agency = duties.agency
        self._store = store
        self._replica = replica
        self._mechanism = mechanism
        self._tasks = tasks
        self._at_hand: OrderedDict[str, _Fresh] = OrderedDict()
        replica.listen(self._on_committed)

    def _on_committed(self, committed: Committed) -> None:
        """Keep a fresh event in memory, so that its case need not be folded again for the reactions."""
        before, after, case_id = committed.before, committed.case, committed.case.case_id
        if before is None or after.unreadable or after.waits:
            self._at_hand.pop(case_id, None)
            return
        fresh = self._at_hand.get(case_id)
        if fresh is None or before.chain.version < fresh.after:  # after a recovery: the case has another history
            fresh = self._at_hand[case_id] = _Fresh(before.chain.version)
        self._at_hand.move_to_end(case_id)
        if committed.void is None and self._duties.reacts(committed.envelope.event_name, before, after):
            fresh.events.append(committed)
        if len(fresh.events) > _EVENTS_AT_HAND:
            del self._at_hand[case_id]
        while len(self._at_hand) > self._replica.capacity:
            self._at_hand.popitem(last=False)

    async def react(self, owed: Obligation) -> Transaction | None:
        """REACT: run the reactions to all events of the case that we can read and that they have not run for yet."""
        await self._replica.settled()  # wait for the commit under way: its events are not in memory yet
        fresh = self._at_hand.get(owed.case_id)
        if fresh is None or not (fresh.follows and fresh.events):
            done = await self._store.reacted(owed.case_id)
            if fresh is None or done < fresh.after:
                through = await self._react_from_the_store(owed.case_id, done)
                return None if through == done else _done(owed.case_id, through)
            fresh.has_reacted(done)
        while fresh.events:
            await self._react(_remembered(fresh.events[0]))
            fresh.has_reacted(fresh.events[0].envelope.version)
        return _done(owed.case_id, fresh.after)

    async def _react_from_the_store(self, case_id: str, after: int) -> int:
        """Run the reactions to the stored events after a version. Return the last version that we could read."""
        through, shown = after, (await self._replica.case(case_id)).chain.version
        async for held in self._replica.history(case_id, after):
            if held.case.waits or held.envelope.version > shown:
                break
            if held.case.unreadable and not held.case.previewed:
                continue  # an offer may follow
            await self._react(held)
            through = held.envelope.version
        fresh = self._at_hand.get(case_id)
        if fresh is not None and through >= fresh.after:
            fresh.has_reacted(through)
        return through

    async def _react(self, held: FoldedEvent) -> None:
        """Run the reactions to an event, if it is not void and concerns the agency before or after it."""
        before, after, envelope = held.before, held.case, held.envelope
        if held.void is not None or not isinstance(after.view, CaseView):
            return
        took_part, takes_part = before.concerns(self._agency), after.concerns(self._agency)
        if not (took_part or takes_part):
            return
        directory, raised = self._replica.directory, set[str]()
        said = provenance(envelope, directory)
        for reaction in self._mandate.reactions.get(type(held.event), ()):
            context = _ReactionContext(
                self._agency, said, envelope, reaction.__name__, self._tasks, self._mechanism, directory
            )
            context.before = before.view
            with self._as_a_part_of_its_trace(envelope):
                await reaction(held.event, after.view, context)
            raised |= context.raised
        if took_part and not takes_part:
            await self._clear(envelope.case_id, raised)

    def _as_a_part_of_its_trace(self, envelope: Envelope) -> AbstractContextManager[object]:
        cause = tracing.read(envelope.headers.get(TRACE))
        if cause is None:
            return nullcontext()
        attributes = {"stafett.agency": self._agency, "stafett.type": envelope.type}
        return tracing.within(f"react to {envelope.event_name}", SpanKind.INTERNAL, attributes, cause)

    async def _clear(self, case_id: str, but: set[str]) -> None:
        """Close the tasks of a case that we left and have not come back to, except the tasks in `but`.

        `but`: the tasks that the reactions to our own leaving have raised.
        """
        if not (await self._replica.case(case_id)).concerns(self._agency):
            await self._tasks.clear(case_id, but=but)


def _remembered(fresh: Committed) -> FoldedEvent:
    before = fresh.before if fresh.before is not None else fresh.case
    return FoldedEvent(fresh.envelope, before, fresh.case, None, fresh.void, fresh.event)


def _done(case_id: str, version: int) -> Transaction:
    transaction = Transaction(durable=False)
    transaction.reacted(case_id, version)
    return transaction


class _ReactionContext(EventSteps):
    """The context of one reaction to one event. `raised`: the tasks that the reaction has touched."""

    before: CaseView
