"""Delivery of the outbox: each case with pending events has one obligation; its events go in order of submission."""

from __future__ import annotations

import asyncio
from typing import Final

from bus.case.drafts import load
from bus.decider import decider_of
from bus.errors import BrokerAwayError, EnvelopeError, PreconditionError, RefusedError
from bus.mechanism import Mechanism
from bus.reconciler.reconciler import LaterError
from bus.replica.losses import Losses
from bus.replica.replica import Replica
from bus.store import Obligation, OutboxRow, OutboxStatus, Store, Transaction
from bus.submission.outbox import Outbox
from contracts.errors import EventError

_WITHIN: Final = 30.0
_BEING_PUT_BACK: Final = 2.0
CHANGED: Final = "case-changed"
"""The reason of a parked event whose If-Match no longer holds: the case changed after the caller read it."""


class Delivery:
    """Meets the obligation DELIVER for one agency."""

    def __init__(self, *, store: Store, replica: Replica, outbox: Outbox, mechanism: Mechanism, losses: Losses) -> None:
        self._store = store
        self._replica = replica
        self._outbox = outbox
        self._mechanism = mechanism
        self._losses = losses

    async def deliver(self, owed: Obligation) -> Transaction | None:
        """DELIVER: append each pending event of the case to the log, or park it for a caseworker.

        Raises LaterError while events are being put back into the log, BrokerAwayError when the broker does not
        answer in time.
        """
        if self._losses.are_being_put_back(owed.case_id, *decider_of(owed.case_id).rests_on):
            raise LaterError(_BEING_PUT_BACK)
        async with self._outbox.turn(owed.case_id):
            for row in await self._outbox.pending(owed.case_id):
                current = await self._store.submission(row.event_id)
                if current is None or current.status is not OutboxStatus.PENDING:
                    self._outbox.take_back(owed.case_id)
                    continue
                try:
                    async with asyncio.timeout(_WITHIN):
                        await self._send(row)
                except RefusedError as error:
                    await self._outbox.park(row, error.refusal.rule.id)
                except PreconditionError:
                    await self._outbox.park(row, CHANGED)
                except EnvelopeError as error:
                    await self._outbox.park(row, error.reason)
                except TimeoutError as error:
                    raise BrokerAwayError("the broker gave no answer in time") from error
        return None

    async def _send(self, row: OutboxRow) -> None:
        draft = load(row)
        try:
            event = self._outbox.event_of(await self._replica.case(row.case_id), draft)
        except EventError as error:
            raise EnvelopeError("unreadable", type(error).__name__) from error
        if event is None:
            raise EnvelopeError("erased", "the keys of the case are destroyed")
        await self._mechanism.deliver(row, draft, event)
