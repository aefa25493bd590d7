"""Tasks about questions within an offer: the referrer answers, the recipient then answers the offer."""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.consent import ConsentExpired, ConsentWithdrawn
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.referral import ReferralAccepted, ReferralDeclined, ReferralExpired, ReferralWithdrawn
from contracts.chapters.transnational import TransnationalReferralAccepted, TransnationalReferralDeclined
from contracts.event.case_event import CaseEvent
from contracts.law.offers import who_learns
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import OfferState

ANSWER_THE_QUESTION: Final = "answer the recipient's question"

_ENDS_OFFERS: Final = (
    ReferralAccepted,
    ReferralDeclined,
    ReferralWithdrawn,
    ReferralExpired,
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    ConsentWithdrawn,
    ConsentExpired,
)


def asks_and_answers(agency: Mandate) -> None:
    """Give an agency the task to answer a recipient's question, and the answers to its own questions."""
    agency.on(OfferQuestionAsked)(answer_the_question)
    agency.on(OfferQuestionAnswered)(learn_the_answer)
    agency.on(*_ENDS_OFFERS)(nothing_left_to_answer)


async def answer_the_question(asked: OfferQuestionAsked, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the referrer, due when the offer expires: the question does not stop the offer's time."""
    offer = with_id(case.offers, asked.offer_id)
    if offer is not None and who_learns(case, offer) == context.agency:
        who, about = context.name_of(context.provenance.agency), LABELS.value(asked.about)
        await context.open_task(
            case,
            ANSWER_THE_QUESTION,
            context.provenance.event_id,
            en=f"{who} asks about your offer ({about.en}): answer. The time for its answer runs on.",
            sv=f"{who} har en fråga om ert erbjudande ({about.sv}): svara. Svarstiden löper vidare.",
            due=offer.respond_by.isoformat(),
            to_issue=(OfferQuestionAnswered,),
        )


async def learn_the_answer(answered: OfferQuestionAnswered, case: CaseView, context: ReactionContext) -> None:
    """Close the referrer's task. Tell the agency that asked: it now accepts or declines."""
    question = with_id(case.offer_questions, answered.question_id)
    if question is None:
        return
    if context.agency == context.provenance.agency:
        await context.close_task(case, ANSWER_THE_QUESTION, question.id)
    if question.asked_by == context.agency:
        who = context.name_of(context.provenance.agency)
        await context.notify(
            case,
            en=f"{who} has answered your question: read it, then accept or decline.",
            sv=f"{who} har svarat på er fråga: läs svaret och tacka sedan ja eller nej.",
        )


async def nothing_left_to_answer(ended: CaseEvent, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks about questions in offers that are no longer open."""
    still = {offer.id for offer in case.offers if offer.state is OfferState.OPEN}
    for question in context.before.offer_questions:
        if question.offer_id not in still and not question.answered:
            await context.close_task(case, ANSWER_THE_QUESTION, question.id)
