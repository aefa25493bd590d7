"""A voluntary return, whether or not the person cooperates: requested, countersigned, decided by IOM, travelled.

“The process requires that the professional and the Regional Coordinator fill out the application for the voluntary
return. The application is processed by the IOM Helsinki”; support is given “regardless of her/his willingness to
cooperate in criminal proceedings”.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver, Interpreter
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.sweden.chapters.return_choice import Alternative, ReturnChosen
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRequested,
    ReturnSupport,
)
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.view.parts.assistance import Risk
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.choices import (
    AgeBand,
    DataClass,
    ExploitationForm,
    Purpose,
    Reintegration,
    ResidenceSituation,
    Service,
)
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=45)


def tell(case: Teller) -> None:
    case.says(
        "municipality",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.WAGES_WITHHELD,),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="18",
        municipality="1880",
        language="lt",
        interpreter_needed=True,
    )
    case.says(
        "municipality",
        ConsentGiven,
        recipients=("coordinator", "iom"),
        purposes=(Purpose.SAFE_RETURN,),
        data_classes=(DataClass.IDENTITY, DataClass.CONTACT),
        valid_until=case.day(365),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="lt",
    )
    assessment = case.says("municipality", NeedsAssessed, needs=(Service.SAFE_RETURN,), risk=Risk.LOW)
    plan = case.says(
        "municipality",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(
            PlanGoal(
                service=Service.SAFE_RETURN,
                responsible="iom",
                aim="Home to his family, met on arrival, and a start in his trade.",
                until=case.day(120),
            ),
        ),
        drafted_with_victim=True,
        review_on=case.day(60),
    )
    case.says(
        "municipality",
        ReturnChosen,
        destination="LT",
        alternatives=(Alternative.SUPPORT_IN_SWEDEN, Alternative.REFLECTION_PERIOD),
        explained_in="lt",
        interpreter=Interpreter.BY_PHONE,
    )
    request = case.says("municipality", ReturnRequested, plan_id=plan, destination="LT")
    case.wait(days=1)
    case.says(
        "coordinator",
        ReturnCountersigned,
        role="regional-coordinator",
        request_id=request,
        region=CoordinatorRegion.BERGSLAGEN,
    )
    case.wait(days=7)
    case.says(
        "iom",
        ReturnApproved,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        before=(ReturnSupport.COUNSELLING, ReturnSupport.TRAVEL_DOCUMENTS),
        during=(ReturnSupport.TICKETS, ReturnSupport.AIRPORT_ASSISTANCE),
        after=(ReturnSupport.REINTEGRATION,),
    )
    case.says(
        "iom",
        TravelArranged,
        request_id=request,
        departs_on=case.day(5),
        airport_assistance=True,
        escorted=False,
    )
    case.wait(days=6)
    case.says("iom", Returned, request_id=request, returned_on=case.today, met_on_arrival=True)
    case.wait(days=20)
    case.says(
        "iom",
        ReintegrationProvided,
        request_id=request,
        form=Reintegration.LIVELIHOOD,
        provided_on=case.today,
    )
    case.says("municipality", CaseClosed, reason=ClosureReason.RETURNED)
