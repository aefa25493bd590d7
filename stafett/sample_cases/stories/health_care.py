"""A region gives health care under a plan; another offer is withdrawn when the need has changed.

An interpreter and the care that cannot wait come before the plan (since April 2024). Persons with a right to stay get
health care from the regions as any resident; “services to the victim of human trafficking are provided according to a
developed plan of assistance”.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted, SupportProvided
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralWithdrawn, WithdrawalReason
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=16)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.ORGAN_REMOVAL,),
        indicators=(Indicator.SIGNS_OF_CONTROL, Indicator.SELF_REPORTED),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.RESIDENT,
        region="18",
        municipality="1880",
        language="uk",
        interpreter_needed=True,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("region", "municipality"),
        purposes=(Purpose.HEALTH_CARE, Purpose.SUPPORT),
        data_classes=(DataClass.IDENTITY, DataClass.HEALTH),
        valid_until=case.day(120),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="uk",
    )
    to_municipality = case.says(
        "ngo", CaseReferred, recipient="municipality", purposes=(Purpose.SUPPORT,), respond_by=case.in_time()
    )
    to_region = case.says(
        "ngo",
        CaseReferred,
        recipient="region",
        purposes=(Purpose.HEALTH_CARE,),
        services=(Service.HEALTH_CARE, Service.DENTAL_CARE),
        respond_by=case.in_time(),
    )
    case.says("region", ReferralAccepted, offer_id=to_region, services=(Service.HEALTH_CARE, Service.DENTAL_CARE))
    case.says("ngo", ReferralWithdrawn, offer_id=to_municipality, reason=WithdrawalReason.NEED_CHANGED)
    for agency, service in (("ngo", Service.INTERPRETATION), ("region", Service.HEALTH_CARE)):
        case.says(agency, SupportProvided, service=service, emergency=True, starts_on=case.today, ends_on=case.today)
    assessment = case.says(
        "region",
        NeedsAssessed,
        needs=(Service.HEALTH_CARE, Service.DENTAL_CARE, Service.REHABILITATION),
        urgent=(Service.HEALTH_CARE,),
        risk=Risk.MEDIUM,
    )
    plan = case.says(
        "region",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=tuple(
            PlanGoal(service=service, responsible="region", aim=aim)
            for service, aim in (
                (Service.HEALTH_CARE, "The wound heals; controls every month."),
                (Service.DENTAL_CARE, "To eat without pain."),
            )
        ),
        drafted_with_victim=True,
        review_on=case.day(30),
    )
    for service in (Service.HEALTH_CARE, Service.DENTAL_CARE):
        case.wait(days=5)
        case.says(
            "region",
            SupportProvided,
            service=service,
            plan_id=plan,
            starts_on=case.today,
            ends_on=case.today,
        )
