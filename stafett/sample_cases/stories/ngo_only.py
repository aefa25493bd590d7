"""An irregular migrant wants no contact with authorities: an NGO alone assists.

“Irregular migrants will in these instances most likely be assisted only by NGOs.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted, SupportProvided
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=14)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_BEGGING,),
        indicators=(Indicator.THREATS,),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="14",
        municipality="1480",
        language="bg",
        interpreter_needed=True,
        note="Wants no contact with any authority; has been told what that would open and close.",
    )
    case.says(
        "ngo",
        SupportProvided,
        service=Service.SAFE_ACCOMMODATION,
        emergency=True,
        starts_on=case.today,
        ends_on=case.today,
    )
    case.wait(days=1)
    assessment = case.says(
        "ngo", NeedsAssessed, needs=(Service.SAFE_ACCOMMODATION, Service.COUNSELLING), risk=Risk.MEDIUM
    )
    plan = case.says(
        "ngo",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(
            PlanGoal(
                service=Service.COUNSELLING,
                responsible="ngo",
                aim="Somebody to talk to every week, in her own language.",
                until=case.day(120),
            ),
        ),
        drafted_with_victim=True,
        review_on=case.day(60),
    )
    case.wait(days=7)
    case.says(
        "ngo",
        SupportProvided,
        service=Service.COUNSELLING,
        plan_id=plan,
        starts_on=case.today,
        ends_on=case.today,
    )
