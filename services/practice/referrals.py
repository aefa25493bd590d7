"""Referrals at every agency: it makes, answers and withdraws offers, and learns the results of its own.

It gets a task for each offer that it must answer. The file has over 250 lines because asking, answering and learning
the answer are one subject.
"""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, ConsultationUnanswered
from contracts.chapters.detection import VictimDetected
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
    WithdrawalReason,
)
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.chapters.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.law.offers import who_learns
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState, Urgency
from contracts.vocabulary.wording import Wording
from services.practice import (
    children,
    consents,
    danger,
    deadlines,
    offer_questions,
    outcomes,
    outside,
    proceedings,
    records,
    returns,
    waiting,
)
from services.practice.words import DECLINED_FOR, HANDED_BACK_FOR

_EVERYBODYS = (
    VictimDetected,
    ConsultationRequested,
    ConsentGiven,
    ConsentWithdrawn,
    ConsentRefused,
    HelpDeclined,
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralWithdrawn,
    OfferQuestionAsked,
    OfferQuestionAnswered,
    ReferralOutcomeReported,
    CouldNotReach,
    ReferralHandedBack,
    ExternalReferralMade,
    ExternalReferralAnswered,
    NoReferralPossible,
    StatisticalFactsRecorded,
    LeadHandedOver,
    ChildConcernReported,
    CaseClosed,
    CaseReopened,
)

ANSWER: Final = "answer the offer"
TURN_ELSEWHERE: Final = "propose the next recipient"
CALL_THE_COORDINATOR: Final = "call the coordinator"

_OFFERED: Final = {
    Urgency.IMMEDIATE: Wording(
        "A case is offered to you, and the person needs help at once: accept or decline it now.",
        "Ett ärende erbjuds er, och personen behöver hjälp genast: acceptera eller avböj nu.",
    ),
    Urgency.WITHIN_24_HOURS: Wording(
        "A case is offered to you, and the person needs help within 24 hours: accept or decline it.",
        "Ett ärende erbjuds er, och personen behöver hjälp inom 24 timmar: acceptera eller avböj.",
    ),
    Urgency.ORDINARY: Wording(
        "A case is offered to you: accept or decline it.", "Ett ärende erbjuds er: acceptera eller avböj."
    ),
}

_FAILED: Final = (OfferState.DECLINED, OfferState.EXPIRED, OfferState.WITHDRAWN)

Offered = CaseReferred | ExternalReferralMade | TransnationalReferralOffered
Answered = (
    ReferralAccepted
    | ReferralDeclined
    | ReferralWithdrawn
    | ReferralExpired
    | ReferralHandedBack
    | ExternalReferralAnswered
    | TransnationalReferralAccepted
    | TransnationalReferralDeclined
)


def takes_part_in_referrals(agency: Mandate) -> None:
    """Give an agency the events and tasks that every participant has.

    The events, as far as the contracts allow them to its kind: detect, consult, record consent and refusals, refer,
    answer, hand over, report concern for a child, close. The tasks and messages: the questions it must answer, the
    answers to its own questions, the rights that it loses, and the deadlines that concern it.
    """
    agency.may_issue(*(event for event in _EVERYBODYS if agency.kind in event.issuers))
    agency.on(CaseReferred, ExternalReferralMade)(answer_the_offer)
    agency.on(ReferralAccepted, ReferralDeclined, ReferralWithdrawn, ReferralExpired, ReferralHandedBack)(
        learn_the_answer
    )
    agency.on(ExternalReferralAnswered)(learn_the_answer)
    agency.on(CaseClosed)(look_no_further)
    agency.on(LeadHandedOver)(take_the_lead)
    agency.on(CaseReopened)(learn_of_the_reopening)
    if agency.kind in ConsultationRequested.issuers:
        agency.on(AdviceGiven)(learn_the_advice)
        agency.on(ConsultationUnanswered)(call_the_coordinator)
    consents.respects_consent(agency)
    records.keeps_records(agency)
    offer_questions.asks_and_answers(agency)
    outcomes.follows_up(agency)
    outside.asks_outside(agency)
    deadlines.heeds_deadlines(agency)
    children.hears_of_children(agency)
    danger.calls_for_help(agency)
    returns.hears_of_returns(agency)
    proceedings.follows_proceedings(agency)
    waiting.waits_for_answers(agency)


def refers_across_the_border(agency: Mandate) -> None:
    """Let an agency offer a case to a contact in another country, and accept a case from there."""
    agency.may_issue(TransnationalReferralOffered, TransnationalReferralAccepted, TransnationalReferralDeclined)
    agency.on(TransnationalReferralOffered)(answer_the_offer)
    agency.on(TransnationalReferralAccepted, TransnationalReferralDeclined)(learn_the_answer)


async def answer_the_offer(offered: Offered, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the recipient, due when the offer expires.

    Also close the referrer's tasks to find another recipient for the same purposes: this offer is that.
    """
    offer = with_id(case.offers, context.provenance.event_id)
    if offer is None:
        return
    if offer.recipient == context.agency:
        abroad = TransnationalReferralAccepted, TransnationalReferralDeclined
        await context.open_task(
            case,
            ANSWER,
            offer.id,
            en=_OFFERED[offer.urgency].en,
            sv=_OFFERED[offer.urgency].sv,
            due=offer.respond_by.isoformat(),
            to_issue=(ReferralAccepted, ReferralDeclined) if offer.country is None else abroad,
        )
    for earlier in context.before.offers:
        mine = _has_failed(earlier) and who_learns(case, earlier) == context.agency
        if mine and set(earlier.purposes) & set(offer.purposes):
            await context.close_task(case, TURN_ELSEWHERE, earlier.id)


async def learn_the_answer(answer: Answered, case: CaseView, context: ReactionContext) -> None:
    """Close the recipient's task. Tell the referrer of a yes; when the offer failed, give the referrer a new task."""
    offer = with_id(case.offers, answer.offer_id)
    if offer is None:
        return
    if offer.recipient == context.agency:
        await context.close_task(case, ANSWER, offer.id)
    if who_learns(case, offer) != context.agency:
        return
    if offer.state is OfferState.ACCEPTED:
        who, purposes = context.name_of(offer.recipient), LABELS.listed(offer.purposes)
        await context.notify(
            case,
            en=f"{who} has accepted the case for {purposes.en}: agree on what comes next.",
            sv=f"{who} har tagit emot ärendet för {purposes.sv}: kom överens om vad som händer nu.",
        )
    elif (why := _why_elsewhere(answer, offer, context)) is not None:
        await context.open_task(
            case,
            TURN_ELSEWHERE,
            offer.id,
            en=f"{why.en} Propose the next recipient.",
            sv=f"{why.sv} Föreslå nästa mottagare.",
            to_issue=(CaseReferred, ExternalReferralMade),
        )


def _has_failed(offer: Offer) -> bool:
    """True if the referrer may have a task to find another recipient."""
    return offer.state in _FAILED or offer.handed_back is not None


def _why_elsewhere(answer: Answered, offer: Offer, context: ReactionContext) -> Wording | None:
    """The reason why the referrer must ask another agency; None when it need not."""
    who = context.name_of(offer.recipient)
    if isinstance(answer, ReferralExpired):
        return Wording(f"{who} has not answered in time.", f"{who} har inte svarat i tid.")
    if isinstance(answer, ReferralWithdrawn):
        if answer.reason is not WithdrawalReason.NO_ANSWER:
            return None
        return Wording(
            f"The offer to {who} is withdrawn, unanswered.", f"Erbjudandet till {who} är återtaget, obesvarat."
        )
    suggests = Wording("", "")
    if offer.suggested is not None:
        other = context.name_of(offer.suggested)
        suggests = Wording(f" and suggests {other}", f" och föreslår {other}")
    if isinstance(answer, ReferralHandedBack):
        why = HANDED_BACK_FOR[answer.reason]
        return Wording(
            f"{who} hands the case back because {why.en}{suggests.en}.",
            f"{who} lämnar tillbaka ärendet eftersom {why.sv}{suggests.sv}.",
        )
    if isinstance(answer, ReferralAccepted | TransnationalReferralAccepted) or answer.reason is None:
        return None
    why = DECLINED_FOR[answer.reason]
    return Wording(f"{who} declines because {why.en}{suggests.en}.", f"{who} avböjer eftersom {why.sv}{suggests.sv}.")


async def look_no_further(closed: CaseClosed, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks to find another recipient: a closed case needs none."""
    for offer in case.offers:
        if _has_failed(offer) and who_learns(case, offer) == context.agency:
            await context.close_task(case, TURN_ELSEWHERE, offer.id)


async def take_the_lead(handed: LeadHandedOver, case: CaseView, context: ReactionContext) -> None:
    """Tell the new lead agency that it answers for the case: at any time exactly one agency does."""
    if handed.to == context.agency:
        who = context.name_of(context.provenance.agency)
        await context.notify(
            case,
            en=f"{who} has handed the lead over: you answer for the case from now on.",
            sv=f"{who} har lämnat över ansvaret: ni svarar för ärendet från och med nu.",
        )


async def learn_of_the_reopening(reopened: CaseReopened, case: CaseView, context: ReactionContext) -> None:
    """Tell the lead agency that another agency has reopened the case."""
    if case.lead == context.agency != context.provenance.agency:
        who = context.name_of(context.provenance.agency)
        await context.notify(
            case,
            en=f"{who} has reopened the case that you lead: see why, and go on.",
            sv=f"{who} har öppnat ärendet som ni ansvarar för igen: se varför, och gå vidare.",
        )


async def learn_the_advice(given: AdviceGiven, case: CaseView, context: ReactionContext) -> None:
    """Tell the agency that asked the question that the coordinator has answered it."""
    consultation = with_id(case.consultations, given.consultation_id)
    if consultation is not None and consultation.asked_by == context.agency:
        await context.close_task(case, CALL_THE_COORDINATOR, consultation.id)
        who = context.name_of(context.provenance.agency)
        await context.notify(
            case,
            en=f"{who} has answered your question: read the advice.",
            sv=f"{who} har svarat på er fråga: läs rådet.",
        )


async def call_the_coordinator(unanswered: ConsultationUnanswered, case: CaseView, context: ReactionContext) -> None:
    """Have the agency that asked call: whoever waits for advice may have a person in danger before them."""
    consultation = with_id(case.consultations, unanswered.consultation_id)
    if consultation is not None and consultation.asked_by == context.agency:
        who = context.name_of(consultation.coordinator)
        await context.open_task(
            case,
            CALL_THE_COORDINATOR,
            consultation.id,
            en=f"{who} has not answered your question: call.",
            sv=f"{who} har inte svarat på er fråga: ring.",
            due=unanswered.occurred_at.isoformat(),
        )
