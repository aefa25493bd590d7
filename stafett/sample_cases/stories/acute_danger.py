"""Acute danger: 112 is called, the police are told without consent, and they say what came of it.

Not in the sources: an organisation may tell the police what it knows when somebody's life is in danger.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.detection import Indicator, VictimDetected
from contracts.sweden.chapters.acute_danger import PoliceAlertAnswered, PoliceAlerted
from contracts.view.parts.alerts import AlertGround, AlertMeasure, Danger
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=3)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.MOVEMENT_CONTROLLED, Indicator.THREATS),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="01",
        municipality="0180",
        language="bg",
        interpreter_needed=True,
        immediate_danger=True,
    )
    alert = case.says(
        "ngo",
        PoliceAlerted,
        danger=Danger.HELD,
        ground=AlertGround.VITAL_INTERESTS,
        called_112_at=case.later(hours=-0.1),
    )
    case.says("police", PoliceAlertAnswered, alert_id=alert, measure=AlertMeasure.SAFE)
