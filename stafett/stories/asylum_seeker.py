"""An asylum seeker is presumed to be a victim, and assisted by the Migration Agency.

“If an asylum seeker is presumed to be a victim of THB, s/he will in that case be given support and assistance by the
Migration Agency.”
"""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.assistance import NeedsAssessed, PlanGoal, Risk, SupportPlanDrafted, SupportProvided
from contracts.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.detection import Indicator, VictimDetected
from contracts.legal_status import AsylumClaimed
from contracts.vocabulary import AgeBand, ExploitationForm, ResidenceSituation, Service
from stafett.telling import Teller

BEGINS = datetime(2024, 5, 6, 7, tzinfo=UTC)


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
    case.says("migration", AsylumClaimed, claimed_on=case.now.date())
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
                until=case.later(days=90).date(),
            ),
        ),
        drafted_with_victim=True,
        review_on=case.later(days=60).date(),
    )
    case.wait(days=2)
    case.says(
        "migration",
        SupportProvided,
        service=Service.SAFE_ACCOMMODATION,
        plan_id=plan,
        starts_on=case.now.date(),
        ends_on=case.now.date(),
    )
