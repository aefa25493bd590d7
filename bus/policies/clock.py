"""The clock of the cases: what runs out becomes an event, when it does.

The next moment of each case is an obligation with a date, written with the event that sets it. What fell due while
nobody kept time is announced first, in order, once: each event has an idempotency key of its own, and the rules take it
once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bus.errors import RefusedError
from bus.mechanism import Mechanism
from bus.replica.replica import Replica
from bus.store import Kind, Obligation, Transaction
from bus.submission.submission import Submission
from contracts.chapters.clocks import fallen_due
from contracts.event.case_event import CaseEvent
from contracts.law.deadlines import next_moment

_LOOK_AGAIN_AFTER: Final = 30.0

log = logging.getLogger(__name__)


class Clock:
    """Announces what runs out in the cases of which this agency's service keeps time."""

    def __init__(self, *, replica: Replica, mechanism: Mechanism, now: Callable[[], datetime]) -> None:
        self._replica = replica
        self._mechanism = mechanism
        self._now = now

    async def ring(self, owed: Obligation) -> Transaction | None:
        """CLOCK: what has fallen due in the case is in the log; the next moment is owed."""
        view = (await self._replica.case(owed.case_id)).view
        for event in fallen_due(view, self._now()):
            await self._announce(owed.case_id, event)
        async with self._replica.committing:  # an event that is on the disk, and not shown yet, has set the clock
            moment = next_moment((await self._replica.case(owed.case_id)).view)
        if moment is None:
            return None
        # A moment that has passed already is looked at a little later: what announced it may still wait in the outbox.
        at = max(moment.timestamp(), self._now().timestamp() + (_LOOK_AGAIN_AFTER if moment <= self._now() else 0.0))
        transaction = Transaction()
        transaction.oblige(Obligation(Kind.CLOCK, owed.case_id, due_at=at, since=at))
        return transaction

    async def _announce(self, case_id: str, event: CaseEvent) -> None:
        case = await self._replica.case(case_id)
        named = type(event).__name__, event.occurred_at.isoformat(), _subject(event)
        # The key stays in the store, and what runs out when is a case fact.
        key = case.digest("stafett clock v1", *named)
        if key is None:
            return  # erased meanwhile
        try:
            await self._mechanism.submit(Submission(event, case_id=case_id, idempotency_key=f"clock/{key.hex()}"))
        except RefusedError as error:
            log.info("clock refused", extra={"rule": error.refusal.rule.id})


def _subject(event: CaseEvent) -> str:
    """Which of several things that run out at one moment the event is about."""
    return ",".join(str(value) for name, value in event if name.endswith("_id") or name == "subject")
