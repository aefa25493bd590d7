"""What this agency may issue, on which state of a case, under which keys: what the mechanism's steps decide."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.case.drafts import dump, key_for_drafts, keyed, sealed_anew, sealed_for
from bus.decider import State, decider_of
from bus.directory.directory import BY_ROOT
from bus.envelope.envelope import SEALED_TYPE, Draft
from bus.envelope.signing import Signer
from bus.errors import (
    BrokerAwayError,
    BusError,
    EnvelopeError,
    NotIssuableError,
    PreconditionError,
    RefusedError,
    SuspendedError,
    UnknownCaseError,
)
from bus.mandate import Mandate
from bus.nats.log import Appended, Log, NotAppended
from bus.reconciler.obligations import Duties
from bus.replica.losses import Losses
from bus.replica.replica import Replica
from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE, Keyring
from bus.store import OutboxRow, WrappedKey
from bus.submission.outbox import Outbox
from bus.submission.own_status import OwnStatus
from bus.submission.submission import Reception, Submission
from contracts.chapters.erasure import ErasureConfirmed
from contracts.event.case_event import Provenance
from contracts.event.published_event import PublishedEvent
from contracts.law.in_force import ruleset_in_force
from contracts.law.rule import Refusal
from contracts.privacy.readers import may_read_case
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import Role

_BY_ROOT: Final = frozenset(event.type_name() for event in BY_ROOT)

NewEpoch = Callable[[CaseReplica, str, frozenset[str]], Awaitable[ContentKey]]
"""Gives a key of a compartment of a case that these agencies, and no others, hold on return."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """An event that is to be issued about a case. `keys`: of the case, where the event opens it."""

    submission: Submission
    event: PublishedEvent
    case_id: str
    by: Provenance
    keys: list[WrappedKey]


class Issuing:
    """Decides for one agency what its commands come to."""

    def __init__(
        self,
        mandate: Mandate,
        *,
        signer: Signer,
        root: Signer | None,
        duties: Duties,
        replica: Replica,
        outbox: Outbox,
        reception: Reception,
        keyring: Keyring,
        standing: OwnStatus,
        log: Log,
        losses: Losses,
        new_epoch: NewEpoch,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.reception = reception
        self.duties = duties
        self.log = log
        self.losses = losses
        self.level = False
        """Whether the replica is level with the log, so that events may be appended."""
        self._kind = mandate.kind
        self._mandate = mandate.duties
        self._signer = signer
        self._root = root
        self._replica = replica
        self._outbox = outbox
        self._keyring = keyring
        self._standing = standing
        self._new_epoch = new_epoch
        self._now = now
        self._new_id = new_id

    def require_duty(self, event: PublishedEvent) -> None:
        """Let the event be one that this agency may issue at all."""
        if self._standing.suspended:
            raise SuspendedError("the agency is suspended")
        directory = self._replica.directory
        # Before the log's first reading nobody knows what the directory says: our mandate is what was applied for.
        known = directory.entry(self._signer.agency) is not None
        duties = directory.duties(self._signer.agency) if known else self._mandate
        if type(event).__name__ not in duties or (isinstance(event, BY_ROOT) and self._root is None):
            raise NotIssuableError(type(event).__name__)

    async def command(self, submission: Submission, event: PublishedEvent) -> Command:
        """The command that a submission is; one that names no case opens one under a key of ours."""
        by = self._provenance_now()
        if submission.case_id is not None:
            return Command(submission, event, submission.case_id, by, [])
        key = ContentKey.new(self._new_id(), CASE)
        self._replica.opened_now(key)
        return Command(submission, event, key.case_id, by, [self._keyring.wrapped(key, self._signer.agency)])

    async def judge(self, command: Command) -> CaseReplica:
        """The case, if the event may be issued on it and on what waits before it."""
        case = await self._replica.case(command.case_id)
        state = await self._outbox.with_pending(case)
        if command.submission.case_id is not None and not self._may_write(case, state, command.event):
            raise UnknownCaseError(command.case_id)
        self._require_as_read(state, command.submission.if_match)
        self._require_allowed(case, state, command.event, command.by)
        return case

    async def require(self, case: CaseReplica, event: PublishedEvent) -> None:
        """Let the event be one that could be issued now; raises what `submit` would."""
        self.require_duty(event)
        self._require_allowed(case, await self._outbox.with_pending(case), event, self._provenance_now())

    def judge_again(self, case: CaseReplica, event: PublishedEvent, draft: Draft, if_match: str | None) -> None:
        """Let the event still be one that may be issued, on the case as it is now."""
        try:
            self._require_allowed(case, case.view, event, self._outbox.provenance(draft))
        except RefusedError:
            raise
        except Exception as error:  # one event must not hold up what waits behind it
            log.error("an event could not be judged", extra={"event_id": draft.event_id, "error": type(error).__name__})
            raise EnvelopeError("failed", type(error).__name__) from error
        self._require_as_read(case.view, if_match)

    def _require_allowed(self, case: CaseReplica, state: State, event: PublishedEvent, by: Provenance) -> None:
        if case.unreadable and isinstance(event, ErasureConfirmed):
            return  # we confirm an erasure in a case that we can no longer read, and so cannot judge
        decider = decider_of(case.case_id)
        refusal: Refusal | None = decider.decide(state, event, by)
        if refusal is None:
            refusal = decider.refused_by_directory(state, event, by, self._replica.directory.view)
        if refusal is not None:
            raise RefusedError(refusal)

    def _require_as_read(self, state: State, if_match: str | None) -> None:
        if if_match is not None and isinstance(state, CaseView) and state.digest != if_match:
            raise PreconditionError("the case has changed")

    def _may_write(self, case: CaseReplica, state: State, event: PublishedEvent) -> bool:
        """Participants may write; who keeps time, or confirms an erasure, may about any case that exists; the
        directory judges by itself.
        """
        if not isinstance(state, CaseView):
            return True
        for_anyone = event.may_be_issued_by(self._kind, Role.CLOCK) or isinstance(event, ErasureConfirmed)
        return (for_anyone and case.chain.version > 0) or state.takes_part(self._signer.agency)

    def drafted(self, command: Command, case: CaseReplica) -> tuple[OutboxRow, Draft]:
        """The event on its way, sealed from its first moment on the disk: only the case's keys open it."""
        event, submission, event_id = command.event, command.submission, command.by.event_id
        data, content_type = sealed_for(case, event, agency=self._signer.agency, event_id=event_id)
        draft = Draft(
            event_id=event_id,
            case_id=case.case_id,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=data,
            content_type=content_type,
            ruleset=ruleset_in_force(event.occurred_on).id,
            recorded_at=command.by.recorded_at,
            correlation_id=submission.correlation_id or event_id,
            causation_id=submission.causation_id or event_id,
            traceparent=submission.traceparent,
        )
        digest = submission.request_digest
        if content_type == SEALED_TYPE:
            digest = keyed(key_for_drafts(case), digest)
        key, if_match = submission.idempotency_key, submission.if_match
        return OutboxRow(event_id, case.case_id, dump(draft), key, digest, if_match=if_match), draft

    def _provenance_now(self) -> Provenance:
        return Provenance(self._new_id(), self._signer.agency, self._kind, self._now())

    def may_send(self, case: CaseReplica, event: PublishedEvent) -> bool:
        """Whether the event can be sent while its caller waits."""
        return self.level and not (case.unreadable and event.sealed)

    def require_sendable(self, case: CaseReplica, event: PublishedEvent) -> None:
        """Let the event be one that others would believe now, and that we can seal for them."""
        if self._standing.suspended:
            raise EnvelopeError("suspended", "the agency is suspended")
        if self._standing.signs_with_a_replaced_key:
            raise BrokerAwayError("events wait until the service has the agency's present signing key")
        if not self.level:
            raise BrokerAwayError("the replica is not level with the log")
        if case.unreadable and event.sealed:
            raise BrokerAwayError("a key of this case has not reached us yet")

    async def under_the_current_key(self, case: CaseReplica, draft: Draft) -> Draft:
        """The draft under the key of those who take part now; under a new epoch's when somebody has left."""
        if draft.content_type != SEALED_TYPE:
            return draft
        if case.keys.rekey_needed or self._reaches_the_suspended(case):
            key = await self._new_epoch(case, CASE, may_read_case(case.view))
        else:
            key = key_for_drafts(case)
        under_it = sealed_anew(key, (*case.keys.held, key), draft, self._signer.agency)
        if under_it is None:
            raise EnvelopeError("erased", "the keys of the case are destroyed")
        return under_it

    def _reaches_the_suspended(self, case: CaseReplica) -> bool:
        """Compares the dates of suspensions with the date of the case's present epoch; trusts both clocks."""
        taking_part = (self._replica.directory.entry(each.agency) for each in case.view.participants)
        ended = [each.suspended_from for each in taking_part if each is not None and each.suspended_from is not None]
        return case.keys.since is not None and any(case.keys.since <= moment for moment in ended)

    def signer_of(self, draft: Draft) -> Signer:
        """Who signs it: the root key what it alone may say, our own key all else."""
        return self._root if draft.type in _BY_ROOT and self._root is not None else self._signer

    def why_not_taken(self, case: CaseReplica, event: PublishedEvent) -> BusError:
        """Why our own replica did not take an event of ours that is in the log."""
        try:
            self.require_sendable(case, event)  # what changed that came just before the event
        except BusError as error:
            return error
        if case.case_id in self._replica.damaged:
            return BrokerAwayError("the case is being fetched anew, and the event with it")
        return EnvelopeError("set-aside", "the event is in the log, and our own replica set it aside")

    async def look(self, case_id: str, expected: int, outcome: Appended | NotAppended, *, own: bool) -> int:
        """Read what the log has of a case after an append; the sequence of its last message, or of our own last.

        On return the replica is at least as new as that message. Raises BrokerAwayError when the append did not arrive.
        """
        if isinstance(outcome, Appended):
            await self._replica.reached(outcome.sequence)
            return outcome.sequence
        sequence = await self.last(case_id, own=own)
        if sequence == expected:
            raise BrokerAwayError(f"the broker did not take the event: {outcome.value}")
        return sequence

    async def last(self, case_id: str, *, own: bool) -> int:
        """The sequence of the last message about a case, or of our own last; the replica is as new on return."""
        last = await self.log.last_of_case(case_id, own=own)
        sequence = 0 if last is None else last.sequence
        await self._replica.reached(sequence)
        return sequence
