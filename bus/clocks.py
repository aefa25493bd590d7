"""The clocks of all cases, kept by the national coordinator's service: what runs out becomes an event.

The next moment of each case is a JetStream scheduled message; when it comes, the case is looked at again and what has
fallen due by then is issued. On start, what fell due meanwhile is issued first, in order, once: each event has an
idempotency key of its own, and the rules take it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from faststream.nats import NatsMessage

from bus.broker.subscriptions import Subscriptions
from bus.ending import end
from bus.errors import RefusedError
from bus.log import Log
from bus.outbox import Outbox, Submission
from bus.replica import Committed, Replica
from bus.settings import BusSettings
from bus.store import Store
from contracts.clocks import fallen_due, next_moment
from contracts.event import CaseEvent
from contracts.view import CaseView

STREAM: Final = "CLOCKS"
SUBJECTS: Final = ("clock.set.*", "clock.due.*")
CONSUMER: Final = "clocks"
_LOOK_AGAIN_AFTER: Final = timedelta(seconds=30)
_SET_AGAIN_AFTER: Final = timedelta(seconds=1)

log = logging.getLogger(__name__)


class Clocks:
    """Keeps time for every case in the replica while the log is followed."""

    def __init__(
        self,
        settings: BusSettings,
        *,
        log: Log,
        store: Store,
        replica: Replica,
        outbox: Outbox,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._log = log
        self._store = store
        self._replica = replica
        self._outbox = outbox
        self._now = now
        self._alarms: dict[str, datetime] = {}
        self._changed: asyncio.Queue[str] = asyncio.Queue()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep time as long as the block lasts; what fell due before is issued first.

        Only the service that its settings say keeps time; elsewhere nothing runs.
        """
        if not self._settings.keeps_time:
            yield
            return
        self._alarms.clear()
        ignore = self._replica.listen(self._take_note)
        follower = asyncio.create_task(self._follow_changes())
        subscriptions = Subscriptions(self._settings, "clocks")
        subscriptions.add("clock.due.*", self._ring, stream=STREAM, consumer=CONSUMER)
        try:
            await self._catch_up()
            await subscriptions.broker.start()
            yield
        finally:
            ignore()
            await end(follower)
            await subscriptions.broker.stop()

    def _take_note(self, committed: Committed) -> None:
        self._changed.put_nowait(committed.envelope.case_id)

    async def _follow_changes(self) -> None:
        while True:
            case_id = await self._changed.get()
            try:
                await self._set_alarm((await self._replica.case(case_id)).view)
            except Exception as error:
                # A cluster that looks for a leader takes no alarms for a while, and the session goes on all the same.
                log.warning("alarm not set", extra={"error": type(error).__name__})
                self._changed.put_nowait(case_id)
                await asyncio.sleep(_SET_AGAIN_AFTER.total_seconds())

    async def _catch_up(self) -> None:
        """Issue what fell due while nobody kept time, over all cases in the order in which it did; set the alarms."""
        now, overdue = self._now(), []
        for case_id in await self._store.all_cases():
            view = (await self._replica.case(case_id)).view
            overdue += [(event.occurred_at, case_id, event) for event in fallen_due(view, now)]
            await self._set_alarm(view)
        for _, case_id, event in sorted(overdue, key=lambda entry: entry[:2]):
            await self._issue(case_id, event)

    async def _set_alarm(self, case: CaseView, *, tried: bool = False) -> None:
        """Have the broker call at the case's next moment; a later call for the case replaces the earlier one.

        A moment that has passed is called at once, or, when that was `tried` just now, a little later.
        """
        moment = next_moment(case)
        if moment is None:
            return
        if tried and moment <= self._now():
            moment = self._now() + _LOOK_AGAIN_AFTER
        if self._alarms.get(case.case_id) == moment:
            return
        await self._log.schedule(f"clock.set.{case.case_id}", f"clock.due.{case.case_id}", moment)
        self._alarms[case.case_id] = moment

    async def _ring(self, data: bytes, message: NatsMessage) -> None:
        case_id = message.raw_message.subject.split(".")[2]
        try:
            await self._issue_fallen_due(case_id)
        except Exception as error:
            log.warning("clock failed", extra={"error": type(error).__name__})
            await message.nack(delay=5)
        else:
            await message.ack()

    async def _issue_fallen_due(self, case_id: str) -> None:
        view = (await self._replica.case(case_id)).view
        self._alarms.pop(case_id, None)
        for event in fallen_due(view, self._now()):
            await self._issue(case_id, event)
        await self._set_alarm((await self._replica.case(case_id)).view, tried=True)

    async def _issue(self, case_id: str, event: CaseEvent) -> None:
        case = await self._replica.case(case_id)
        told = type(event).__name__, event.occurred_at.isoformat(), _subject(event)
        key = case.digest(
            "stafett clock v1", *told
        )  # the key stays in the store, and what runs out when is a case fact
        if key is None:
            return  # erased meanwhile
        try:
            await self._outbox.submit(Submission(event, case_id=case_id, idempotency_key=f"clock/{key.hex()}"))
        except RefusedError as error:
            log.info("clock refused", extra={"rule": error.refusal.rule.id})


def _subject(event: CaseEvent) -> str:
    """Which of several things that run out at one moment the event is about."""
    return ",".join(str(value) for name, value in event if name.endswith("_id") or name == "subject")
