"""The outbox: every event that this agency submits is on its own disk before it is sent, and stays until it is in
the log.

An event is decided on the current case, placed in its chain, appended; when others were first, it is decided again
on the new state. Without an answer the log is read before anything is decided. What the rules refuse by the time it
can be sent stands in needs-attention. Nothing is lost, doubled or forced through.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from weakref import WeakValueDictionary

from bus.agency import Agency
from bus.case_file import CaseFile
from bus.confidential.granting import Granting
from bus.drafts import (
    content_of_draft,
    dump,
    event_of_draft,
    is_the_same_request,
    key_for_drafts,
    keyed,
    load,
    sealed_anew,
    sealed_for,
)
from bus.envelope import MAX_BYTES, SEALED_TYPE, Draft, place, rfc3339
from bus.errors import (
    BrokerAwayError,
    EnvelopeError,
    KeyInFlightError,
    KeyReuseError,
    NotIssuableError,
    PreconditionError,
    RefusedError,
    SuspendedError,
    UnknownCaseError,
)
from bus.log import Appended, Log, NotAppended
from bus.members.directory import BY_ROOT, DIRECTORY_ID
from bus.members.standing import Standing
from bus.replica import Replica
from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE, Keyring
from bus.signing import Signer
from bus.store import Batch, Dismissal, DismissalReason, OutboxRow, OutboxStatus, Store
from bus.subject_matter import SubjectMatter, after, judge
from contracts.access import may_read_case
from contracts.agencies import Role
from contracts.case import ruleset_in_force
from contracts.certification import uncertified
from contracts.erasure import ErasureConfirmed
from contracts.event import CaseEvent, Provenance, PublishedEvent
from contracts.rules import Refusal
from contracts.view import CaseView

log = logging.getLogger(__name__)

_ANSWER_CALLER_WITHIN = 5.0
_BY_ROOT: Final = frozenset(event.type_name() for event in BY_ROOT)


@dataclass(frozen=True, slots=True)
class Submission:
    """An event to issue. `case_id` None opens a case, DIRECTORY_ID is the directory.

    `if_match`: the digest of the view that the caller decided on.
    """

    event: PublishedEvent
    case_id: str | None = None
    if_match: str | None = None
    idempotency_key: str | None = None
    request_digest: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission. `version` and `sequence` are None until it is in the log."""

    event_id: str
    case_id: str
    status: OutboxStatus
    version: int | None = None
    sequence: int | None = None
    reason: str | None = None


Prepare = Callable[[PublishedEvent], Awaitable[PublishedEvent]]
"""Does what must be done before an event is issued, and gives it as it is issued; raises what `submit` does."""


class Outbox:
    """Submits this agency's events, one at a time per case, in order."""

    def __init__(
        self,
        *,
        mandate: Agency,
        signer: Signer,
        root: Signer | None,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        granting: Granting,
        standing: Standing,
        log: Log,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._kind = mandate.kind
        self._duties = mandate.duties
        self._signer = signer
        self._root = root
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._granting = granting
        self._standing = standing
        self._log = log
        self._now = now
        self._new_id = new_id
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._open: dict[str, list[OutboxRow]] = {}
        self._keys: set[str] = set()
        self._returned: set[str] = set()
        replica.on_returned = self._take_back
        self.something_waits = asyncio.Event()
        """Set when an event is left for `drain`."""
        self.flowing = False
        """Whether the replica is level with the log, so that events may be appended."""

    async def start(self) -> None:
        """Take up what was submitted before the last stop."""
        for row in await self._store.outbox():
            self._open.setdefault(row.case_id, []).append(row)
            self.something_waits.set()

    def waiting(self, status: OutboxStatus) -> list[OutboxRow]:
        """The events that are pending or need attention."""
        return [row for rows in self._open.values() for row in rows if row.status is status]

    async def submit(self, submission: Submission, prepare: Prepare | None = None) -> Receipt:
        """Issue an event. `prepare` makes of it the one that is issued; under one key that happens once.

        The receipt says `delivered` when the event is in the log and in our replica, `pending` when it waits in the
        outbox. Raises the SubmissionErrors of `bus.errors`; then nothing is stored.
        """
        self._require_duty(submission.event)
        key = submission.idempotency_key
        if key is None:
            return await self._prepared(submission, prepare)
        if key in self._keys:
            raise KeyInFlightError("a request with this key is being answered")
        self._keys.add(key)
        try:
            prior = await self._store.submission_under(key)
            if prior is None:
                return await self._prepared(submission, prepare)
            held = await self._keyring.of(prior.case_id)
            if not is_the_same_request(held, prior, submission.request_digest):
                raise KeyReuseError("the key was used for another request")
            return _receipt(prior)
        finally:
            self._keys.discard(key)

    async def _prepared(self, submission: Submission, prepare: Prepare | None) -> Receipt:
        if prepare is not None:
            submission = replace(submission, event=await prepare(submission.event))
        return await self._submit(submission)

    def _require_duty(self, event: PublishedEvent) -> None:
        if self._standing.suspended:
            raise SuspendedError("the agency is suspended")
        directory = self._replica.directory
        # Before the log's first reading nobody knows what the directory says: our mandate is what was applied for.
        known = directory.entry(self._signer.agency) is not None
        duties = directory.duties(self._signer.agency) if known else self._duties
        if type(event).__name__ not in duties or (isinstance(event, BY_ROOT) and self._root is None):
            raise NotIssuableError(type(event).__name__)

    async def _submit(self, submission: Submission) -> Receipt:
        case_id = submission.case_id or self._new_id()
        async with self._locks.setdefault(case_id, asyncio.Lock()):
            opens = submission.case_id is None
            key = ContentKey.new(case_id, CASE) if opens else None
            case = await self._replica.case(case_id) if key is None else self._replica.opened_now(key)
            view = self._with_pending(case)
            if not opens and not self._may_write(case, view, submission.event):
                raise UnknownCaseError(case_id)
            if not _as_read(view, submission.if_match):
                raise PreconditionError("the case has changed")
            by = self._provenance_now()
            refusal = None if _is_overheard(case, submission.event) else self._refusal(view, submission.event, by)
            if refusal is not None:
                raise RefusedError(refusal)
            draft = self._draft(case, submission, by)
            digest = submission.request_digest
            if draft.content_type == SEALED_TYPE:
                digest = keyed(key_for_drafts(case), digest)
            row = OutboxRow(draft.event_id, case_id, dump(draft), submission.idempotency_key, digest)
            waits_behind = any(r.status is OutboxStatus.PENDING for r in self._open.get(case_id, ()))
            keys = [] if key is None else [self._keyring.wrapped(key, self._signer.agency)]
            await self._store.write(Batch(submitted=[row], keys=keys))
            self._open.setdefault(case_id, []).append(row)
            waits_for_key = case.behind and submission.event.sealed
            if not self.flowing or waits_behind or waits_for_key:
                return self._left_waiting(row)
            try:
                async with asyncio.timeout(_ANSWER_CALLER_WITHIN):
                    return await self._deliver(row, draft, submission.if_match)
            except (TimeoutError, BrokerAwayError):
                return self._left_waiting(row)
            except EnvelopeError as error:
                return _receipt(await self._set_before_a_caseworker(row, error.reason))
            except (RefusedError, PreconditionError):
                await self._store.write(Batch(withdrawn=[row.event_id]))
                self._done(row)
                raise

    def require(self, case: CaseFile, event: PublishedEvent) -> None:
        """Let the event be one that could be issued now; raises what `submit` would."""
        self._require_duty(event)
        refusal = self._refusal(self._with_pending(case), event, self._provenance_now())
        if refusal is not None:
            raise RefusedError(refusal)

    def _refusal(self, matter: SubjectMatter, event: PublishedEvent, by: Provenance) -> Refusal | None:
        """What the rules object, and what the directory does, which only we who issue the event ask."""
        refusal = judge(matter, event, by)
        if refusal is None and isinstance(matter, CaseView) and isinstance(event, CaseEvent):
            return uncertified(matter, event, by, self._replica.directory.view)
        return refusal

    def _left_waiting(self, row: OutboxRow) -> Receipt:
        self.something_waits.set()
        return _receipt(row)

    def _may_write(self, case: CaseFile, matter: SubjectMatter, event: PublishedEvent) -> bool:
        """Participants may write; whoever keeps time, or confirms an erasure, may about any case that exists; the
        directory judges by itself.
        """
        if not isinstance(matter, CaseView):
            return True
        for_anyone = event.may_be_issued_by(self._kind, Role.CLOCK) or isinstance(event, ErasureConfirmed)
        return (for_anyone and case.version > 0) or matter.takes_part(self._signer.agency)

    def _draft(self, case: CaseFile, submission: Submission, by: Provenance) -> Draft:
        """The event on its way, sealed from its first moment on the disk: only the case's keys open it."""
        event, event_id = submission.event, by.event_id
        data, content_type = sealed_for(case, event, agency=self._signer.agency, event_id=event_id)
        return Draft(
            event_id=event_id,
            case_id=case.view.case_id,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=data,
            content_type=content_type,
            ruleset=ruleset_in_force(event.occurred_on).id,
            recorded_at=by.recorded_at,
            correlation_id=submission.correlation_id or event_id,
            causation_id=submission.causation_id or event_id,
            traceparent=submission.traceparent,
        )

    def _provenance_now(self) -> Provenance:
        return Provenance(self._new_id(), self._signer.agency, self._kind, self._now())

    def _provenance(self, draft: Draft) -> Provenance:
        return Provenance(draft.event_id, self._signer.agency, self._kind, draft.recorded_at)

    def _matter(self, case: CaseFile) -> SubjectMatter:
        return self._replica.directory.view if case.view.case_id == DIRECTORY_ID else case.view

    def _with_pending(self, case: CaseFile) -> SubjectMatter:
        """The case as it will be once our pending events are in the log, as far as can be known."""
        matter = self._matter(case)
        for row in self._open.get(case.view.case_id, ()):
            if row.status is OutboxStatus.PENDING:
                draft = load(row)
                event, by = self._event(case, draft), self._provenance(draft)
                if event is not None and judge(matter, event, by) is None:
                    matter = after(matter, event, by)
        return matter

    async def opened(self, row: OutboxRow) -> tuple[Draft, bytes | None]:
        """The draft that stands in a row, and its content; None when the keys that open it are gone."""
        draft = load(row)
        case = await self._replica.case(row.case_id)
        return draft, content_of_draft(case.keys, draft, self._signer.agency)

    def _event(self, case: CaseFile, draft: Draft) -> PublishedEvent | None:
        return event_of_draft(case.keys, draft, self._signer.agency)

    async def _deliver(self, row: OutboxRow, draft: Draft, if_match: str | None = None) -> Receipt:
        """Append until the event is in the log.

        Raises RefusedError or PreconditionError when the case changed so that it may not be, BrokerAwayError when its
        fate cannot be learned now, EnvelopeError when no replica will believe it, so that sending it again never helps.
        """
        event = self._event(await self._replica.case(draft.case_id), draft)
        if event is None:
            raise EnvelopeError("erased", "the keys of the case are destroyed")
        committed = self._replica.expect(draft.event_id)
        try:
            while not committed.done():
                self._require_believed()
                case = await self._replica.case(draft.case_id)
                if case.behind and event.sealed:
                    raise BrokerAwayError("a key of this case has not reached us yet")
                if case.log_version < case.version or await self._directory_is_lacking():
                    raise BrokerAwayError("the log lost events that are being put back")
                matter = self._matter(case)
                overheard = _is_overheard(case, event)
                refusal = None if overheard else self._refusal(matter, event, self._provenance(draft))
                if refusal is not None:
                    raise RefusedError(refusal)
                if not _as_read(matter, if_match):
                    raise PreconditionError("the case has changed")
                incarnation = self._replica.position.incarnation
                appended = await self._append(case, draft)
                if appended and not committed.done() and self._replica.position.incarnation == incarnation:
                    self._require_believed()  # what changed that came just before the event
                    raise EnvelopeError("set-aside", "the event is in the log, and our own replica set it aside")
            version, sequence = committed.result()
        finally:
            self._replica.forget(draft.event_id)
        self._done(row)
        return Receipt(draft.event_id, draft.case_id, OutboxStatus.DELIVERED, version, sequence)

    def _require_believed(self) -> None:
        if self._standing.suspended:
            raise EnvelopeError("suspended", "the agency is suspended")
        if self._standing.signs_with_a_replaced_key:
            raise BrokerAwayError("events wait until the service has the agency's present signing key")

    async def _directory_is_lacking(self) -> bool:
        directory = await self._replica.case(DIRECTORY_ID)
        return directory.log_version < directory.version

    async def _append(self, case: CaseFile, draft: Draft) -> bool:
        """One attempt: whether it is in the log. The replica has then seen all that could have decided its outcome."""
        draft = await self._under_the_epoch(case, draft)
        signer = self._root if draft.type in _BY_ROOT and self._root is not None else self._signer
        envelope = place(draft, version=case.version + 1, previous=case.hash, signer=signer)
        outcome = await self._log.append(envelope, case.sequence)
        if isinstance(outcome, Appended):
            await self._replica.reached(outcome.sequence)
            return True
        last = await self._log.last_of_case(draft.case_id)
        if last is not None:
            await self._replica.reached(last.sequence)
        if outcome is NotAppended.UNKNOWN and (last is None or last.sequence == case.sequence):
            raise BrokerAwayError("the broker did not take the event")
        return False

    async def _under_the_epoch(self, case: CaseFile, draft: Draft) -> Draft:
        """The draft as those who take part now can read it; whoever has left cannot."""
        if draft.content_type != SEALED_TYPE:
            return draft
        key = case.epoch or key_for_drafts(case)
        if case.stale or self._reaches_the_suspended(case):
            key = await self._granting.new_epoch(case, CASE, may_read_case(case.view))
        under_it = sealed_anew(key, case.keys, draft, self._signer.agency)
        if under_it is None:
            raise EnvelopeError("erased", "the keys of the case are destroyed")
        return under_it

    def _reaches_the_suspended(self, case: CaseFile) -> bool:
        """Whether an agency that is suspended holds the case's present key, as far as two clocks agree."""
        taking_part = (self._replica.directory.entry(each.agency) for each in case.view.participants)
        ended = [each.suspended_from for each in taking_part if each is not None and each.suspended_from is not None]
        return case.begun is not None and any(case.begun <= moment for moment in ended)

    async def forget_case(self, case_id: str) -> None:
        """Give up what waits about a case that is erased."""
        async with self._locks.setdefault(case_id, asyncio.Lock()):
            self._open.pop(case_id, None)

    def _done(self, row: OutboxRow) -> None:
        rows = self._open.get(row.case_id)
        if rows is None:
            return  # the case was erased meanwhile
        rows[:] = [other for other in rows if other.event_id != row.event_id]
        if not rows:
            del self._open[row.case_id]

    async def drain(self) -> None:
        """Deliver what waits, in order within each case; what the broker does not take now waits on."""
        self.something_waits.clear()
        try:
            await self._take_up_returned()
            outcomes = await asyncio.gather(*map(self._drain_case, tuple(self._open)), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException) and not isinstance(outcome, BrokerAwayError):
                    raise outcome
        finally:
            # Also when the session ends meanwhile: the next one must know that something is left.
            if self.waiting(OutboxStatus.PENDING):
                self.something_waits.set()

    def _take_back(self, event_id: str) -> None:
        self._returned.add(event_id)
        self.something_waits.set()

    async def _take_up_returned(self) -> None:
        """Deliver anew, and before what came later, events that were in the log until it was rolled back."""
        returned, self._returned = self._returned, set()
        for row in reversed(await self._store.outbox() if returned else []):
            if row.event_id in returned:
                self._open.setdefault(row.case_id, []).insert(0, row)

    async def _drain_case(self, case_id: str) -> None:
        async with self._locks.setdefault(case_id, asyncio.Lock()):
            for row in list(self._open.get(case_id, ())):
                if row.status is not OutboxStatus.PENDING:
                    continue
                self._replica.expect(row.event_id)  # before looking, or its arrival in between is missed
                current = await self._store.submission(row.event_id)
                if current is None or current.status is OutboxStatus.DELIVERED:
                    self._replica.forget(row.event_id)
                    self._done(row)
                    continue
                try:
                    await self._deliver(row, load(row))
                except RefusedError as error:
                    await self._set_before_a_caseworker(row, error.refusal.rule.id)
                except EnvelopeError as error:
                    await self._set_before_a_caseworker(row, error.reason)

    async def _set_before_a_caseworker(self, row: OutboxRow, reason: str) -> OutboxRow:
        refused = replace(row, status=OutboxStatus.ATTENTION, reason=reason)
        await self._store.write(Batch(settled=[refused]))
        self._open[row.case_id] = [refused if r.event_id == row.event_id else r for r in self._open[row.case_id]]
        log.warning("event needs attention", extra={"event_id": row.event_id, "reason": reason})
        return refused

    async def give_up(self, reason: str) -> None:
        """Set whatever waits before a caseworker: it can never be sent."""
        for case_id in tuple(self._open):
            async with self._locks.setdefault(case_id, asyncio.Lock()):
                for row in tuple(self._open.get(case_id, ())):
                    if row.status is OutboxStatus.PENDING:
                        await self._set_before_a_caseworker(row, reason)

    async def dismiss(self, event_id: str, reason: DismissalReason) -> Dismissal | None:
        """Take an event off those that need attention; it stays in the store with the reason.

        Done again, the first reason stands. None when the event does not need attention.
        """
        row = await self._store.submission(event_id)
        if row is None:
            return None
        async with self._locks.setdefault(row.case_id, asyncio.Lock()):
            waiting = self._open.get(row.case_id, ())
            if any(r.event_id == event_id and r.status is OutboxStatus.ATTENTION for r in waiting):
                dismissal = Dismissal(event_id, reason, rfc3339(self._now(), "microseconds"))
                await self._store.write(Batch(dismissed=[dismissal]))
                self._done(row)
            return await self._store.dismissal(event_id)

    async def reseed(self) -> bool:
        """Put back into the log those of our events that it lost, byte for byte; whether any case still lacked some.

        Other agencies put back theirs; the chain decides the order, so each waits for the one before.
        """
        lacking = await self._store.to_reseed()
        # The directory first: whoever reads the log from its beginning believes nobody whom it has not met there.
        of_directory = [case_id for case_id, _, _ in lacking if case_id == DIRECTORY_ID]
        for case_id in of_directory or [case_id for case_id, _, _ in lacking]:
            while await self._put_back_next(case_id):
                pass
        return bool(lacking)

    async def _put_back_next(self, case_id: str) -> bool:
        """Put back the next event that the log lacks, when it is ours; whether the next one after it may follow."""
        case = await self._replica.case(case_id)
        if case.log_version >= case.version:
            return False
        (envelope,) = await self._store.envelopes(case_id, case.log_version, limit=1)
        if envelope.agency != self._signer.agency:
            return False
        outcome = await self._log.append(envelope, case.sequence)
        if not isinstance(outcome, Appended):
            return False
        log.warning("event put back into the log", extra={"event_id": envelope.event_id})
        await self._replica.reached(outcome.sequence)
        return (await self._replica.case(case_id)).log_version > case.log_version

    async def receipt(self, event_id: str) -> Receipt | None:
        """What became of an event that this agency submitted."""
        row = await self._store.submission(event_id)
        return None if row is None else _receipt(row)


def _is_overheard(case: CaseFile, event: PublishedEvent) -> bool:
    """Whether we confirm an erasure in a case that we can no longer read, and so cannot judge."""
    return case.behind and isinstance(event, ErasureConfirmed)


def _as_read(matter: SubjectMatter, if_match: str | None) -> bool:
    """Whether the case still is what the caller decided on, when that was said."""
    return if_match is None or not isinstance(matter, CaseView) or matter.digest == if_match


def _receipt(row: OutboxRow) -> Receipt:
    return Receipt(row.event_id, row.case_id, row.status, row.version, row.sequence, row.reason)


__all__ = ["MAX_BYTES", "Outbox", "Receipt", "Submission"]
