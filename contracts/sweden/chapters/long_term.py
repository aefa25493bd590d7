"""Long term: an individual plan for a life in Sweden, after permanent residence or a work permit (R12)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Fact, Text
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part
from contracts.view.parts.legal_status import PermitKind
from contracts.view.parts.long_term import IntegrationPlan, IntegrationService
from contracts.vocabulary.agencies import AgencyId, AgencyKind, kinds
from contracts.vocabulary.choices import ResidenceSituation
from contracts.vocabulary.parts import Part

INTEGRATORS: Final = kinds(AgencyKind.MUNICIPALITY, AgencyKind.NGO)


class IntegrationGoal(Fact):
    """One aim of an integration plan: what is to be reached, by whose help and until when."""

    service: IntegrationService
    responsible: AgencyId
    aim: Text
    until: Day | None = None


class IntegrationPlanDrafted(CaseEvent, chapter=Chapter.LONG_TERM, issuers=INTEGRATORS, part=Part.INTEGRATION):
    """The plan for rehabilitation and integration. A later plan takes the place of an earlier one."""

    goals: Annotated[tuple[IntegrationGoal, ...], Field(min_length=1, max_length=50)]
    drafted_with_victim: bool
    review_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-21T09:00:00Z",
        "goals": [
            {
                "service": "language-studies",
                "responsible": "municipality-0180",
                "aim": "Swedish for work in a kitchen.",
                "until": "2025-06-13",
            },
            {"service": "help-with-applying-for-work", "responsible": "ngo-fyren", "aim": "A first paid position."},
        ],
        "drafted_with_victim": True,
        "review_on": "2025-01-15",
    }


class IntegrationServiceProvided(
    CaseEvent,
    chapter=Chapter.LONG_TERM,
    issuers=INTEGRATORS | kinds(AgencyKind.MIGRATION, AgencyKind.EMPLOYMENT_SERVICE),
    part=Part.INTEGRATION,
):
    """A long-term service that was given under the plan; without a last day it goes on."""

    plan_id: EventId
    service: IntegrationService
    starts_on: Day
    ends_on: Day | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-30T09:00:00Z",
        "plan_id": "018e0a00-0000-7000-8000-000000000047",
        "service": "language-studies",
        "starts_on": "2024-08-26",
    }


@evolves_part(IntegrationPlanDrafted)
def integration_plan_drafted(case: CaseView, event: IntegrationPlanDrafted, by: Provenance) -> CaseView:
    services = tuple(dict.fromkeys(goal.service for goal in event.goals))
    plan = IntegrationPlan(id=by.event_id, drafted_by=by.agency, services=services)
    return case.changed(integration_plan=plan)


@evolves(IntegrationServiceProvided)
def integration_service_provided(case: CaseView, event: IntegrationServiceProvided, by: Provenance) -> CaseView:
    return case.advanced()


_SOURCE: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “Victims who are granted a permanent residence permit in Sweden, or obtained a work "
    "permit, can access integration programmes”; NGOs “can tailor an individual plan for the victim's rehabilitation "
    "and long-term integration.”"
)

municipalities_and_ngos_integrate = mandate(
    "R12",
    IntegrationPlanDrafted,
    IntegrationServiceProvided,
    en="Municipalities and NGOs plan and give long-term support.",
    sv="Kommuner och ideella organisationer planerar och ger långsiktigt stöd.",
    source=_SOURCE,
    only={IntegrationServiceProvided: INTEGRATORS},
)

migration_integrates_too = mandate(
    "R12",
    IntegrationPlanDrafted,
    IntegrationServiceProvided,
    en="Municipalities and NGOs plan and give long-term support; the Migration Agency and the employment service may "
    "give it under their plan.",
    sv="Kommuner och ideella organisationer planerar och ger långsiktigt stöd; Migrationsverket och "
    "Arbetsförmedlingen får ge det enligt deras plan.",
    source=f"{_SOURCE} They are “provided by both state actors as well as municipal actors.”",
)


@rule(
    "R12",
    IntegrationPlanDrafted,
    en="Long-term integration follows permanent residence or a work permit in force.",
    sv="Långsiktig integration följer på permanent uppehållstillstånd eller ett gällande arbetstillstånd.",
    source=_SOURCE,
)
def integration_follows_permit(case: CaseView, event: IntegrationPlanDrafted, by: Provenance) -> Missing | None:
    if case.residence is ResidenceSituation.RESIDENT or case.has_permit(event.occurred_on, PermitKind.WORK):
        return None
    return missing(
        "The victim has neither permanent residence nor a work permit.",
        "Den utsatta har varken permanent uppehållstillstånd eller arbetstillstånd.",
        AgencyKind.MIGRATION,
    )


@rule(
    "R12",
    IntegrationPlanDrafted,
    en="Long-term integration follows permanent residence or a work permit, whether the person was found with it or "
    "got it later.",
    sv="Långsiktig integration följer på permanent uppehållstillstånd eller arbetstillstånd, oavsett om personen hade "
    "det vid upptäckten eller fick det senare.",
    source=_SOURCE,
)
def integration_follows_right_to_work(case: CaseView, event: IntegrationPlanDrafted, by: Provenance) -> Missing | None:
    if case.residence is ResidenceSituation.WORK_PERMIT:
        return None
    return integration_follows_permit.check(case, event, by)


@rule(
    "R12",
    IntegrationServiceProvided,
    en="A long-term service follows the integration plan in force.",
    sv="En långsiktig insats följer den gällande integrationsplanen.",
    source=_SOURCE,
    part=Part.INTEGRATION,
)
def integration_service_follows_plan(
    case: CaseView, event: IntegrationServiceProvided, by: Provenance
) -> Missing | None:
    plan = case.integration_plan
    if plan is not None and plan.id == event.plan_id and event.service in plan.services:
        return None
    return missing(
        "The integration plan in force does not name the service.",
        "Den gällande integrationsplanen anger inte insatsen.",
        *sorted(INTEGRATORS),
    )
