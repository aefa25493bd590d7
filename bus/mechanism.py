"""The life of an event, in ten steps. The normal path is in this file; the other rooms handle the exceptions.

A command becomes an event in the log:
 1. receive   once under each idempotency key, from an agency whose duty the event is
 2. judge     on the case as it will be once our pending events are in the log
 3. keep      it sealed on our own disk; from here on a crash does not lose it
 4. place     it in the case's chain, sealed under the current epoch key; sign
 5. append    if nobody wrote to the case in between; otherwise read, judge and place again

An event in the log becomes part of everybody's view:
 6. follow    the log in order and without a gap
 7. check     envelope, subject and signature, while the batch before is folded
 8. fold      each event into the case's chain and view, or mark it void; collect our obligations
 9. commit    the events, the obligations and the position in one transaction
10. tell      the callers who wait, the live updates and the reconciler
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import time_ns

from opentelemetry.trace import SpanKind

from bus import tracing
from bus.cancellation import cancel_and_wait
from bus.case.case_replica import CaseReplica
from bus.decider import decider_of
from bus.envelope.envelope import Draft, place
from bus.errors import BrokerAwayError, EnvelopeError, LogHoleError, PreconditionError, RefusedError, StoreError
from bus.nats.log import Appended, Follower
from bus.replica.checking import Checked, check
from bus.replica.fold import Fold
from bus.replica.isolating import one_by_one
from bus.replica.replica import Replica
from bus.store import OutboxRow, Store
from bus.submission.contention import Contention
from bus.submission.issuing import Issuing
from bus.submission.outbox import CALLER_WAITS, Outbox
from bus.submission.submission import Prepare, Receipt, Submission
from contracts.event.published_event import PublishedEvent


class Mechanism:
    """One agency's part in the life of events."""

    def __init__(self, issuing: Issuing, outbox: Outbox, replica: Replica, store: Store) -> None:
        self._issuing, self._outbox, self._replica, self._store = issuing, outbox, replica, store

    async def submit(self, submission: Submission, prepare: Prepare | None = None) -> Receipt:
        """Issue an event. `prepare` may change it first; it does not run if the same request was accepted before.

        The receipt's status is DELIVERED when the event is in the log and in our replica, PENDING when it waits in the
        outbox, PARKED when it can never be sent. Raises a SubmissionError, and then stores nothing, or
        UnknownOutcomeError when the store failed.
        """
        self._issuing.require_duty(submission.event)
        name = type(submission.event).__name__
        with tracing.within(f"issue {name}", SpanKind.PRODUCER, self._issuing.traced(submission.event)):
            return await self._submit(submission, prepare)

    async def _submit(self, submission: Submission, prepare: Prepare | None) -> Receipt:
        async with self._issuing.reception.once(submission) as prior:  # 1. receive
            if prior is not None:
                return prior
            event = submission.event if prepare is None else await prepare(submission.event)
            command = await self._issuing.command(submission, event)
            async with self._outbox.turn(command.case_id):
                case = await self._issuing.judge(command)  # 2. judge
                row, draft = self._issuing.drafted(command, case)
                behind = bool(await self._outbox.pending(row.case_id))
                await self._outbox.keep(row, command.keys)  # 3. keep
                if behind or not self._issuing.may_send(case, event):
                    return await self._outbox.leave(row)
                try:
                    async with asyncio.timeout(CALLER_WAITS):
                        return await self.deliver(row, draft, event, judged=case)
                except EnvelopeError as error:
                    return await self._outbox.park(row, error.reason)
                except (RefusedError, PreconditionError):
                    await self._outbox.withdraw(row)
                    raise
                except (TimeoutError, BrokerAwayError, StoreError):
                    return await self._outbox.leave(row)

    async def deliver(
        self, row: OutboxRow, draft: Draft, event: PublishedEvent, judged: CaseReplica | None = None
    ) -> Receipt:
        """Retry the append until the event is in the log. `judged`: the case on which it was judged already.

        Raises RefusedError or PreconditionError when a change of the case forbids the event, BrokerAwayError when the
        outcome cannot be learned now, EnvelopeError when a retry can never help.
        """
        await self._issuing.losses.put_back(row.case_id, *decider_of(row.case_id).rests_on)
        attempts = Contention(self._issuing, row.case_id)
        with self._outbox.sending(row.event_id) as sending:
            while sending.receipt is None:
                case = await self._replica.case(row.case_id)
                self._issuing.require_sendable(case, event)
                if judged is None or judged.chain != case.chain:
                    self._issuing.judge_again(case, event, draft, row.if_match)
                    judged = case
                sealed = await self._issuing.under_the_current_key(case, draft)  # 4. place
                signer = self._issuing.signer_of(draft)
                envelope = place(sealed, version=case.chain.version + 1, previous=case.chain.hash, signer=signer)
                outcome = await attempts.append(envelope, case.chain)  # 5. append
                if sending.receipt is None and isinstance(outcome, Appended):
                    if attempts.came_second((await self._replica.case(row.case_id)).chain):
                        continue
                    raise self._issuing.why_not_taken(case, event)
        return sending.receipt

    async def follow(self, follower: Follower) -> None:
        """Consume the log. While one batch is folded and committed, the next one is checked on another core."""
        ahead = asyncio.create_task(self._next(follower))
        try:
            while True:
                checked = await ahead
                ahead = asyncio.create_task(self._next(follower))
                await self.take(checked)
        finally:
            await cancel_and_wait(ahead)

    async def _next(self, follower: Follower) -> list[Checked]:
        return await check(await follower.next(), self._replica.directory)  # 6. follow, 7. check

    async def take(self, checked: Sequence[Checked]) -> None:
        """Fold, commit and tell. A commit that has begun runs to its end, even when the caller is cancelled."""
        await asyncio.shield(asyncio.create_task(self._take(checked)))

    async def _take(self, checked: Sequence[Checked]) -> None:
        async with self._replica.committing:
            fresh = [each for each in checked if each[0].sequence > self._replica.position.sequence]
            try:
                await self._commit(fresh)
            except StoreError:
                await one_by_one(fresh, self._replica.position, self._store, self._commit)

    async def _commit(self, checked: Sequence[Checked], damaged: str = "") -> None:
        replica, began = self._replica, time_ns()
        if not checked:
            return
        fold = Fold(self._issuing.duties, replica, replica.directory, replica.case, received_at=self._issuing.now())
        if damaged:
            fold.damage(damaged)
        await replica.look_up(outcome[0].case_id for _, outcome in checked if isinstance(outcome, tuple))
        last = replica.position.sequence
        for count, (message, outcome) in enumerate(checked):
            if not self._issuing.losses.follows(last, message.sequence):
                raise LogHoleError(f"the log has lost what stood between {last} and {message.sequence}")
            last = message.sequence
            await fold.take(message, outcome)  # 8. fold
            if count % 25 == 24:
                await asyncio.sleep(0)  # a long batch must not delay the requests of callers
        position = fold.position()
        await self._store.write(fold.transaction, position)  # 9. commit
        for committed in fold.told if tracing.recording() and self._issuing.level else ():
            replica.trace(committed.envelope, began)
        replica.count(len(fold.told), fold.rejected, fold.void)
        replica.show(fold.cases, fold.directory, position, fold.told, fold.damaged)  # 10. tell
