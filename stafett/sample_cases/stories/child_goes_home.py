"""A child goes home: refused while nobody has assessed her interests or received her, then done right.

A separated child returns only if authorities of both countries find it in the child's best interests, and somebody who
answers for the child consents (manual of the Swedish Gender Equality Agency, step 6.1; Directive 2011/36/EU).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted
from contracts.chapters.child_protection import (
    ChildConcernAssessed,
    ChildConcernReported,
    Concern,
    ProtectionMeasure,
)
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver, Interpreter
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded, InquiryResult
from contracts.sweden.chapters.child_safeguards import AgeAssessed, AgeFound, BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.guardians import DischargeReason, GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.return_choice import Alternative, ReceivingAuthority, ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import Returned, TravelArranged
from contracts.sweden.chapters.safety_plan import SafetyMeasure, SafetyPlanMade
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRequested,
    ReturnSupport,
)
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.view.parts.assistance import Risk
from contracts.view.parts.child_protection import AgeBasis, GuardianKind, InterestsStep
from contracts.view.parts.voluntary_return import ChildsView
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=80)
HOME = "RO"


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_BEGGING,),
        indicators=(Indicator.OTHERS_SPEAK_FOR_THE_PERSON, Indicator.UNACCOMPANIED_MINOR),
        age_band=AgeBand.UNKNOWN,
        residence=ResidenceSituation.EU_CITIZEN,
        region="01",
        municipality="0180",
        language="ro",
        interpreter_needed=True,
    )
    case.says("ngo", AgeAssessed, age=AgeFound.MINOR, basis=AgeBasis.PRESUMED)
    case.is_refused("ngo", ConsentGiven, rule="R3", **_consent(case, ConsentGiver.VICTIM))
    case.says("ngo", ConsentRefused, purposes=(Purpose.INVESTIGATION,))
    concern = case.says("ngo", ChildConcernReported, municipality="municipality", concern=Concern.RETURN_TO_EXPLOITERS)
    case.says(
        "municipality",
        ChildConcernAssessed,
        concern_id=concern,
        protection_needed=True,
        measure=ProtectionMeasure.PLACED_WITH_CONSENT,
    )
    case.says("municipality", AgeAssessed, age=AgeFound.MINOR, basis=AgeBasis.DOCUMENTS)
    case.says("municipality", HelpDeclined, services=(Service.COUNSELLING,))
    assessment = case.says("municipality", NeedsAssessed, needs=(Service.SAFE_RETURN,), risk=Risk.MEDIUM)
    plan = case.says(
        "municipality",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(PlanGoal(service=Service.SAFE_RETURN, responsible="iom", aim="To her grandmother, and to school."),),
        drafted_with_victim=True,
        review_on=case.day(60),
    )
    case.is_refused("municipality", ReturnRequested, rule="R10", plan_id=plan, destination=HOME)
    case.says("municipality", GuardianRequested, guardian=GuardianKind.GUARDIAN, chief_guardian="chief-guardian")
    appointment = case.says(
        "chief-guardian",
        GuardianAppointed,
        role="decision-maker",
        guardian=GuardianKind.GUARDIAN,
        appointed_on=case.today,
    )
    case.says("municipality", ConsentGiven, **_consent(case, ConsentGiver.APPOINTED_GUARDIAN))
    case.wait(days=10)
    case.says(
        "municipality",
        BestInterestsAssessed,
        step=InterestsStep.RETURN,
        country=HOME,
        in_best_interests=True,
        child_heard=True,
    )
    case.says(
        "municipality",
        ReturnChosen,
        destination=HOME,
        alternatives=(Alternative.SUPPORT_IN_SWEDEN, Alternative.REFLECTION_PERIOD),
        explained_in="ro",
        interpreter=Interpreter.IN_PERSON,
        child_view=ChildsView.AGREES,
        guardian_consents=True,
    )
    case.says(
        "municipality",
        SafetyPlanMade,
        measures=(SafetyMeasure.COMPANY_ON_THE_WAY, SafetyMeasure.MEETING_ON_ARRIVAL),
        made_with_victim=True,
        review_on=case.day(30),
    )
    request = case.says("municipality", ReturnRequested, plan_id=plan, destination=HOME)
    case.says(
        "coordinator",
        ReturnCountersigned,
        role="regional-coordinator",
        request_id=request,
        region=CoordinatorRegion.STOCKHOLM,
    )
    approval = {
        "request_id": request,
        "before": (ReturnSupport.COUNSELLING, ReturnSupport.TRAVEL_DOCUMENTS),
        "during": (ReturnSupport.TICKETS, ReturnSupport.ESCORT),
        "after": (ReturnSupport.RECEPTION_ON_ARRIVAL, ReturnSupport.REINTEGRATION),
    }
    case.is_refused("iom", ReturnApproved, role="decision-maker", rule="R10", decided_on=case.today, **approval)
    case.wait(days=7)
    case.says(
        "coordinator",
        ReceptionConfirmed,
        request_id=request,
        country=HOME,
        authority=ReceivingAuthority.CHILD_PROTECTION,
        confirmed_on=case.today,
    )
    case.says("iom", ReturnApproved, role="decision-maker", decided_on=case.today, **approval)
    case.says("iom", TravelArranged, request_id=request, departs_on=case.day(5), airport_assistance=True, escorted=True)
    case.wait(days=6)
    case.says("iom", Returned, request_id=request, returned_on=case.today, met_on_arrival=True)
    case.says(
        "chief-guardian",
        GuardianDischarged,
        role="decision-maker",
        appointment_id=appointment,
        discharged_on=case.today,
        reason=DischargeReason.LEFT_THE_COUNTRY,
    )
    case.says(
        "municipality",
        ChildInquiryConcluded,
        concern_id=concern,
        concluded_on=case.today,
        result=InquiryResult.SUPPORT_DECIDED,
    )


def _consent(case: Teller, given_by: ConsentGiver) -> dict[str, Any]:
    return {
        "recipients": ("coordinator", "iom"),
        "purposes": (Purpose.SAFE_RETURN,),
        "valid_until": case.day(365),
        "given_by": given_by,
        "form": ConsentForm.WRITTEN,
        "explained_in": "ro",
        "interpreter": Interpreter.IN_PERSON,
    }
