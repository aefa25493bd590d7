"""Outcome: the recipient of an accepted offer says what came of it, or hands the case back.

So a referral ends where it began: the referrer learns whether the person got the help that was asked for (R19).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.offers import obstacle_to_follow_up
from contracts.law.participation import offer_came_to_nothing
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.referral import HandBackReason, OfferState, OutcomeReport, ServiceOutcome
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId


class ReferralOutcomeReported(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The recipient of an accepted offer says of each service whether it was given, since when, and if not, why.

    A later report on a service takes the place of an earlier one.
    """

    offer_id: EventId
    services: Annotated[tuple[ServiceOutcome, ...], Field(min_length=1, max_length=14)]

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-14T10:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "services": [
            {"service": "safe-accommodation", "result": "given", "since": "2026-12-02"},
            {
                "service": "counselling-and-guidance",
                "result": "partly",
                "since": "2026-12-09",
                "reasons": ["waiting-time"],
            },
        ],
    }

    @model_validator(mode="after")
    def _each_service_once(self) -> Self:
        if len({each.service for each in self.services}) < len(self.services):
            raise ValueError("a service has one result")
        return self


class NotReachedBecause(StrEnum):
    """Why a recipient could not reach the person."""

    NO_ANSWER = "no-answer"
    NUMBER_OUT_OF_USE = "number-out-of-use"
    NOT_AT_THE_ADDRESS = "not-at-the-address"
    DID_NOT_COME = "did-not-come"
    NO_SAFE_WAY = "no-safe-way"
    NO_INTERPRETER = "no-interpreter"
    NO_CONTACT_DETAILS = "no-contact-details"
    OTHER = "other"


class CouldNotReach(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The recipient of an accepted offer could not reach the person, and says why and when it tries again."""

    offer_id: EventId
    reasons: Annotated[tuple[NotReachedBecause, ...], Field(min_length=1, max_length=8)]
    try_again_on: Annotated[Day | None, Field(description="None: the recipient waits for word from the referrer.")] = (
        None
    )

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-04T09:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "reasons": ["no-answer", "no-safe-way"],
        "try_again_on": "2026-12-07",
    }


class ReferralHandedBack(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """A recipient that had accepted hands the case back, so that the referrer can turn elsewhere."""

    offer_id: EventId
    reason: HandBackReason
    suggested_recipient: AgencyId | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-16T09:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "reason": "needs-not-met-here",
        "suggested_recipient": "municipality-0184",
    }


@evolves(ReferralOutcomeReported)
def referral_outcome_reported(case: CaseView, event: ReferralOutcomeReported, by: Provenance) -> CaseView:
    offer = with_id(case.offers, event.offer_id)
    earlier = () if offer is None or offer.report is None else offer.report.services
    latest = {each.service: each for each in (*earlier, *event.services)}
    report = OutcomeReport(id=by.event_id, reported_on=event.occurred_on, services=tuple(latest.values()))
    return case.advanced(offers=replaced(case.offers, event.offer_id, report=report))


@evolves(CouldNotReach)
def could_not_reach(case: CaseView, event: CouldNotReach, by: Provenance) -> CaseView:
    return case.advanced(offers=replaced(case.offers, event.offer_id, unreached=by.event_id))


@evolves(ReferralHandedBack)
def referral_handed_back(case: CaseView, event: ReferralHandedBack, by: Provenance) -> CaseView:
    ended = {"state": OfferState.ENDED, "handed_back": event.reason, "suggested": event.suggested_recipient}
    return offer_came_to_nothing(case, event.offer_id, event.occurred_at, **ended).advanced()


_CLOSED_LOOP: Final = (
    f"{NOT_IN_THE_SOURCES}: a referrer who does not learn what came of a referral cannot turn elsewhere; guides to "
    "national referral mechanisms ask for such feedback."
)

recipients_say_what_came_of_it = mandate(
    "R19",
    ReferralOutcomeReported,
    CouldNotReach,
    ReferralHandedBack,
    en="Agencies say what came of the offers that they accepted; an auditor issues nothing.",
    sv="Aktörer berättar vad det blev av erbjudanden som de har antagit; en granskare registrerar inget.",
    source=_CLOSED_LOOP,
)


@rule(
    "R19",
    ReferralOutcomeReported,
    CouldNotReach,
    ReferralHandedBack,
    en="The recipient of an accepted offer, and no other, says what came of it.",
    sv="Mottagaren av ett antaget erbjudande, och ingen annan, berättar vad det blev av det.",
    source=_CLOSED_LOOP,
)
def recipient_says_what_came_of_it(case: CaseView, event: FollowUp, by: Provenance) -> Missing | None:
    return obstacle_to_follow_up(case, with_id(case.offers, event.offer_id), by)


FollowUp = ReferralOutcomeReported | CouldNotReach | ReferralHandedBack


@rule(
    "R19",
    ReferralOutcomeReported,
    en="A report is on services that were asked for or promised, where the offer names any, and on what has happened.",
    sv="En rapport gäller insatser som efterfrågades eller utlovades, om erbjudandet anger några, och det som har "
    "hänt.",
    source=_CLOSED_LOOP,
)
def outcome_answers_the_offer(case: CaseView, event: ReferralOutcomeReported, by: Provenance) -> Missing | None:
    offer = with_id(case.offers, event.offer_id)
    named = () if offer is None else (*offer.services, *offer.promised)
    others = [each.service for each in event.services if named and each.service not in named]
    if others:
        return missing(
            f"The offer is not about: {', '.join(others)}.", f"Erbjudandet gäller inte: {', '.join(others)}.", by.agency
        )
    if any(each.since is not None and each.since > event.occurred_on for each in event.services):
        return missing(
            "A service is said to begin after the report.", "En insats anges börja efter rapporten.", by.agency
        )
    return None


@rule(
    "R19",
    CouldNotReach,
    en="The recipient tries to reach the person again on the day of its word or later.",
    sv="Mottagaren söker personen igen samma dag som den hör av sig eller senare.",
    source=_CLOSED_LOOP,
)
def next_try_is_to_come(case: CaseView, event: CouldNotReach, by: Provenance) -> Missing | None:
    if event.try_again_on is None or event.try_again_on >= event.occurred_on:
        return None
    return missing("The day of the next try has passed.", "Dagen för nästa försök har passerat.", by.agency)


@rule(
    "R18",
    ReferralHandedBack,
    en="An agency that leads the case hands the lead over before it hands the case back.",
    sv="En aktör som ansvarar för ärendet lämnar över ansvaret innan den lämnar tillbaka ärendet.",
    source=f"{NOT_IN_THE_SOURCES}: at any time exactly one agency answers for a case, and it knows that it does.",
)
def the_lead_is_not_handed_back(case: CaseView, event: ReferralHandedBack, by: Provenance) -> Missing | None:
    if by.agency != case.lead:
        return None
    return missing(
        "You lead the case: first hand the lead over.", "Ni ansvarar för ärendet: lämna först över ansvaret.", by.agency
    )
