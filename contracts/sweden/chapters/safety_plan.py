"""The safety plan: what keeps the person safe, made with them, and looked at again in time (R9)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.chapters.assistance import PROVIDERS
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example, Text
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.return_journey import TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.assistance import RISK_HOLDS_FOR, Risk
from contracts.view.parts.safety import SafetyPlan
from contracts.vocabulary.agencies import AgencyKind, kinds
from contracts.vocabulary.parts import Part

PLANNERS: Final = PROVIDERS | kinds(AgencyKind.COORDINATOR, AgencyKind.POLICE)


class SafetyMeasure(StrEnum):
    """A measure that keeps the person safe."""

    PROTECTED_ADDRESS = "protected-address"
    SAFE_ACCOMMODATION = "safe-accommodation"
    ALARM = "alarm"
    COMPANY_ON_THE_WAY = "company-on-the-way"
    CONTACT_PERSON = "contact-person"
    NEW_PHONE = "new-phone"
    CODE_WORD = "code-word"
    MEETING_ON_ARRIVAL = "meeting-on-arrival"
    OTHER = "other"


class SafetyPlanMade(
    CaseEvent, chapter=Chapter.ASSISTANCE, issuers=PLANNERS, part=Part.SUPPORT, details=("measures", "note")
):
    """A plan for the person's safety is made with them; a later one takes its place."""

    measures: Annotated[tuple[SafetyMeasure, ...], Field(min_length=1, max_length=9)]
    made_with_victim: bool
    review_on: Day
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-08T09:00:00Z",
        "measures": ["safe-accommodation", "company-on-the-way", "meeting-on-arrival"],
        "made_with_victim": True,
        "review_on": "2024-06-07",
    }


@evolves(SafetyPlanMade)
def safety_plan_made(case: CaseView, event: SafetyPlanMade, by: Provenance) -> CaseView:
    return case.advanced(safety_plan=SafetyPlan(id=by.event_id, made_by=by.agency, review_on=event.review_on))


_SAFETY: Final = (
    f"{NOT_IN_THE_SOURCES}: Social Services Act (2025:400), chapter 10, on protection against violence; CETS 197, "
    f"articles 12.2 and 16.2; Directive 2011/36/EU, article 12 ({TO_BE_CHECKED})."
)

providers_plan_for_safety = mandate(
    "R9",
    SafetyPlanMade,
    en="Whoever supports the person, a coordinator or the police plan for the person's safety.",
    sv="Den som stöder personen, en samordnare eller polisen planerar för personens säkerhet.",
    source=_SAFETY,
)


@rule(
    "R9",
    SafetyPlanMade,
    en="A safety plan is made with the person, and says on which later day it is looked at again.",
    sv="En säkerhetsplan görs tillsammans med personen och anger vilken senare dag den ses över.",
    source=_SAFETY,
)
def safety_is_planned_together(case: CaseView, event: SafetyPlanMade, by: Provenance) -> Missing | None:
    if not event.made_with_victim:
        return missing("The plan is made without the person.", "Planen är gjord utan personen.", by.agency)
    if event.review_on > event.occurred_on:
        return None
    return missing("The day of review is not to come.", "Dagen för översyn ligger inte framåt.", by.agency)


@rule(
    "R10",
    ReturnRequested,
    TravelArranged,
    en=f"A return is applied for, and a journey booked, only when the risk was assessed at most {RISK_HOLDS_FOR} days "
    "before.",
    sv=f"Ett återvändande ansöks om, och en resa bokas, bara när risken har bedömts högst {RISK_HOLDS_FOR} dagar "
    "tidigare.",
    source=f"{NOT_IN_THE_SOURCES}: CETS 197, article 16.2: a return is with due regard for the person's safety "
    f"({TO_BE_CHECKED}); the {RISK_HOLDS_FOR} days are the project's own.",
    part=Part.SUPPORT,
)
def risk_is_known_before_a_return(
    case: CaseView, event: ReturnRequested | TravelArranged, by: Provenance
) -> Missing | None:
    if case.needs is not None and case.needs.tells_the_risk(event.occurred_on):
        return None
    return missing(
        f"No assessment of the last {RISK_HOLDS_FOR} days says how great the risk is.",
        f"Ingen bedömning från de senaste {RISK_HOLDS_FOR} dagarna säger hur stor risken är.",
        *sorted(PROVIDERS),
    )


@rule(
    "R10",
    TravelArranged,
    en="Whoever is at high or acute risk travels with a safety plan that has not passed its day of review.",
    sv="Den som löper hög eller akut risk reser med en säkerhetsplan vars dag för översyn inte har passerat.",
    source=f"{_SAFETY} The condition is the project's own.",
    part=Part.SUPPORT,
)
def journey_at_risk_is_planned(case: CaseView, event: TravelArranged, by: Provenance) -> Missing | None:
    if case.needs is None or case.needs.risk not in (Risk.HIGH, Risk.ACUTE):
        return None
    if case.safety_plan is not None and case.safety_plan.review_on >= event.occurred_on:
        return None
    return missing(
        "The risk is high, and no safety plan in force says how it is met.",
        "Risken är hög, och ingen gällande säkerhetsplan säger hur den möts.",
        *sorted(PLANNERS),
    )
