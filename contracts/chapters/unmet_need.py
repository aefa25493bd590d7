"""Unmet need: an agency says that nobody can be asked to give a service that the person needs (R8).

A referral that is never made leaves no trace, so the lack of help is counted by nobody. This says it, by service and
county.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import swedish_day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.unmet_need import NoReferralReason, UnmetNeed
from contracts.vocabulary.agencies import ANY_AGENCY
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import MunicipalityCode, RegionCode


class NoReferralPossible(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The person needs a service, and nobody can be asked to give it."""

    service: Service
    region: Annotated[RegionCode | None, Field(description="Where it was sought; None: where the person was met.")] = (
        None
    )
    municipality: MunicipalityCode | None = None
    reasons: Annotated[tuple[NoReferralReason, ...], Field(min_length=1, max_length=8)]

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-18T09:00:00Z",
        "service": "rehabilitation-programme",
        "region": "01",
        "municipality": "0180",
        "reasons": ["no-capacity", "waiting-time"],
    }

    @model_validator(mode="after")
    def _lies_in_the_county(self) -> Self:
        if self.municipality is not None and self.region not in (None, self.municipality[:2]):
            raise ValueError("the municipality lies in another county")
        return self


@evolves(NoReferralPossible)
def no_referral_possible(case: CaseView, event: NoReferralPossible, by: Provenance) -> CaseView:
    county = None if event.municipality is None else event.municipality[:2]
    need = UnmetNeed(
        id=by.event_id,
        service=event.service,
        region=event.region or county or case.region,
        reasons=event.reasons,
        found_by=by.agency,
        found_on=swedish_day(by.recorded_at),
    )
    return case.advanced(unmet_needs=(*case.unmet_needs, need))


_SOURCE: Final = (
    f"{NOT_IN_THE_SOURCES}: help that nobody gives is seen only where somebody counts it. Directive 2011/36/EU, "
    "article 19a, as amended by (EU) 2024/1712, asks for statistics, though not for these (to be checked by a lawyer)."
)

participants_say_what_is_lacking = mandate(
    "R8",
    NoReferralPossible,
    en="Any participant says that a service is not to be had; an auditor issues nothing.",
    sv="Varje deltagare kan säga att en insats inte går att få; en granskare registrerar inget.",
    source=_SOURCE,
)


@rule(
    "R8",
    NoReferralPossible,
    en="A need is unmet while no offer for that service awaits an answer or stands accepted.",
    sv="Ett behov är inte tillgodosett så länge inget erbjudande om insatsen väntar på svar eller är antaget.",
    source=_SOURCE,
)
def nobody_has_it_in_hand(case: CaseView, event: NoReferralPossible, by: Provenance) -> Missing | None:
    for offer in case.offers:
        reported = () if offer.report is None else offer.report.lacking
        if offer.stands and event.service in offer.services and event.service not in reported:
            return missing(
                f"An offer to {offer.recipient} for this service is {offer.state}: see what comes of it.",
                f"Ett erbjudande till {offer.recipient} om insatsen väntar på svar eller är antaget: se vad det blir.",
                offer.recipient,
            )
    return None
