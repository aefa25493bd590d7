"""Questions within an offer: a recipient asks the referrer before it answers, and the offer's time runs on (R19)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.offers import obstacle_to_answer, who_learns
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.referral import OfferQuestion
from contracts.vocabulary.agencies import ANY_AGENCY
from contracts.vocabulary.parts import Part


class QuestionTopic(StrEnum):
    """The subject of a recipient's question before it answers an offer."""

    NEEDS = "needs"
    SAFETY = "safety"
    CONSENT = "consent"
    CHILDREN = "children"
    LEGAL_STATUS = "legal-status"
    LANGUAGE = "language"
    TIME = "time"
    OTHER = "other"


class OfferQuestionAsked(
    CaseEvent,
    chapter=Chapter.REFERRAL,
    issuers=ANY_AGENCY,
    answers_an_offer=True,
    part=Part.DIALOGUE,
    details=("question",),
):
    """The recipient of an open offer asks the referrer; the time for its answer to the offer runs on."""

    offer_id: EventId
    about: QuestionTopic
    question: Text

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-01T15:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "about": "safety",
        "question": "Do those who exploited the person know this part of the city?",
    }


class OfferQuestionAnswered(
    CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY, part=Part.DIALOGUE, details=("answer",)
):
    """The referrer answers a question of the recipient, who can then accept or decline."""

    question_id: EventId
    answer: Text

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-01T16:30:00Z",
        "question_id": "018e0a00-0000-7000-8000-000000000072",
        "answer": "As far as the person knows, they do not.",
    }


@evolves(OfferQuestionAsked)
def offer_question_asked(case: CaseView, event: OfferQuestionAsked, by: Provenance) -> CaseView:
    question = OfferQuestion(id=by.event_id, offer_id=event.offer_id, asked_by=by.agency)
    return case.advanced(offer_questions=(*case.offer_questions, question))


@evolves(OfferQuestionAnswered)
def offer_question_answered(case: CaseView, event: OfferQuestionAnswered, by: Provenance) -> CaseView:
    return case.advanced(offer_questions=replaced(case.offer_questions, event.question_id, answered=True))


_SOURCE: Final = (
    f"{NOT_IN_THE_SOURCES}: a recipient that lacks one fact would else decline, or let the offer expire. That the time "
    "runs on keeps a question from becoming a way to wait."
)

agencies_ask_and_answer = mandate(
    "R19",
    OfferQuestionAsked,
    OfferQuestionAnswered,
    en="Agencies ask and answer within an offer; an auditor issues nothing.",
    sv="Aktörer frågar och svarar inom ett erbjudande; en granskare registrerar inget.",
    source=_SOURCE,
)


@rule(
    "R19",
    OfferQuestionAsked,
    en="The recipient of an open offer may ask the referrer before it answers; the time for the answer runs on.",
    sv="Mottagaren av ett öppet erbjudande får fråga avsändaren innan den svarar; svarstiden löper vidare.",
    source=_SOURCE,
)
def recipient_asks_while_the_offer_is_open(case: CaseView, event: OfferQuestionAsked, by: Provenance) -> Missing | None:
    return obstacle_to_answer(with_id(case.offers, event.offer_id), None, by)


@rule(
    "R19",
    OfferQuestionAnswered,
    en="The referrer, or the lead agency when the referrer has left, answers a question once, while the offer is open.",
    sv="Avsändaren, eller den ansvariga aktören om avsändaren har lämnat ärendet, besvarar en fråga en gång, medan "
    "erbjudandet är öppet.",
    source=_SOURCE,
)
def referrer_answers_once(case: CaseView, event: OfferQuestionAnswered, by: Provenance) -> Missing | None:
    question = with_id(case.offer_questions, event.question_id)
    if question is None:
        return missing("There is no such question.", "Det finns ingen sådan fråga.", "the recipient of the offer")
    if question.answered:
        return missing("The question is already answered.", "Frågan är redan besvarad.", question.asked_by)
    offer = with_id(case.offers, question.offer_id)
    return obstacle_to_answer(offer, None if offer is None else who_learns(case, offer), by)
