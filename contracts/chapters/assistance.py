"""Assistance: needs are assessed, a plan is drafted with the victim, and services follow it (R9).

The file has over 250 lines because each step rests on the one before: they are one subject.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Fact, Text
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part, leaves_more
from contracts.view.parts.assistance import Needs, Risk, Support, SupportPlan
from contracts.vocabulary.agencies import AgencyId, AgencyKind, kinds
from contracts.vocabulary.choices import ResidenceSituation, Service
from contracts.vocabulary.parts import Part

PROVIDERS: Final = kinds(AgencyKind.MUNICIPALITY, AgencyKind.NGO, AgencyKind.REGION, AgencyKind.MIGRATION)


class PlanGoal(Fact):
    """One aim of a support plan: what is to be reached, by whose help and until when."""

    service: Service
    responsible: AgencyId
    aim: Text
    until: Day | None = None


class NeedsAssessed(
    CaseEvent, chapter=Chapter.ASSISTANCE, issuers=PROVIDERS | kinds(AgencyKind.COORDINATOR), part=Part.SUPPORT
):
    """A structured assessment of what the victim needs, and what cannot wait."""

    needs: Annotated[tuple[Service, ...], Field(min_length=1, max_length=14)]
    urgent: tuple[Service, ...] = ()
    risk: Risk
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-07T10:00:00Z",
        "needs": ["safe-accommodation", "counselling-and-guidance", "legal-support"],
        "urgent": ["safe-accommodation"],
        "risk": "high",
    }

    @model_validator(mode="after")
    def _urgent_is_needed(self) -> Self:
        if not set(self.urgent) <= set(self.needs):
            raise ValueError("what is urgent is among the needs")
        return self


class SupportPlanDrafted(
    CaseEvent, chapter=Chapter.ASSISTANCE, issuers=PROVIDERS | kinds(AgencyKind.COORDINATOR), part=Part.SUPPORT
):
    """The plan that services follow, drafted after an assessment. A later plan takes the place of an earlier one."""

    assessment_id: EventId
    goals: Annotated[tuple[PlanGoal, ...], Field(min_length=1, max_length=50)]
    drafted_with_victim: bool
    review_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-08T14:00:00Z",
        "assessment_id": "018e0a00-0000-7000-8000-000000000011",
        "goals": [
            {
                "service": "safe-accommodation",
                "responsible": "municipality-0180",
                "aim": "A place to live that the exploiters do not know of.",
                "until": "2024-04-06",
            },
            {
                "service": "counselling-and-guidance",
                "responsible": "ngo-fyren",
                "aim": "Time and company to decide about the police and the way home.",
            },
        ],
        "drafted_with_victim": True,
        "review_on": "2024-04-02",
    }


class RevisionReason(StrEnum):
    """Why a support plan is revised."""

    REVIEW = "review"
    NEEDS_CHANGED = "needs-changed"
    LEGAL_STATUS_CHANGED = "legal-status-changed"
    RISK_CHANGED = "risk-changed"
    PROVIDER_CHANGED = "provider-changed"
    VICTIM_WISHES_IT = "victim-wishes-it"
    OTHER = "other"


class SupportPlanRevised(
    CaseEvent, chapter=Chapter.ASSISTANCE, issuers=PROVIDERS | kinds(AgencyKind.COORDINATOR), part=Part.SUPPORT
):
    """The plan in force gets other goals, all of which are named; it stays the plan that services follow."""

    plan_id: EventId
    reason: RevisionReason
    goals: Annotated[tuple[PlanGoal, ...], Field(min_length=1, max_length=50)]
    revised_with_victim: bool
    review_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-02T09:00:00Z",
        "plan_id": "018e0a00-0000-7000-8000-000000000012",
        "reason": "review",
        "goals": [
            {
                "service": "safe-accommodation",
                "responsible": "municipality-0180",
                "aim": "The same safe place after the reflection period.",
            },
            {"service": "legal-support", "responsible": "ngo-fyren", "aim": "Counsel before the trial."},
        ],
        "revised_with_victim": True,
        "review_on": "2024-06-03",
    }


class SupportProvided(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=PROVIDERS, part=Part.SUPPORT):
    """A service that was given, from a first day to a last one; without a last day it goes on."""

    service: Service
    plan_id: EventId | None = None
    emergency: bool = False
    starts_on: Day
    ends_on: Day | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-06T12:00:00Z",
        "service": "safe-accommodation",
        "plan_id": "018e0a00-0000-7000-8000-000000000012",
        "starts_on": "2024-03-08",
        "ends_on": "2024-04-06",
    }

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("ends before it starts")
        return self


@evolves(NeedsAssessed)
def risk_assessed(case: CaseView, event: NeedsAssessed, by: Provenance) -> CaseView:
    return case.advanced(risk_assessed_on=event.occurred_on if leaves_more(by) or not case.before_parts else None)


@evolves_part(NeedsAssessed)
def needs_assessed(case: CaseView, event: NeedsAssessed, by: Provenance) -> CaseView:
    needs = Needs(id=by.event_id, services=event.needs, urgent=event.urgent)
    if leaves_more(by):
        needs = needs.model_copy(update={"risk": event.risk, "assessed_on": event.occurred_on})
    return case.changed(needs=needs)


@evolves_part(SupportPlanDrafted)
def support_plan_drafted(case: CaseView, event: SupportPlanDrafted, by: Provenance) -> CaseView:
    plan = SupportPlan(
        id=by.event_id,
        drafted_by=by.agency,
        services=_services(event.goals),
        review_on=event.review_on,
        made_without_victim=leaves_more(by) and not event.drafted_with_victim,
    )
    return case.changed(plan=plan)


@evolves_part(SupportPlanRevised)
def support_plan_revised(case: CaseView, event: SupportPlanRevised, by: Provenance) -> CaseView:
    if case.plan is None:
        return case
    revised = {
        "services": _services(event.goals),
        "review_on": event.review_on,
        "revisions": case.plan.revisions + 1,
        "made_without_victim": leaves_more(by) and not event.revised_with_victim,
    }
    return case.changed(plan=case.plan.model_copy(update=revised))


def _services(goals: tuple[PlanGoal, ...]) -> tuple[Service, ...]:
    return tuple(dict.fromkeys(goal.service for goal in goals))


@evolves(SupportProvided)
def support_begins(case: CaseView, event: SupportProvided, by: Provenance) -> CaseView:
    # The first day that somebody said so, for whoever counts and reads no detail of the support.
    first = case.supported_on or (event.occurred_on if leaves_more(by) else None)
    return case.advanced(supported_on=first)


@evolves_part(SupportProvided)
def support_provided(case: CaseView, event: SupportProvided, by: Provenance) -> CaseView:
    support = Support(
        id=by.event_id, service=event.service, provider=by.agency, starts_on=event.starts_on, ends_on=event.ends_on
    )
    return case.changed(support=(*case.support, support))


_PLAN: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “Services to the victim of human trafficking are provided according to a developed "
    "plan of assistance”; the plan is “drafted by the responsible authority or the service provider.” Social Services "
    "Act (2001:453), chapter 3, section 5, on help shaped together with the person; since July 2025 Act (2025:400), "
    f"{TO_BE_CHECKED}."
)
_ASSESSMENT: Final = (
    "Sweden: coordination and a (trans)national referral mechanism: support is quality assured through “structured "
    "assessment of the need for support”. Social Services Act (2001:453), chapter 11, section 1, on looking into a "
    f"need; since July 2025 Act (2025:400), {TO_BE_CHECKED}."
)

providers_assess_plan_and_support = mandate(
    "R9",
    NeedsAssessed,
    SupportPlanDrafted,
    SupportPlanRevised,
    SupportProvided,
    en="Municipalities, regions, NGOs and the Migration Agency assess, plan and support; a coordinator may plan.",
    sv="Kommuner, regioner, ideella organisationer och Migrationsverket bedömer, planerar och ger stöd; "
    "en samordnare får upprätta en plan.",
    source=_PLAN,
    only={NeedsAssessed: PROVIDERS},
)

coordinators_assess_too = mandate(
    "R9",
    NeedsAssessed,
    SupportPlanDrafted,
    SupportPlanRevised,
    SupportProvided,
    en="Municipalities, regions, NGOs and the Migration Agency assess, plan and support; a coordinator may assess and "
    "plan.",
    sv="Kommuner, regioner, ideella organisationer och Migrationsverket bedömer, planerar och ger stöd; "
    "en samordnare får bedöma och upprätta en plan.",
    source=f"{REFERRAL_AND_ASSISTANCE}: a return follows a plan “drafted by the responsible professional, usually the "
    "social services or county coordinator, in dialogue with the victim”; a plan takes an assessment.",
)


@rule(
    "R9",
    SupportPlanDrafted,
    en="A support plan follows the latest structured assessment of needs.",
    sv="En stödplan bygger på den senaste strukturerade behovsbedömningen.",
    source=_ASSESSMENT,
    part=Part.SUPPORT,
)
def plan_follows_assessment(case: CaseView, event: SupportPlanDrafted, by: Provenance) -> Missing | None:
    if case.needs is not None and case.needs.id == event.assessment_id:
        return None
    return missing(
        "The plan does not name the latest assessment of needs.",
        "Planen anger inte den senaste behovsbedömningen.",
        *sorted(PROVIDERS),
    )


@rule(
    "R9",
    SupportPlanRevised,
    en="The plan that is revised is the one in force.",
    sv="Planen som revideras är den gällande.",
    source=_PLAN,
    part=Part.SUPPORT,
)
def the_plan_in_force_is_revised(case: CaseView, event: SupportPlanRevised, by: Provenance) -> Missing | None:
    if case.plan is not None and case.plan.id == event.plan_id:
        return None
    return missing(
        "This is not the support plan in force.", "Detta är inte den gällande stödplanen.", *sorted(PROVIDERS)
    )


@rule(
    "R9",
    SupportProvided,
    en="A service follows the support plan; only emergency accommodation may come before it.",
    sv="En insats följer stödplanen; endast akut boende får komma före den.",
    source=f"{_PLAN} That emergency accommodation comes first is not in the sources: it is what practice expects.",
    part=Part.SUPPORT,
)
def service_follows_plan(case: CaseView, event: SupportProvided, by: Provenance) -> Missing | None:
    if event.emergency and event.service is Service.SAFE_ACCOMMODATION:
        return None
    if case.plan is not None and case.plan.id == event.plan_id:
        return None
    return missing(
        "The service does not name the support plan in force.",
        "Insatsen anger inte den gällande stödplanen.",
        *sorted(PROVIDERS),
    )


@rule(
    "R8",
    SupportProvided,
    en="The Migration Agency assists a presumed victim who seeks asylum.",
    sv="Migrationsverket ger stöd till ett förmodat offer som söker asyl.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “If an asylum seeker is presumed to be a victim of THB, s/he will in that case "
    "be given support and assistance by the Migration Agency.” Act on the Reception of Asylum Seekers (1994:137), "
    "section 2.",
)
def migration_assists_asylum_seekers(case: CaseView, event: SupportProvided, by: Provenance) -> Missing | None:
    if by.kind is not AgencyKind.MIGRATION or case.residence is ResidenceSituation.ASYLUM_SEEKER:
        return None
    return missing(
        "The victim is not an asylum seeker; others can assist.",
        "Den utsatta är inte asylsökande; andra kan ge stöd.",
        *sorted(PROVIDERS - {AgencyKind.MIGRATION}),
    )
