"""A child whom nobody assesses in time: the clock says so to everybody, and the assessment comes late, not never.

Somebody who may be a child is presumed to be one.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.child_protection import (
    ChildAssessmentOverdue,
    ChildConcernAssessed,
    ChildConcernReported,
    Concern,
    ProtectionMeasure,
)
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=6)


def tell(case: Teller) -> None:
    case.says(
        "region",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.SIGNS_OF_CONTROL, Indicator.VIOLENCE),
        age_band=AgeBand.UNKNOWN,
        residence=ResidenceSituation.UNKNOWN,
        region="14",
        municipality="1480",
        language="en",
        interpreter_needed=False,
        note="Gives her age as nineteen; the ward doubts it.",
    )
    concern = case.says(
        "region", ChildConcernReported, municipality="municipality", concern=Concern.RETURN_TO_EXPLOITERS
    )
    case.hears(DeadlineReminded)
    case.hears(ChildAssessmentOverdue)
    case.wait(days=3)
    consultation = case.says(
        "region",
        ConsultationRequested,
        topic=Topic.CHILD,
        question="She is to be discharged, and nobody has answered our report of concern. Whom do we call?",
    )
    case.says(
        "coordinator",
        AdviceGiven,
        consultation_id=consultation,
        advice="The municipality's social emergency services, day and night; keep her on the ward until they come.",
    )
    case.says(
        "municipality",
        ChildConcernAssessed,
        concern_id=concern,
        protection_needed=True,
        measure=ProtectionMeasure.PLACED_WITH_CONSENT,
    )
