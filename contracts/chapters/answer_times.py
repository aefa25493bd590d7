"""The time that an offer leaves for its answer: it follows from how urgent the offer is (R19)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from contracts.chapters.referral import CaseReferred
from contracts.chapters.transnational import TransnationalReferralOffered
from contracts.event.case_event import Provenance
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import Urgency
from contracts.vocabulary.wording import Wording

LONGEST: Final = {
    Urgency.IMMEDIATE: timedelta(hours=4),
    Urgency.WITHIN_24_HOURS: timedelta(hours=24),
    Urgency.ORDINARY: timedelta(days=30),
}
"""The longest time from the recording of an offer to its `respond_by`.

Four hours are enough for social services' staff on call. Thirty days are a reflection period: an offer that stays open
longer holds a person up whom another agency could help. The numbers are not in the sources.
"""

_WORDS: Final = {
    Urgency.IMMEDIATE: Wording("four hours", "fyra timmar"),
    Urgency.WITHIN_24_HOURS: Wording("24 hours", "24 timmar"),
    Urgency.ORDINARY: Wording("30 days", "30 dagar"),
}


@rule(
    "R19",
    CaseReferred,
    TransnationalReferralOffered,
    en="An offer leaves at most 30 days for its answer, counted from its recording; at most 24 hours where help is "
    "needed within 24 hours, and at most four where it is needed at once.",
    sv="Ett erbjudande ger högst 30 dagar för svar, räknat från registreringen; högst 24 timmar när hjälpen behövs "
    "inom 24 timmar, och högst fyra när den behövs genast.",
    source=f"{NOT_IN_THE_SOURCES}: an offer that may stay unanswered for years gets lost between agencies.",
)
def answer_comes_in_due_time(
    case: CaseView, event: CaseReferred | TransnationalReferralOffered, by: Provenance
) -> Missing | None:
    urgency = event.urgency if isinstance(event, CaseReferred) else Urgency.ORDINARY
    # From the recording on, since the recipient cannot know of an offer before that.
    if event.respond_by - by.recorded_at <= LONGEST[urgency]:
        return None
    longest = _WORDS[urgency]
    return missing(
        f"The offer leaves more than {longest.en} for its answer.",
        f"Erbjudandet ger mer än {longest.sv} för svar.",
        by.agency,
    )
