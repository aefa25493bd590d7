"""The clock of the cases: when a deadline passes, the service of a participant issues an event.

Each participant keeps the time of its cases, so there is no single keeper. The next deadline of a case is an obligation
with a date, written with the event that sets it. It is due at the lead agency when the deadline passes, and at each
other agency a turn later than at the one before it. So normally one agency issues the event, and the others find it in
the log. Where two issue it at once, the log's order decides, and the other one is dropped without a word. Nothing is
issued before the replica is level with the log; deadlines that passed meanwhile are then announced first, in order. And
nothing is issued while our machine's clock is ahead of the broker's, so that no wrong clock ends anything early.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from bus.errors import NotIssuableError, RefusedError, SuspendedError, UnknownCaseError
from bus.mechanism import Mechanism
from bus.reconciler.obligations import Duties
from bus.reconciler.reconciler import LaterError
from bus.replica.replica import Replica
from bus.store import Kind, Obligation, Transaction
from bus.submission.submission import BY_CLOCK, Submission
from contracts.chapters.clocks import fallen_due
from contracts.event.case_event import CaseEvent
from contracts.law.bitemporal import CLOCK_TOLERANCE
from contracts.law.deadlines import next_moment

_LOOK_AGAIN_AFTER: Final = 30.0
_LEVEL_SOON: Final = 2.0
_CLOCK_MENDED: Final = 60.0
_NOT_FOR_US_NOW: Final = 600.0

log = logging.getLogger(__name__)


class Clock:
    """Announces the deadlines of the cases in which an agency takes part.

    `level`: returns True while the replica is level with the log. `broker_time`: returns the time of the broker.
    """

    def __init__(
        self,
        duties: Duties,
        *,
        replica: Replica,
        mechanism: Mechanism,
        level: Callable[[], bool],
        broker_time: Callable[[], Awaitable[datetime]],
        now: Callable[[], datetime],
    ) -> None:
        self._duties = duties
        self._replica = replica
        self._mechanism = mechanism
        self._level = level
        self._broker_time = broker_time
        self._now = now

    async def ring(self, owed: Obligation) -> Transaction | None:
        """CLOCK: issue the events of the deadlines for which it is our turn, and owe the next one.

        Raises LaterError while the replica is not level with the log or cannot read the case, while our machine's clock
        is ahead, and when the agency may not issue the events now.
        """
        announced: set[tuple[str, ...]] = set()
        while True:
            async with self._replica.committing:  # after a commit that is under way: it may have set the clock
                case = await self._replica.case(owed.case_id)
            wait = self._duties.patience(case)
            if wait is None:
                return None
            if case.unreadable or not self._level():
                raise LaterError(_LOOK_AGAIN_AFTER if case.unreadable else _LEVEL_SOON)
            # An answer may take so long that more has fallen due meanwhile.
            fresh = [event for event in fallen_due(case.view, self._now() - wait) if _named(event) not in announced]
            if not fresh:
                break
            if self._now() - await self._broker_time() > CLOCK_TOLERANCE:
                log.warning("our clock is ahead of the broker's, so nothing is said to have run out")
                raise LaterError(_CLOCK_MENDED)
            for event in fresh:
                await self._announce(owed.case_id, event)
                announced.add(_named(event))
        moment = next_moment(case.view)
        if moment is None:
            return None
        turn = moment + wait
        # If our turn has come already, look again a little later: our event may still wait in the outbox.
        at = max(turn.timestamp(), self._now().timestamp() + (_LOOK_AGAIN_AFTER if turn <= self._now() else 0.0))
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
            await self._mechanism.submit(Submission(event, case_id=case_id, idempotency_key=f"{BY_CLOCK}{key.hex()}"))
        except (RefusedError, UnknownCaseError) as error:
            log.debug("clock refused", extra={"error": type(error).__name__})  # mostly, another agency was first
        except (NotIssuableError, SuspendedError) as error:
            raise LaterError(_NOT_FOR_US_NOW) from error


def _named(event: CaseEvent) -> tuple[str, ...]:
    """Return what tells the clock's events of a case apart: the kind, the moment and the ids of the subject."""
    subject = ",".join(str(value) for name, value in event if name.endswith("_id") or name == "subject")
    return type(event).__name__, event.occurred_at.isoformat(), subject
