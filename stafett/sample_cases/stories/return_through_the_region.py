"""Home through a regional coordinator: refused once as incomplete, then approved; IOM books twice and helps at home.

“The process requires that the professional and the Regional Coordinator fill out the application for the voluntary
return”; the plan is drafted by “the social services or county coordinator”. Support is given before, during and
after the return.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import Interpreter
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.sweden.chapters.return_choice import Alternative, ReturnChosen
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefusal,
    ReturnRefused,
    ReturnRequested,
    ReturnSupport,
)
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.view.parts.assistance import Risk
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Reintegration, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=90)
REGIONAL = "coordinator-stockholm"


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.SELF_REPORTED, Indicator.DECEIVED_ABOUT_WORK),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="01",
        municipality="0180",
        language="sq",
        interpreter_needed=True,
    )
    consultation = case.says(
        "ngo",
        ConsultationRequested,
        topic=Topic.SAFE_RETURN,
        question="She wants to go home and will not talk to the police. Can she have the programme's help?",
        coordinator=REGIONAL,
    )
    case.says(
        REGIONAL,
        AdviceGiven,
        consultation_id=consultation,
        advice="Yes: willingness to cooperate plays no part. We plan it with her; name us in the application.",
    )
    assessment = case.says(REGIONAL, NeedsAssessed, needs=(Service.SAFE_RETURN, Service.COUNSELLING), risk=Risk.MEDIUM)
    plan = case.says(
        REGIONAL,
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(PlanGoal(service=Service.SAFE_RETURN, responsible="iom", aim="Home to her sister, met on arrival."),),
        drafted_with_victim=True,
        review_on=case.day(60),
    )
    case.says(
        "ngo",
        ReturnChosen,
        destination="AL",
        alternatives=(Alternative.SUPPORT_IN_SWEDEN, Alternative.RESIDENCE_PERMIT),
        explained_in="sq",
        interpreter=Interpreter.IN_PERSON,
    )
    incomplete = _requested_and_countersigned(case, plan)
    case.wait(days=5)
    case.says(
        "iom",
        ReturnRefused,
        role="decision-maker",
        request_id=incomplete,
        decided_on=case.today,
        reason=ReturnRefusal.INCOMPLETE,
    )
    request = _requested_and_countersigned(case, plan)
    case.wait(days=6)
    case.says(
        "iom",
        ReturnApproved,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        before=(ReturnSupport.ACCOMMODATION_UNTIL_DEPARTURE, ReturnSupport.TRAVEL_DOCUMENTS),
        during=(ReturnSupport.TICKETS, ReturnSupport.ESCORT),
        after=(ReturnSupport.RECEPTION_ON_ARRIVAL, ReturnSupport.REINTEGRATION),
    )
    for days in (7, 12):
        case.says(
            "iom",
            TravelArranged,
            request_id=request,
            departs_on=case.day(days),
            airport_assistance=True,
            escorted=True,
        )
    case.wait(days=13)
    case.says("iom", Returned, request_id=request, returned_on=case.day(-1), met_on_arrival=True)
    for form in (Reintegration.HOUSING, Reintegration.EDUCATION):
        case.wait(days=15)
        case.says("iom", ReintegrationProvided, request_id=request, form=form, provided_on=case.today)
    case.says("ngo", CaseClosed, reason=ClosureReason.RETURNED)


def _requested_and_countersigned(case: Teller, plan: str) -> str:
    request = case.says("ngo", ReturnRequested, plan_id=plan, destination="AL", coordinator=REGIONAL)
    case.wait(days=1)
    case.says(
        REGIONAL,
        ReturnCountersigned,
        role="regional-coordinator",
        request_id=request,
        region=CoordinatorRegion.STOCKHOLM,
    )
    return request
