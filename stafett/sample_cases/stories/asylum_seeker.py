"""An asylum seeker is presumed to be a victim, and assisted by the Migration Agency until the claim is decided.

“If an asylum seeker is presumed to be a victim of THB, s/he will in that case be given support and assistance by the
Migration Agency.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted, SupportProvided
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided, AsylumOutcome
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=150)


def tell(case: Teller) -> None:
    case.says(
        "migration",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.DEBT_BONDAGE, Indicator.WAGES_WITHHELD),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.ASYLUM_SEEKER,
        region="12",
        municipality="1280",
        language="ti",
        interpreter_needed=True,
    )
    case.says("migration", AsylumClaimed, claimed_on=case.today)
    consultation = case.says(
        "migration",
        ConsultationRequested,
        topic=Topic.SUPPORT,
        question="The debt is owed to somebody at the same reception centre. Where can he be moved?",
    )
    case.says(
        "coordinator",
        AdviceGiven,
        consultation_id=consultation,
        advice="Another region, and a contact there before the move; ask the regional coordinator for a provider.",
    )
    assessment = case.says(
        "migration",
        NeedsAssessed,
        needs=(Service.SAFE_ACCOMMODATION, Service.LEGAL_SUPPORT),
        urgent=(Service.SAFE_ACCOMMODATION,),
        risk=Risk.HIGH,
    )
    plan = case.says(
        "migration",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(
            PlanGoal(
                service=Service.SAFE_ACCOMMODATION,
                responsible="migration",
                aim="A room in another region, where nobody knows him.",
                until=case.day(90),
            ),
        ),
        drafted_with_victim=True,
        review_on=case.day(60),
    )
    case.wait(days=2)
    case.says(
        "migration",
        SupportProvided,
        service=Service.SAFE_ACCOMMODATION,
        plan_id=plan,
        starts_on=case.today,
        ends_on=case.today,
    )
    case.wait(days=120)
    case.says(
        "migration",
        AsylumDecided,
        role="decision-maker",
        decided_on=case.today,
        outcome=AsylumOutcome.SUBSIDIARY_PROTECTION,
        permit_until=case.day(395),
    )
