"""The decisions in the mechanism's steps: which events this agency may issue, on which state, under which key.

The file has over 250 lines because it is the one list of the decisions that the mechanism asks for.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bus import tracing
from bus.case.case_keys import CaseKeys
from bus.case.case_replica import CaseReplica
from bus.case.drafts import dump, event_of_draft, in_sections, key_for_drafts, keyed, sealed_for
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
from contracts.chapters.erasure import HOLDERS_ANSWER
from contracts.chapters.receipts import ReceiptShown
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.published_event import PublishedEvent
from contracts.event.sections import core_of, has_details
from contracts.law.in_force import ruleset_in_force
from contracts.law.parts import readers_of
from contracts.law.rule import Refusal
from contracts.privacy.offer_preview import offer_outside, previews
from contracts.privacy.readers import may_read_case
from contracts.view.case_view import CaseView
from contracts.view.evolution import changes_its_part, evolve_core
from contracts.view.parts.referral import Offer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part

_WRITTEN_UNREAD: Final = (*HOLDERS_ANSWER, ReceiptShown)
"""The events of which we may have to issue one about a case that we cannot read (any more)."""

_BY_ROOT: Final = frozenset(event.type_name() for event in BY_ROOT)

NewEpoch = Callable[[CaseReplica, str, frozenset[str]], Awaitable[ContentKey]]
"""Makes an epoch key of a case's compartment and grants it to these agencies only, before it returns."""

HandOut = Callable[[CaseReplica, ContentKey, AgencyId], Awaitable[None]]
"""Grants a key of an offer to its recipient, before it returns."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """An event that is to be issued about a case. `keys`: the key of a new case, if the event opens one."""

    submission: Submission
    event: PublishedEvent
    case_id: str
    by: Provenance
    keys: list[WrappedKey]


class Issuing:
    """Decides about the commands of one agency."""

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
        hand_out: HandOut,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.reception = reception
        self.duties = duties
        self.log = log
        self.losses = losses
        self.level = False
        """True if the replica is level with the log, so that events may be appended."""
        self._kind = mandate.kind
        self._mandate = mandate.duties
        self._signer = signer
        self._root = root
        self._replica = replica
        self._outbox = outbox
        self._keyring = keyring
        self._standing = standing
        self._new_epoch = new_epoch
        self._hand_out = hand_out
        self.now = now
        self._new_id = new_id

    def require_duty(self, event: PublishedEvent) -> None:
        """Require that this agency may issue this kind of event. Raises SuspendedError or NotIssuableError."""
        if self._standing.suspended:
            raise SuspendedError("the agency is suspended")
        directory = self._replica.directory
        # Before we have first read the log, we do not know the directory; until then our own mandate decides.
        known = directory.entry(self._signer.agency) is not None
        duties = directory.duties(self._signer.agency) if known else self._mandate
        if type(event).__name__ not in duties or (isinstance(event, BY_ROOT) and self._root is None):
            raise NotIssuableError(type(event).__name__)

    def traced(self, event: PublishedEvent) -> tracing.Attributes:
        """Return the attributes of the span in which the event is issued."""
        return {"messaging.system": "nats", "stafett.agency": self._signer.agency, "stafett.type": event.type_name()}

    async def command(self, submission: Submission, event: PublishedEvent) -> Command:
        """Make a command of a submission. If it names no case, it gets a new one, with a new key of ours."""
        by = self._provenance_now()
        if submission.case_id is not None:
            return Command(submission, event, submission.case_id, by, [])
        key = ContentKey.new(self._new_id(), CASE)
        self._replica.opened_now(key)
        return Command(submission, event, key.case_id, by, [self._keyring.wrapped(key, self._signer.agency)])

    async def try_out(self, submission: Submission) -> None:
        """Judge a submission as `submit` does, but store and send nothing. Raises the same errors as `submit`.

        Raises BrokerAwayError when we cannot ask all rules yet.
        """
        self.require_duty(submission.event)
        case_id = submission.case_id or self._new_id()
        case = await self.judge(Command(submission, submission.event, case_id, self._provenance_now(), []))
        if self._lacks_a_key(case, submission.event):
            raise BrokerAwayError("a key of this case has not reached us yet, so not all rules can be asked")

    async def judge(self, command: Command) -> CaseReplica:
        """Return the case if the event may be issued on it, once our pending events are in the log.

        Raises UnknownCaseError, PreconditionError or RefusedError.
        """
        case = await self._replica.case(command.case_id)
        state = await self._outbox.with_pending(case)
        if command.submission.case_id is not None and not self._may_write(case, state, command.event):
            raise UnknownCaseError(command.case_id)
        self._require_as_read(state if state != case.next_state else case.state, command.submission.if_match)
        self._require_allowed(case, state, command.event, command.by)
        return case

    async def require(self, case: CaseReplica, event: PublishedEvent) -> None:
        """Require that the event could be issued now. Raises the same SubmissionErrors as `submit`."""
        self.require_duty(event)
        self._require_allowed(case, await self._outbox.with_pending(case), event, self._provenance_now())

    def judge_again(self, case: CaseReplica, event: PublishedEvent, draft: Draft, if_match: str | None) -> None:
        """Require that the event may still be issued, on the case as it is now.

        Raises RefusedError or PreconditionError; EnvelopeError `failed` when the rules raise anything else.
        """
        try:
            self._require_allowed(case, case.next_state, event, self._outbox.provenance(draft))
        except RefusedError:
            raise
        except Exception as error:  # one faulty event must not block the events behind it
            log.error("an event could not be judged", extra={"event_id": draft.event_id, "error": type(error).__name__})
            raise EnvelopeError("failed", type(error).__name__) from error
        self._require_as_read(case.view, if_match)

    def _require_allowed(self, case: CaseReplica, state: State, event: PublishedEvent, by: Provenance) -> None:
        if case.unreadable and isinstance(event, _WRITTEN_UNREAD):
            return  # those who read the case judge it
        decider = decider_of(case.case_id)
        # Where the key of the event's part has not come yet, the core is judged now, and the rest before it is sent.
        judge = decider.decide_core if self._lacks_a_key(case, event) else decider.decide
        refusal: Refusal | None = judge(state, event, by)
        if refusal is None:
            refusal = decider.refused_by_directory(state, event, by, self._replica.directory.view)
        if refusal is not None:
            raise RefusedError(refusal)

    def _require_as_read(self, state: State, if_match: str | None) -> None:
        if if_match is not None and isinstance(state, CaseView) and state.digest != if_match:
            raise PreconditionError("the case has changed")

    def _may_write(self, case: CaseReplica, state: State, event: PublishedEvent) -> bool:
        """Participants may write, and who is offered the case may answer. Answers to erasures and shown receipts may be
        written about any case that exists. The directory has its own rules for writers.
        """
        if not isinstance(state, CaseView):
            return True
        unread, us = isinstance(event, _WRITTEN_UNREAD) and case.chain.version > 0, self._signer.agency
        return unread or state.takes_part(us) or state.is_offered(us)

    def drafted(self, command: Command, case: CaseReplica) -> tuple[OutboxRow, Draft]:
        """Return the row for the outbox and the draft of a command. The row holds the event sealed, if its type is."""
        event, submission, event_id = command.event, command.submission, command.by.event_id
        data, content_type = sealed_for(case, event, agency=self._signer.agency, event_id=event_id)
        draft = Draft(
            event_id=event_id,
            case_id=case.case_id,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=data,
            content_type=content_type,
            ruleset=ruleset_in_force(event.occurred_on, command.by.recorded_at).id,
            recorded_at=command.by.recorded_at,
            correlation_id=submission.correlation_id or event_id,
            causation_id=submission.causation_id or event_id,
            traceparent=tracing.current() or submission.traceparent,
        )
        digest = submission.request_digest
        if content_type == SEALED_TYPE:
            digest = keyed(key_for_drafts(case), digest)
        key, if_match = submission.idempotency_key, submission.if_match
        return OutboxRow(event_id, case.case_id, dump(draft), key, digest, if_match=if_match), draft

    def _provenance_now(self) -> Provenance:
        return Provenance(self._new_id(), self._signer.agency, self._kind, self.now())

    def may_send(self, case: CaseReplica, event: PublishedEvent) -> bool:
        """Return whether the event can be sent now, while its caller waits."""
        return self.level and not self._lacks_a_key(case, event)

    def _lacks_a_key(self, case: CaseReplica, event: PublishedEvent) -> bool:
        """True if we cannot judge and seal the event yet, because the key of a part has not come."""
        if case.previewed and isinstance(event, CaseEvent) and event.sealed:
            return has_details(event) and case.keys_of(event.part).current is None
        if case.unreadable or not isinstance(event, CaseEvent):
            return event.sealed and case.unreadable
        needs_its_part = has_details(event) or changes_its_part(type(event))
        return needs_its_part and case.waits and event.part in case.stalled

    def require_sendable(self, case: CaseReplica, event: PublishedEvent) -> None:
        """Require that the others would accept our event now, and that we can seal it.

        Raises EnvelopeError when we are suspended, BrokerAwayError when the event must wait.
        """
        if self._standing.suspended:
            raise EnvelopeError("suspended", "the agency is suspended")
        if self._standing.signs_with_a_replaced_key:
            raise BrokerAwayError("events wait until the service has the agency's present signing key")
        if not self.level:
            raise BrokerAwayError("the replica is not level with the log")
        if self._lacks_a_key(case, event):
            raise BrokerAwayError("a key of this case has not reached us yet")

    async def under_the_current_key(self, case: CaseReplica, draft: Draft) -> Draft:
        """Return the draft in sections, each sealed under the current epoch key of its part.

        If a reader of a part was lost or suspended, start a new epoch of it first. An event about an offer to an agency
        outside the case is sealed under the offer's keys, and an event that changes previews takes them along. Raises
        EnvelopeError `erased` when the key that opens the draft is destroyed.
        """
        if draft.content_type != SEALED_TYPE:
            return draft
        event, us = event_of_draft(case.all_keys, draft, self._signer.agency), self._signer.agency
        if not isinstance(event, CaseEvent):
            raise EnvelopeError("erased", "the keys of the case are destroyed")
        if case.previewed:
            part_key = case.keys_of(event.part).current if has_details(event) else None
            return in_sections(key_for_drafts(case), part_key, draft, event, us)
        before, by = case.next_state, self._outbox.provenance(draft)
        after = evolve_core(before, core_of(event), by)
        core_key = base = await self._current_key(case, Part.CORE, may_read_case(case.state))
        offer, part_key = offer_outside(before, after, event, by), None
        if has_details(event) or (offer is not None and event.part in OFFERS and event.details):
            # The writer may leave with this very event, such as a refusal of an offer.
            part_key = await self._current_key(case, event.part, readers_of(after, event.part) | {us})
            part_key = part_key if offer is None else await self._of_offer(case, part_key, offer)
        if offer is not None:
            core_key = await self._of_offer(case, base, offer)
        told = [
            (await self._of_offer(case, base, view.offers[0]), view.model_dump_json(exclude_defaults=True).encode())
            for view in previews(before, after)
        ]
        return in_sections(core_key, part_key, draft, event, us, told)

    async def _of_offer(self, case: CaseReplica, key: ContentKey, offer: Offer) -> ContentKey:
        """Return the key of an offer that follows from a key of a part; its recipient has it when this returns."""
        follows = key.offshoot(OFFERS[COMPARTMENTS[key.compartment]], offer.id)
        await self._hand_out(case, follows, offer.recipient)
        return follows

    async def _current_key(self, case: CaseReplica, part: Part, readers: frozenset[AgencyId]) -> ContentKey:
        keys = case.keys_of(part)
        if keys.rekey_needed or self._reaches_the_suspended(case, keys):
            return await self._new_epoch(case, part.compartment, readers)
        if part is Part.CORE:
            return key_for_drafts(case)
        return keys.current or await self._new_epoch(case, part.compartment, readers)

    def _reaches_the_suspended(self, case: CaseReplica, keys: CaseKeys) -> bool:
        """True if a participant was suspended after the current epoch began, so that it may hold the epoch key.

        This compares times from two clocks, the coordinator's and the writer's, and trusts both.
        """
        taking_part = (self._replica.directory.entry(each.agency) for each in case.state.participants)
        ended = [each.suspended_from for each in taking_part if each is not None and each.suspended_from is not None]
        return keys.since is not None and any(keys.since <= moment for moment in ended)

    def signer_of(self, draft: Draft) -> Signer:
        """Return the signer: the root key for the events that it alone may sign, else our own key."""
        return self._root if draft.type in _BY_ROOT and self._root is not None else self._signer

    def why_not_taken(self, case: CaseReplica, event: PublishedEvent) -> BusError:
        """Return the error for an event of ours that is in the log, but that our own replica rejected."""
        try:
            self.require_sendable(case, event)  # a change may have come just before the event
        except BusError as error:
            return error
        if case.case_id in self._replica.damaged:
            return BrokerAwayError("the case is being fetched anew, and the event with it")
        return EnvelopeError("set-aside", "the event is in the log, and our own replica set it aside")

    async def look(self, case_id: str, expected: int, outcome: Appended | NotAppended, *, own: bool) -> int:
        """Look up the outcome of an append. Return the sequence of the case's last message, or of our own last.

        On return the replica is at least as new as that message. `expected`: the last sequence before the append.
        Raises BrokerAwayError when the append did not arrive.
        """
        if isinstance(outcome, Appended):
            await self._replica.reached(outcome.sequence)
            return outcome.sequence
        sequence = await self.last(case_id, own=own)
        if sequence == expected:
            raise BrokerAwayError(f"the broker did not take the event: {outcome.value}")
        return sequence

    async def last(self, case_id: str, *, own: bool) -> int:
        """Return the sequence of the last message about a case (`own`: of our own last one), 0 if there is none.

        On return the replica is at least as new as that message.
        """
        last = await self.log.last_of_case(case_id, own=own)
        sequence = 0 if last is None else last.sequence
        await self._replica.reached(sequence)
        return sequence
