"""She says no to the police and to the municipality: her no is recorded and no reason, and it closes no door.

“JÄMY may be consulted about the case even if the victim does not give their consent. In these instances, it is
important that the victim's personal details are not disclosed.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import SupportProvided
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from contracts.vocabulary.parts import Part
from stafett.sample_cases.reading import knows_nothing, reads
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=6)
TOLD_THE_NGO = "Is afraid of the man who drives her."
QUESTION = "What can be offered to a person who wants no contact with an authority?"


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.MOVEMENT_CONTROLLED, Indicator.THREATS),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.UNKNOWN,
        region="01",
        municipality="0180",
        language="es",
        interpreter_needed=True,
        note=TOLD_THE_NGO,
    )
    case.says("ngo", ConsentRefused, purposes=(Purpose.INVESTIGATION, Purpose.SUPPORT))
    case.says("ngo", HelpDeclined, services=(Service.SAFE_ACCOMMODATION,))
    for recipient, purpose in (("police", Purpose.INVESTIGATION), ("municipality", Purpose.SUPPORT)):
        case.is_refused(
            "ngo", CaseReferred, rule="R3", recipient=recipient, purposes=(purpose,), respond_by=case.in_time()
        )
    case.says(
        "ngo",
        SupportProvided,
        service=Service.COUNSELLING,
        emergency=True,
        starts_on=case.today,
        ends_on=case.today,
    )
    asked = case.says("ngo", ConsultationRequested, topic=Topic.SUPPORT, question=QUESTION)
    reads(case, "coordinator", Part.SUPPORT, Part.DIALOGUE, texts=(QUESTION,))
    case.says("coordinator", AdviceGiven, consultation_id=asked, advice="Meet her again; an NGO needs no authority.")
    case.wait(days=2)
    reads(case, "ngo", Part.SUPPORT, Part.INTEGRATION, Part.STAY, Part.DIALOGUE, texts=(TOLD_THE_NGO,))
    for agency in ("police", "municipality", "migration"):
        knows_nothing(case, agency)
