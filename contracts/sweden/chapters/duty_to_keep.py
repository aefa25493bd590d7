"""The duties of Swedish authorities to keep their own records when a case is erased (R31).

The record of a decision is a public record, and the file of the social services and the record of a patient are kept by
acts of their own. Article 17(3) of the General Data Protection Regulation lets such a duty stand against an erasure.
"""

from __future__ import annotations

from typing import Final

from contracts.calendar.days import swedish_day
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import ChildConcernAssessed
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.event.case_event import Provenance
from contracts.law.keeping import DutyToKeep
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.appeals import AppealDecided
from contracts.sweden.chapters.asylum import AsylumDecided
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded
from contracts.sweden.chapters.child_safeguards import BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.compensation import CompensationDecided
from contracts.sweden.chapters.guardians import GuardianDischarged
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.interviews import NonPunishmentConsidered
from contracts.sweden.chapters.labour import LabourInspectionReported
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.trial import ChargeBrought, JudgmentGiven
from contracts.sweden.chapters.voluntary_return import ReturnCountersigned
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.erasure import ErasureScope, KeepingGround
from contracts.vocabulary.agencies import AUTHORITIES, AgencyKind, kinds
from contracts.vocabulary.wording import Wording

_GDPR: Final = "General Data Protection Regulation (EU) 2016/679, article 17(3)(b) and (d)"

DUTIES: Final = (
    DutyToKeep(
        KeepingGround.PUBLIC_RECORDS,
        AUTHORITIES,
        (
            *(InvestigationOpened, InvestigationClosed, NonPunishmentConsidered, ChargeBrought, JudgmentGiven),
            *(ReflectionPeriodRequested, ReflectionPeriodGranted, ReflectionPeriodRefused, ReflectionPeriodEnded),
            *(ResidencePermitRequested, ResidencePermitGranted, ResidencePermitRefused, ResidencePermitEnded),
            *(AsylumDecided, PermanentResidenceGranted, WorkPermitGranted, AppealDecided),
            *(ReimbursementClaimed, ReimbursementDecided, CompensationDecided, LabourInspectionReported),
            *(GuardianAppointed, GuardianDischarged, ReturnCountersigned),
        ),
        10,
        Wording("the Archives Act", "arkivlagen"),
        f"Archives Act (1990:782), sections 3 and 10; {_GDPR} ({TO_BE_CHECKED}).",
    ),
    DutyToKeep(
        KeepingGround.SOCIAL_SERVICES_FILE,
        kinds(AgencyKind.MUNICIPALITY),
        (
            *(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided),
            *(ChildConcernAssessed, ChildInquiryConcluded, BestInterestsAssessed),
        ),
        5,
        Wording("the Social Services Act", "socialtjänstlagen"),
        "Social Services Act (2001:453), chapter 11, section 5, and chapter 12, section 1, and from 1 July 2025 Social "
        f"Services Act (2025:400); {_GDPR} ({TO_BE_CHECKED}).",
    ),
    DutyToKeep(
        KeepingGround.PATIENT_RECORD,
        kinds(AgencyKind.REGION),
        (NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided),
        10,
        Wording("the Patient Data Act", "patientdatalagen"),
        f"Patient Data Act (2008:355), chapter 3, sections 1 and 17; {_GDPR} ({TO_BE_CHECKED}).",
    ),
)
"""The duties, each with the agencies that it obliges and the records of their own that it has them keep."""

_SOURCE: Final = f"{NOT_IN_THE_SOURCES}: {' '.join(duty.source for duty in DUTIES)}"


def duties_of(kind: AgencyKind) -> tuple[DutyToKeep, ...]:
    """The duties of agencies of a kind."""
    return tuple(duty for duty in DUTIES if kind in duty.kinds)


authorities_object = mandate(
    "R31",
    ErasureObjected,
    en="An authority objects to an erasure where an act obliges it to keep records of its own; nobody else does.",
    sv="En myndighet invänder mot en radering när en lag ålägger den att bevara egna handlingar; ingen annan gör det.",
    source=_SOURCE,
)


@rule(
    "R31",
    ErasureObjected,
    en="A holder objects to the erasure of a case, before it confirms it, and once on each ground.",
    sv="En innehavare invänder mot att ett ärende raderas, innan den bekräftar det, och en gång på varje grund.",
    source=_SOURCE,
)
def holder_objects_before_it_confirms(case: CaseView, event: ErasureObjected, by: Provenance) -> Missing | None:
    erasure = with_id(case.erasures, event.request_id)
    if erasure is None or erasure.scope is not ErasureScope.CASE:
        return missing(
            "No erasure of the whole case is asked for under that id.",
            "Ingen radering av hela ärendet har begärts med det id:t.",
            "the lead agency",
        )
    if by.agency in erasure.confirmed_by:
        return missing(f"{by.agency} has already confirmed.", f"{by.agency} har redan bekräftat.", by.agency)
    if any((each.agency, each.ground) == (by.agency, event.ground) for each in erasure.objections):
        return missing(
            f"{by.agency} has already objected on this ground.",
            f"{by.agency} har redan invänt på den grunden.",
            by.agency,
        )
    return None


@rule(
    "R31",
    ErasureObjected,
    en="What is kept is a kind of record that the act names for that authority, and no longer than the act lets it.",
    sv="Det som bevaras är ett slags handling som lagen anger för den myndigheten, och inte längre än lagen medger.",
    source=_SOURCE,
)
def the_act_covers_what_is_kept(case: CaseView, event: ErasureObjected, by: Provenance) -> Missing | None:
    duty = next((duty for duty in duties_of(by.kind) if duty.ground is event.ground), None)
    if duty is None:
        return missing(
            f"That ground is not one of an agency of the kind {by.kind}.",
            f"Den grunden gäller inte en aktör av slaget {by.kind}.",
            by.agency,
        )
    if beyond := sorted(set(event.keeps) - duty.names):
        return missing(
            f"The act obliges nobody to keep: {', '.join(beyond)}.",
            f"Lagen ålägger ingen att bevara: {', '.join(beyond)}.",
            by.agency,
        )
    if not event.occurred_on <= event.until <= duty.last_day(swedish_day(by.recorded_at)):
        return missing(
            f"The act lets it be kept for at most {duty.years} years.",
            f"Lagen medger att det bevaras i högst {duty.years} år.",
            by.agency,
        )
    return None
