"""The clock of the cases: when a deadline passes, the service that keeps time issues an event.

Each case's next deadline is an obligation with a date, written with the event that sets it. Deadlines that passed while
no service kept time are announced first, in order. Each is announced once: its event has its own idempotency key, and
the rules accept it once.
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
    """Announces the deadlines of all cases, at the agency that keeps time."""

    def __init__(self, *, replica: Replica, mechanism: Mechanism, now: Callable[[], datetime]) -> None:
        self._replica = replica
        self._mechanism = mechanism
        self._now = now

    async def ring(self, owed: Obligation) -> Transaction | None:
        """CLOCK: issue the events of the deadlines that have passed in the case, and owe the next one."""
        announced: set[tuple[str, ...]] = set()
        while True:
            async with self._replica.committing:  # after a commit that is under way: it may have set the clock
                view = (await self._replica.case(owed.case_id)).view
            # An answer may take so long that more has fallen due meanwhile.
            fresh = [event for event in fallen_due(view, self._now()) if _named(event) not in announced]
            if not fresh:
                break
            for event in fresh:
                await self._announce(owed.case_id, event)
                announced.add(_named(event))
        moment = next_moment(view)
        if moment is None:
            return None
        # If the moment has passed already, look again a little later: its event may still wait in the outbox.
        at = max(moment.timestamp(), self._now().timestamp() + (_LOOK_AGAIN_AFTER if moment <= self._now() else 0.0))
        transaction = Transaction()
        transaction.oblige(Obligation(Kind.CLOCK, owed.case_id, due_at=at, since=at))
        return transaction

    async def _announce(self, case_id: str, event: CaseEvent) -> None:
        case = await self._replica.case(case_id)
        # The idempotency key stays in the store, and a deadline is a fact of the case: so the key is a keyed digest.
        key = case.digest("stafett clock v1", *_named(event))
        if key is None:
            return  # the case was erased in the meantime
        try:
            await self._mechanism.submit(Submission(event, case_id=case_id, idempotency_key=f"clock/{key.hex()}"))
        except RefusedError as error:
            log.info("clock refused", extra={"rule": error.refusal.rule.id})


def _named(event: CaseEvent) -> tuple[str, ...]:
    """Return what tells the clock's events of a case apart: the kind, the moment and the ids of the subject."""
    subject = ",".join(str(value) for name, value in event if name.endswith("_id") or name == "subject")
    return type(event).__name__, event.occurred_at.isoformat(), subject
