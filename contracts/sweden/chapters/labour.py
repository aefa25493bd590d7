"""Labour: the police, the Work Environment Authority and the Tax Agency inspect a workplace together (R21)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.offers import lacking_consent
from contracts.law.rule import (
    CONSENT_LIFTS_SECRECY,
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.labour import Inspection
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import AgencyId, AgencyKind, is_named_as, kinds
from contracts.vocabulary.choices import Purpose
from contracts.vocabulary.codes import MunicipalityCode
from contracts.vocabulary.parts import Part

INSPECTORS: Final = kinds(AgencyKind.POLICE, AgencyKind.LABOUR_INSPECTORATE, AgencyKind.TAX)


class Industry(StrEnum):
    """Where people are exploited at work."""

    CONSTRUCTION = "construction"
    CLEANING = "cleaning"
    RESTAURANTS_AND_HOTELS = "restaurants-and-hotels"
    AGRICULTURE_AND_FORESTRY = "agriculture-and-forestry"
    BERRY_PICKING = "berry-picking"
    BEAUTY_AND_MASSAGE = "beauty-and-massage"
    TRANSPORT = "transport"
    VEHICLE_SERVICES = "vehicle-services"
    DOMESTIC_WORK = "domestic-work"
    OTHER = "other"


class Finding(StrEnum):
    """What an inspecting agency found."""

    NO_IRREGULARITY = "no-irregularity"
    WAGES_WITHHELD_OR_TOO_LOW = "wages-withheld-or-too-low"
    UNDECLARED_WORK = "undeclared-work"
    NO_RIGHT_TO_WORK = "no-right-to-work"
    EXCESSIVE_HOURS = "excessive-hours"
    UNSAFE_WORK_ENVIRONMENT = "unsafe-work-environment"
    LIVING_AT_WORKPLACE = "living-at-workplace"
    DOCUMENTS_WITHHELD = "documents-withheld"
    DEBTS_OR_FEES = "debts-or-fees"
    SIGNS_OF_TRAFFICKING = "signs-of-trafficking"
    OTHER = "other"


class LabourInspectionRequested(
    CaseEvent,
    chapter=Chapter.LABOUR,
    issuers=INSPECTORS,
    part=Part.INSPECTION,
    details=("industry", "planned_on", "municipality", "note"),
):
    """An authority asks the others to inspect a workplace with it; they take part in the case from now on."""

    partners: Annotated[tuple[AgencyId, ...], Field(min_length=1, max_length=5)]
    industry: Industry
    planned_on: Day
    municipality: MunicipalityCode | None = None
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-11T09:00:00Z",
        "partners": ["labour-inspectorate", "tax"],
        "industry": "construction",
        "planned_on": "2024-03-19",
        "municipality": "0180",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return dict.fromkeys(self.partners, INSPECTORS)


class LabourInspectionReported(
    CaseEvent, chapter=Chapter.LABOUR, issuers=INSPECTORS, part=Part.INSPECTION, details=("findings", "note")
):
    """One of the inspecting authorities says what it found; the inspection is complete when all have."""

    inspection_id: EventId
    inspected_on: Day
    findings: Annotated[tuple[Finding, ...], Field(min_length=1, max_length=11)]
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-21T14:00:00Z",
        "inspection_id": "018e0a00-0000-7000-8000-000000000042",
        "inspected_on": "2024-03-19",
        "findings": ["documents-withheld", "undeclared-work", "signs-of-trafficking"],
    }


@evolves(LabourInspectionRequested)
def labour_inspection_requested(case: CaseView, event: LabourInspectionRequested, by: Provenance) -> CaseView:
    inspection = Inspection(id=by.event_id, requested_by=by.agency, partners=event.partners)
    return case.joined(*event.partners, participation=Participation.INSPECTS, since=event.occurred_at).advanced(
        inspections=(*case.inspections, inspection),
    )


@evolves(LabourInspectionReported)
def labour_inspection_reported(case: CaseView, event: LabourInspectionReported, by: Provenance) -> CaseView:
    inspection = with_id(case.inspections, event.inspection_id)
    reported_by = (*(inspection.reported_by if inspection else ()), by.agency)
    return case.advanced(inspections=replaced(case.inspections, event.inspection_id, reported_by=reported_by))


_JOINT: Final = (
    "Sweden: coordination and a (trans)national referral mechanism: “Development of multidisciplinary labour "
    "inspections with the Working Environment Agency, the Police and the Tax Authority.”"
)

three_authorities_inspect = mandate(
    "R21",
    LabourInspectionRequested,
    LabourInspectionReported,
    en="The police, the Work Environment Authority and the Tax Agency request and report joint inspections.",
    sv="Polisen, Arbetsmiljöverket och Skatteverket begär och rapporterar gemensamma inspektioner.",
    source=_JOINT,
)


@rule(
    "R21",
    LabourInspectionRequested,
    en="A joint inspection is made with other inspecting authorities.",
    sv="En gemensam inspektion görs tillsammans med andra inspekterande myndigheter.",
    source=_JOINT,
)
def inspection_is_joint(case: CaseView, event: LabourInspectionRequested, by: Provenance) -> Missing | None:
    strangers = [
        partner
        for partner in event.partners
        if partner == by.agency or not any(is_named_as(partner, kind) for kind in INSPECTORS)
    ]
    if not strangers and len(set(event.partners)) == len(event.partners):
        return None
    return missing(
        "The partners are not other inspecting authorities, each named once.",
        "Parterna är inte andra inspekterande myndigheter, var och en angiven en gång.",
        *sorted(INSPECTORS),
    )


@rule(
    "R3",
    LabourInspectionRequested,
    en="A joint inspection brings the case to an authority that does not take part in it only with consent for that.",
    sv="En gemensam inspektion för ärendet till en myndighet som inte deltar endast med samtycke till det.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “With the victim's consent, s/he may be referred to the relevant state agency "
    f"or NGO”. {CONSENT_LIFTS_SECRECY}",
)
def victim_consents_to_inspection(case: CaseView, event: LabourInspectionRequested, by: Provenance) -> Missing | None:
    newcomers = (partner for partner in event.partners if not case.takes_part(partner))
    obstacles = (lacking_consent(case, new, (Purpose.LABOUR_INSPECTION,), event.occurred_on) for new in newcomers)
    return next((obstacle for obstacle in obstacles if obstacle is not None), None)


@rule(
    "R21",
    LabourInspectionReported,
    en="Each inspecting authority reports once on an inspection that was requested, after the day of it.",
    sv="Varje inspekterande myndighet rapporterar en gång om en begärd inspektion, när den har gjorts.",
    source=f"{NOT_IN_THE_SOURCES}: the joint inspection is complete when everyone has said what they found.",
)
def each_reports_once(case: CaseView, event: LabourInspectionReported, by: Provenance) -> Missing | None:
    inspection = with_id(case.inspections, event.inspection_id)
    if inspection is None or by.agency not in inspection.inspectors:
        return missing(
            f"{by.agency} takes part in no such inspection.",
            f"{by.agency} deltar inte i någon sådan inspektion.",
            *sorted(INSPECTORS),
        )
    if by.agency in inspection.reported_by:
        return missing(f"{by.agency} has already reported.", f"{by.agency} har redan rapporterat.")
    if event.inspected_on > event.occurred_on:
        return missing("The inspection has not been made.", "Inspektionen har inte gjorts.", by.agency)
    return None
