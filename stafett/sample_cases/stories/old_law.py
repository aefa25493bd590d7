"""A case of 2019, entered today from paper files: it is judged by the law of its own day, not by today's.

Only since August 2022 may a social welfare board apply for a reflection period; “when a preliminary investigation is
initiated by a preliminary investigation leader, a reflection period of 30 days can be applied for”.
"""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import (
    InvestigationClosed,
    InvestigationOpened,
    InvestigationOutcome,
    Offence,
)
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRequested,
)
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation
from stafett.sample_cases.teller import Teller

BEGINS = datetime(2019, 3, 4, 8, tzinfo=UTC)


def tell(case: Teller) -> None:
    case.says(
        "municipality",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_BEGGING,),
        indicators=(Indicator.THREATS, Indicator.DEBT_BONDAGE),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="05",
        municipality="0580",
        language="bg",
        interpreter_needed=True,
    )
    case.is_refused("municipality", ReflectionPeriodRequested, role="social-welfare-board", rule="R5", informed_in="bg")
    case.says(
        "municipality",
        ConsentGiven,
        recipients=("police",),
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        valid_until=case.in_time(days=30).date(),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="bg",
    )
    to_police = case.says(
        "municipality",
        CaseReferred,
        recipient="police",
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        respond_by=case.in_time(),
    )
    case.says("police", ReferralAccepted, offer_id=to_police)
    investigation = case.says(
        "police",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=Offence.TRAFFICKING,
        exploitation_forms=(ExploitationForm.FORCED_BEGGING,),
    )
    request = case.says("police", ReflectionPeriodRequested, role="investigation-leader", informed_in="bg")
    case.wait(days=2)
    case.says(
        "migration",
        ReflectionPeriodGranted,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        starts_on=case.today,
        ends_on=case.day(29),
    )
    case.hears(ReflectionPeriodEnded)
    case.wait(days=60)
    case.says(
        "police",
        InvestigationClosed,
        role="investigation-leader",
        investigation_id=investigation,
        outcome=InvestigationOutcome.SUSPECT_NOT_FOUND,
    )
