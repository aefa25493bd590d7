"""Deadlines at every agency: its service keeps the time of its cases, and each reminder that concerns it opens a task.

The task stays until the thing itself is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.child_protection import ChildAssessmentOverdue, ChildConcernAssessed
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentExpired, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationUnanswered
from contracts.chapters.external_referral import ExternalReferralAnswered
from contracts.chapters.referral import ReferralAccepted, ReferralDeclined, ReferralExpired, ReferralWithdrawn
from contracts.chapters.transnational import TransnationalReferralAccepted, TransnationalReferralDeclined
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.awaited_answers import AnswerOverdue
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded
from contracts.sweden.chapters.residence_permit import ResidencePermitEnded
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.choices import DeadlineKind
from services.practice.words import RUNNING_OUT

HEED: Final = "heed the deadline"

_OVER: Final[dict[type[CaseEvent], tuple[DeadlineKind, str]]] = {
    ReferralAccepted: (DeadlineKind.OFFER, "offer_id"),
    ReferralDeclined: (DeadlineKind.OFFER, "offer_id"),
    ReferralWithdrawn: (DeadlineKind.OFFER, "offer_id"),
    ReferralExpired: (DeadlineKind.OFFER, "offer_id"),
    ExternalReferralAnswered: (DeadlineKind.OFFER, "offer_id"),
    TransnationalReferralAccepted: (DeadlineKind.OFFER, "offer_id"),
    TransnationalReferralDeclined: (DeadlineKind.OFFER, "offer_id"),
    ConsentWithdrawn: (DeadlineKind.CONSENT, "consent_id"),
    ConsentExpired: (DeadlineKind.CONSENT, "consent_id"),
    ReflectionPeriodEnded: (DeadlineKind.REFLECTION_PERIOD, "request_id"),
    ResidencePermitEnded: (DeadlineKind.PERMIT, "permit_id"),
    ChildConcernAssessed: (DeadlineKind.CHILD_ASSESSMENT, "concern_id"),
    ChildAssessmentOverdue: (DeadlineKind.CHILD_ASSESSMENT, "concern_id"),
    AdviceGiven: (DeadlineKind.CONSULTATION, "consultation_id"),
    ConsultationUnanswered: (DeadlineKind.CONSULTATION, "consultation_id"),
    AnswerOverdue: (DeadlineKind.AWAITED, "awaited_id"),
}
"""For each event that ends a deadline: the kind of the deadline, and the event's field with its subject."""


_SAID_BY_CLOCKS: Final = (
    *(DeadlineReminded, ReferralExpired, ConsentExpired, ReflectionPeriodEnded, ResidencePermitEnded),
    *(ChildAssessmentOverdue, ConsultationUnanswered, AnswerOverdue),
)


def heeds_deadlines(agency: Mandate) -> None:
    """Let an agency's service say what has run out, and give its people a task for each deadline that concerns them.

    The Migration Agency may end a period or a permit anyway, and its clock too.
    """
    clock = [event for event in _SAID_BY_CLOCKS if event.may_be_issued_by(agency.kind, Role.CLOCK)]
    agency.may_issue(*clock, role=Role.CLOCK)
    agency.on(DeadlineReminded)(heed_the_deadline)
    agency.on(*_OVER)(nothing_left_to_heed)


async def heed_the_deadline(reminded: DeadlineReminded, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the agencies concerned, due when the time is out."""
    if context.agency in reminded.concerns:
        words = RUNNING_OUT[reminded.deadline]
        await context.open_task(case, HEED, reminded.subject, en=words.en, sv=words.sv, due=reminded.due_at.isoformat())


async def nothing_left_to_heed(over: CaseEvent, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks of the deadlines that the event ends. The end of a consent also ends offers that rest on it."""
    kind, field = _OVER[type(over)]
    ended = {
        (kind, getattr(over, field)),
        *((DeadlineKind.OFFER, offer.id) for offer in _answered(context.before, case)),
    }
    reminded = {(each.kind, each.subject) for each in case.reminded}
    for _, subject in sorted(ended & reminded):
        await context.close_task(case, HEED, subject)


def _answered(before: CaseView, after: CaseView) -> Iterator[Offer]:
    """The offers that were open before and are no longer open."""
    still = {offer.id for offer in after.offers if offer.state is OfferState.OPEN}
    for offer in before.offers:
        if offer.state is OfferState.OPEN and offer.id not in still:
            yield offer
