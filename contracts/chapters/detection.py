"""Detection: somebody is presumed to be a victim, and a case begins.

Any agency may detect. A detection needs neither consent nor personal details (R1).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example, Text
from contracts.event.upcasting import PUBLICATIONS, Data
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.identification import Identification
from contracts.view.parts.participants import Participation
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import ANY_AGENCY
from contracts.vocabulary.choices import AgeBand, ExploitationForm, ResidenceSituation
from contracts.vocabulary.codes import Language, MunicipalityCode, RegionCode
from contracts.vocabulary.parts import Part


class Indicator(StrEnum):
    """What the detecting professional saw or was told."""

    MOVEMENT_CONTROLLED = "movement-controlled"
    DOCUMENTS_WITHHELD = "documents-withheld"
    DEBT_BONDAGE = "debt-bondage"
    WAGES_WITHHELD = "wages-withheld"
    DECEIVED_ABOUT_WORK = "deceived-about-work"
    THREATS = "threats"
    VIOLENCE = "violence"
    ISOLATION = "isolation"
    LIVES_AT_WORKPLACE = "lives-at-workplace"
    OTHERS_SPEAK_FOR_THE_PERSON = "others-speak-for-the-person"
    SIGNS_OF_CONTROL = "signs-of-control"
    UNACCOMPANIED_MINOR = "unaccompanied-minor"
    SELF_REPORTED = "self-reported"
    OTHER = "other"


class VictimDetected(
    CaseEvent, chapter=Chapter.DETECTION, issuers=ANY_AGENCY, version=2, part=Part.SUPPORT, details=("note",)
):
    """A person is presumed to be a victim of trafficking. Opens the case; the detecting agency leads it."""

    exploitation_forms: Annotated[tuple[ExploitationForm, ...], Field(min_length=1, max_length=9)]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=14)]
    age_band: AgeBand
    residence: ResidenceSituation
    region: RegionCode
    municipality: MunicipalityCode | None = None
    language: Language
    interpreter_needed: bool
    immediate_danger: bool = False
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T09:30:00Z",
        "exploitation_forms": ["labour"],
        "indicators": ["documents-withheld", "wages-withheld"],
        "age_band": "adult",
        "residence": "irregular",
        "region": "01",
        "municipality": "0180",
        "language": "ro",
        "interpreter_needed": True,
        "immediate_danger": False,
    }

    @model_validator(mode="after")
    def _municipality_lies_in_region(self) -> Self:
        if self.municipality is not None and not self.municipality.startswith(self.region):
            raise ValueError("the municipality does not lie in the region")
        return self


_FORMS_OF_VERSION_1: Final = (
    ExploitationForm.SEXUAL,
    ExploitationForm.LABOUR,
    ExploitationForm.FORCED_BEGGING,
    ExploitationForm.FORCED_CRIMINALITY,
    ExploitationForm.ORGAN_REMOVAL,
    ExploitationForm.OTHER,
)


def with_forms_of_version_1(data: Data) -> Data:
    """The data of an event of version 1, whose list of forms was shorter.

    Data that version 1 did not allow stays as unreadable as it was: it loses its forms, and every version asks for one.
    """
    forms = data.get("exploitation_forms")
    if isinstance(forms, list) and len(forms) <= 6 and all(form in _FORMS_OF_VERSION_1 for form in forms):
        return data
    return {**data, "exploitation_forms": []}


PUBLICATIONS.upcasts("se.nrm.VictimDetected.v1")(with_forms_of_version_1)


@evolves(VictimDetected)
def victim_detected(case: CaseView, event: VictimDetected, by: Provenance) -> CaseView:
    return case.joined(by.agency, participation=Participation.OPENED, since=event.occurred_at).advanced(
        status=CaseStatus.OPEN,
        opened_by=by.agency,
        lead=by.agency,
        identification=Identification.PRESUMED,
        exploitation_forms=event.exploitation_forms,
        age_band=event.age_band,
        unaccompanied=Indicator.UNACCOMPANIED_MINOR in event.indicators,
        immediate_danger=event.immediate_danger,
        residence=event.residence,
        region=event.region,
        municipality=event.municipality,
        language=event.language,
        interpreter_needed=event.interpreter_needed,
    )


_SOURCE = (
    f"{REFERRAL_AND_ASSISTANCE}: “Anyone can detect a victim of human trafficking in Sweden.” Directive 2011/36/EU, "
    "article 11(4), on identifying victims early."
)

anyone_may_detect = mandate(
    "R1",
    VictimDetected,
    en="Any agency may detect a presumed victim; an auditor issues nothing.",
    sv="Alla aktörer får upptäcka ett förmodat offer; en granskare registrerar ingenting.",
    source=_SOURCE,
)


@rule(
    "R1",
    CaseEvent,
    en="Anyone may detect; a case begins with its detection, once.",
    sv="Vem som helst får upptäcka; ett ärende börjar med upptäckten, en gång.",
    source=_SOURCE,
)
def case_begins_with_detection(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    if (case.status is CaseStatus.UNOPENED) == isinstance(event, VictimDetected):
        return None
    if isinstance(event, VictimDetected):
        return missing("The case is already open.", "Ärendet är redan öppnat.")
    return missing(
        "The case has not been opened by a detection.", "Ärendet har inte öppnats genom en upptäckt.", "any agency"
    )
