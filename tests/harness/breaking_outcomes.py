"""Breaking the rules of questions within an offer, of its outcome, and of handing the case back."""

from datetime import UTC, datetime

from contracts.chapters import answer_times, offer_questions, outcome, transnational, unmet_need
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.transnational import TransnationalReferralOffered
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.testing.canonical_cases import FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR
from harness.breaking import AUDITOR, UNKNOWN, Broken, new

TO_ITS_END = OTHER_CASES["a referral to its end"]
OFFERED = TO_ITS_END[:3]
ASKED = TO_ITS_END[:4]
ACCEPTED = TO_ITS_END[:6]
SECOND = issued(CaseReferred, NGO, id=new(2), occurred_at="2026-12-02T10:00:00Z", respond_by="2026-12-03T10:00:00Z")
OFFERED_TWICE = (*ACCEPTED, SECOND)
"""The municipality takes part already, and has another offer to answer."""
ASKED_TWICE = (
    *OFFERED_TWICE,
    issued(
        OfferQuestionAsked, MUNICIPALITY, id=new(3), occurred_at="2026-12-02T11:00:00Z", offer_id=SECOND.by.event_id
    ),
)
GIVEN = {"service": "safe-accommodation", "result": "given", "since": "2026-12-02"}
FOLLOW_UPS = (ReferralOutcomeReported, CouldNotReach, ReferralHandedBack)

RECORDED = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)

ABROAD = (
    *TO_ITS_END[:1],
    issued(ConsultationRequested, NGO, occurred_at="2026-12-01T10:00:00Z"),
    issued(
        ConsentGiven,
        NGO,
        occurred_at="2026-12-01T13:00:00Z",
        recipients=[FOREIGN_PARTNER],
        purposes=["safe-return"],
        valid_until="2027-06-01",
    ),
)

OUTCOMES_AND_QUESTIONS = [
    Broken(
        outcome.recipients_say_what_came_of_it,
        "an auditor reports an outcome",
        ACCEPTED,
        issued(ReferralOutcomeReported, AUDITOR),
    ),
    *(
        Broken(
            outcome.recipient_says_what_came_of_it, f"{event.__name__} {how}", so_far, issued(event, by, offer_id=offer)
        )
        for event in FOLLOW_UPS
        for how, so_far, by, offer in (
            ("by the referrer", ACCEPTED, NGO, ACCEPTED[2].by.event_id),
            ("on an open offer", OFFERED_TWICE, MUNICIPALITY, SECOND.by.event_id),
            ("on an unknown offer", ACCEPTED, MUNICIPALITY, UNKNOWN),
        )
    ),
    Broken(
        outcome.outcome_answers_the_offer,
        "a service that nobody asked for",
        ACCEPTED,
        issued(ReferralOutcomeReported, MUNICIPALITY, services=[GIVEN, {**GIVEN, "service": "dental-care"}]),
    ),
    Broken(
        outcome.outcome_answers_the_offer,
        "a service that begins tomorrow",
        ACCEPTED,
        issued(ReferralOutcomeReported, MUNICIPALITY, services=[{**GIVEN, "since": "2026-12-15"}]),
    ),
    Broken(
        outcome.next_try_is_to_come,
        "the next try was yesterday",
        ACCEPTED,
        issued(CouldNotReach, MUNICIPALITY, try_again_on="2026-12-03"),
    ),
    Broken(
        outcome.the_lead_is_not_handed_back,
        "the lead agency hands the case back",
        (*ACCEPTED, issued(LeadHandedOver, NGO, occurred_at="2026-12-02T09:00:00Z")),
        issued(ReferralHandedBack, MUNICIPALITY),
    ),
    Broken(
        offer_questions.agencies_ask_and_answer,
        "an auditor asks",
        OFFERED,
        issued(OfferQuestionAsked, AUDITOR),
    ),
    *(
        Broken(
            offer_questions.recipient_asks_while_the_offer_is_open,
            how,
            so_far,
            issued(OfferQuestionAsked, by, id=new(1), offer_id=offer),
        )
        for how, so_far, by, offer in (
            ("the referrer asks", OFFERED, NGO, OFFERED[2].by.event_id),
            ("a question after the acceptance", ACCEPTED, MUNICIPALITY, OFFERED[2].by.event_id),
            ("a question about an unknown offer", OFFERED, MUNICIPALITY, UNKNOWN),
        )
    ),
    *(
        Broken(
            offer_questions.referrer_answers_once,
            how,
            so_far,
            issued(OfferQuestionAnswered, by, id=new(1), question_id=question),
        )
        for how, so_far, by, question in (
            ("the recipient answers its own question", ASKED_TWICE, MUNICIPALITY, ASKED_TWICE[-1].by.event_id),
            ("a question is answered twice", TO_ITS_END[:5], NGO, ASKED[3].by.event_id),
            ("an unknown question is answered", ASKED, NGO, UNKNOWN),
            (
                "a question is answered after the acceptance",
                (*ASKED, issued(ReferralAccepted, MUNICIPALITY, occurred_at="2026-12-02T08:20:00Z")),
                NGO,
                ASKED[3].by.event_id,
            ),
        )
    ),
    *(
        Broken(
            answer_times.answer_comes_in_due_time,
            f"an offer that is {urgency} leaves a minute too much",
            TO_ITS_END[:2],
            issued(
                CaseReferred,
                NGO,
                occurred_at="2026-12-01T13:30:00Z",
                recorded_at=RECORDED,
                urgency=urgency,
                respond_by=respond_by,
            ),
        )
        for urgency, respond_by in (
            ("immediate", "2026-12-01T17:31:00Z"),
            ("within-24-hours", "2026-12-02T13:31:00Z"),
            ("ordinary", "2026-12-31T13:31:00Z"),
        )
    ),
    Broken(
        answer_times.answer_comes_in_due_time,
        "an offer abroad that leaves a day too much",
        ABROAD,
        issued(
            TransnationalReferralOffered,
            COORDINATOR,
            occurred_at="2026-12-01T13:30:00Z",
            recorded_at=RECORDED,
            respond_by="2027-01-01T13:30:00Z",
        ),
    ),
    Broken(
        unmet_need.participants_say_what_is_lacking,
        "an auditor says what is lacking",
        ACCEPTED,
        issued(NoReferralPossible, AUDITOR),
    ),
    *(
        Broken(
            unmet_need.nobody_has_it_in_hand,
            how,
            so_far,
            issued(NoReferralPossible, NGO, service="safe-accommodation"),
        )
        for how, so_far in (
            ("an offer for the service is open", OFFERED),
            ("an offer for the service is accepted", ACCEPTED),
            ("the service was given", TO_ITS_END[:8]),
        )
    ),
    *(
        Broken(
            transnational.risk_is_known_before_the_border,
            how,
            (*ABROAD, *assessed),
            issued(
                TransnationalReferralOffered,
                COORDINATOR,
                occurred_at="2027-01-05T09:00:00Z",
                respond_by="2027-01-12T09:00:00Z",
            ),
        )
        for how, assessed in (
            ("nobody has assessed the risk", ()),
            ("the risk was assessed 31 days ago", (issued(NeedsAssessed, NGO, occurred_at="2026-12-05T09:00:00Z"),)),
        )
    ),
]
"""What comes of an offer, and the questions before it."""
