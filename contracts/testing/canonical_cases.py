"""Lawful cases made of the canonical examples: one from detection to the journey home, and cases that branch off it.

It is a list, so it has over 250 lines.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised
from contracts.chapters.child_protection import (
    ChildAssessmentOverdue,
    ChildConcernAssessed,
    ChildConcernReported,
    CustodianTraced,
)
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentExpired, ConsentGiven
from contracts.chapters.consultation import ConsultationUnanswered
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.chapters.transnational import TransnationalReferralAccepted, TransnationalReferralOffered
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.acute_danger import PoliceAlertAnswered, PoliceAlerted
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided
from contracts.sweden.chapters.awaited_answers import AnswerOverdue
from contracts.sweden.chapters.benefit_appeals import AssistanceDecided, BenefitAppealDecided, BenefitAppealLodged
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded
from contracts.sweden.chapters.child_safeguards import AgeAssessed, BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.guardians import GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.interviews import InterviewHeld, InterviewPlanned, NonPunishmentConsidered
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded, ReflectionPeriodRequested
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.return_choice import ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import Returned, TravelArranged
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, TrialScheduled
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRequested
from contracts.testing.example_ids import CANONICAL_ORDER, MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import COORDINATOR, CRIME_VICTIM_AUTHORITY, IOM, MIGRATION, AgencyId

_TO_THE_POLICE: Final = issued(
    CaseReferred, NGO, id=event_id(7), recipient=POLICE, purposes=["investigation"], services=[]
)

CANONICAL_CASE: Final = tuple(
    _TO_THE_POLICE if n == 7 else issued(event, by) for n, (event, by) in enumerate(CANONICAL_ORDER, start=1)
)
"""One lawful case made of the canonical examples; only its second referral, to the police, differs from its example."""


def canonical_until(event: type[CaseEvent]) -> tuple[Issued, ...]:
    """The events of the canonical case before its first event of this type.

        >>> from stafett.events import VictimDetected
        >>> canonical_until(VictimDetected)
        ()

    Raises StopIteration when the canonical case has no event of this type.
    """
    return CANONICAL_CASE[: next(n for n, (each, _) in enumerate(CANONICAL_ORDER) if each is event)]


FOREIGN_PARTNER: Final = "foreign-partner-ro"

_CONSENT_ABROAD: Final = issued(
    ConsentGiven, MUNICIPALITY, id=event_id(101), recipients=[FOREIGN_PARTNER], purposes=["safe-return"]
)

_CONSENT_TO_INSPECTION: Final = issued(
    ConsentGiven, NGO, id=event_id(101), recipients=["labour-inspectorate", "tax"], purposes=["labour-inspection"]
)

_CHILD: Final = issued(VictimDetected, NGO, age_band="minor", indicators=["unaccompanied-minor"])

SINCE_2026: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""A moment since the rules of SE-2024-04 are adopted: a fact that is recorded then is judged by them."""


def since_2026(event: type[CaseEvent], by: AgencyId, *, id: str | None = None, **changes: object) -> Issued:
    """An event as `issued` makes it, but recorded when the rules of SE-2024-04 judge it."""
    return issued(event, by, id=id, kind=None, recorded_at=SINCE_2026, **changes)


_CHILD_TO_RETURN: Final = (
    _CHILD,
    issued(ChildConcernReported, NGO),
    issued(ChildConcernAssessed, MUNICIPALITY),
    issued(NeedsAssessed, MUNICIPALITY, occurred_at="2026-11-30T09:00:00Z"),
    since_2026(HelpDeclined, NGO),
    since_2026(ConsentRefused, NGO),
    since_2026(AgeAssessed, NGO),
    since_2026(GuardianRequested, MUNICIPALITY),
    since_2026(GuardianAppointed, MUNICIPALITY),
    issued(SupportPlanDrafted, MUNICIPALITY),
    since_2026(BestInterestsAssessed, MUNICIPALITY),
    since_2026(ReturnChosen, MUNICIPALITY),
    since_2026(SafetyPlanMade, MUNICIPALITY, review_on="2026-12-31"),
    since_2026(ReturnRequested, MUNICIPALITY),
    since_2026(ReturnCountersigned, COORDINATOR),
    since_2026(ReceptionConfirmed, COORDINATOR),
    since_2026(ReturnApproved, IOM),
    since_2026(TravelArranged, IOM),
    since_2026(Returned, IOM),
)

_FIRST_FIVE: Final = CANONICAL_CASE[:5]

_REFLECTING: Final = CANONICAL_CASE[:13]

_ASYLUM_SEEKER: Final = (*_REFLECTING, issued(AsylumClaimed, NGO))

_PERMIT: Final = (
    *_REFLECTING,
    issued(ResidencePermitRequested, POLICE),
    issued(ResidencePermitGranted, MIGRATION),
)

_WITH_PERSONAL_DETAILS: Final = (
    *CANONICAL_CASE[:5],
    issued(PersonalDetailsRecorded, NGO),
    issued(ReferralAccepted, MUNICIPALITY),
    issued(PersonalDetailsRead, MUNICIPALITY),
)

_OFFERED_TODAY: Final = (
    issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z"),
    issued(ConsentGiven, NGO, occurred_at="2026-12-01T13:00:00Z", valid_until="2027-06-01"),
    issued(CaseReferred, NGO, occurred_at="2026-12-01T13:30:00Z", respond_by="2026-12-03T15:00:00Z"),
)

COUNSEL: Final = "legal-counsel-lagerlof"
PROSECUTOR: Final = "prosecutor"
COURT: Final = "court-stockholm"

_TO_COURT: Final = (
    *CANONICAL_CASE[:13],
    issued(
        ConsentGiven,
        NGO,
        id=event_id(101),
        recipients=[PROSECUTOR, COUNSEL, CRIME_VICTIM_AUTHORITY],
        purposes=["investigation"],
        valid_until="2027-12-31",
    ),
    issued(CaseReferred, NGO, id=event_id(102), recipient=PROSECUTOR, purposes=["investigation"], services=[]),
    issued(CaseReferred, NGO, id=event_id(103), recipient=COUNSEL, purposes=["investigation"], services=[]),
    issued(ReferralAccepted, PROSECUTOR, id=event_id(104), offer_id=event_id(102), services=[]),
    issued(ReferralAccepted, COUNSEL, id=event_id(105), offer_id=event_id(103), services=[]),
    since_2026(CounselAppointed, POLICE),
    since_2026(InterviewPlanned, POLICE),
    since_2026(InterviewHeld, POLICE),
    since_2026(NonPunishmentConsidered, PROSECUTOR),
    since_2026(ChargeBrought, PROSECUTOR),
    since_2026(DamagesClaimed, COUNSEL),
    since_2026(TrialScheduled, COURT),
    since_2026(JudgmentGiven, COURT),
    since_2026(CompensationClaimed, COUNSEL),
    since_2026(CompensationDecided, CRIME_VICTIM_AUTHORITY),
)

OTHER_CASES: Final[dict[str, tuple[Issued, ...]]] = {
    "the municipality takes the lead": (*CANONICAL_CASE[:6], issued(LeadHandedOver, NGO)),
    "personal details are recorded, read and erased": (
        *_WITH_PERSONAL_DETAILS,
        issued(ErasureRequested, NGO, scope="personal-details"),
        issued(ErasureConfirmed, MUNICIPALITY),
        issued(NeedsAssessed, MUNICIPALITY, id=event_id(201)),
    ),
    "a case is erased": (
        *_WITH_PERSONAL_DETAILS,
        issued(ErasureRequested, NGO),
        *(
            issued(ErasureConfirmed, holder, id=event_id(201 + n))
            for n, holder in enumerate((NGO, MUNICIPALITY, COORDINATOR))
        ),
    ),
    "a receipt is shown": (
        *_FIRST_FIVE[:4],
        issued(ReceiptHandedOver, NGO),
        issued(ReceiptShown, POLICE),
    ),
    "a holder keeps its own": (
        *_WITH_PERSONAL_DETAILS,
        issued(ErasureRequested, NGO, occurred_at="2026-12-02T09:00:00Z"),
        issued(ErasureObjected, MUNICIPALITY),
        issued(ErasureConfirmed, MUNICIPALITY, id=event_id(201), occurred_at="2026-12-02T09:00:05Z"),
    ),
    "nobody answers": (*_FIRST_FIVE, issued(ReferralExpired, COORDINATOR)),
    "consent runs out": (*_FIRST_FIVE[:4], issued(ConsentExpired, COORDINATOR)),
    "the reflection period runs out": (
        *_REFLECTING,
        issued(DeadlineReminded, COORDINATOR),
        issued(SupportPlanRevised, MUNICIPALITY),
        issued(ReflectionPeriodEnded, COORDINATOR),
    ),
    "a permit, and its end": (*_PERMIT, issued(ResidencePermitEnded, COORDINATOR)),
    "asylum": (*_ASYLUM_SEEKER, issued(AsylumDecided, MIGRATION)),
    "settled in Sweden": (
        *_PERMIT,
        issued(PermanentResidenceGranted, MIGRATION),
        issued(IntegrationPlanDrafted, MUNICIPALITY),
        issued(IntegrationServiceProvided, MUNICIPALITY),
    ),
    "a work permit": (
        *_PERMIT,
        issued(WorkPermitGranted, MIGRATION),
        issued(IntegrationPlanDrafted, MUNICIPALITY),
    ),
    "a child alone": (
        _CHILD,
        issued(ChildConcernReported, NGO),
        issued(ChildConcernAssessed, MUNICIPALITY),
        issued(CustodianTraced, MUNICIPALITY),
    ),
    "a child's guardian goes, and the inquiry ends": (
        _CHILD,
        issued(ChildConcernReported, NGO),
        since_2026(ChildConcernAssessed, MUNICIPALITY),
        since_2026(GuardianAppointed, MUNICIPALITY),
        since_2026(ChildInquiryConcluded, MUNICIPALITY),
        since_2026(GuardianDischarged, MUNICIPALITY),
    ),
    "a refusal is appealed": (
        *_ASYLUM_SEEKER,
        since_2026(AsylumDecided, MIGRATION, outcome="refused", permit_until=None),
        since_2026(AppealLodged, NGO),
        since_2026(AppealDecided, "court-migration"),
    ),
    "a removal is stayed": (
        *_ASYLUM_SEEKER,
        since_2026(AsylumDecided, MIGRATION, outcome="refused", permit_until=None),
        since_2026(AppealLodged, NGO, stays_removal=False),
        since_2026(InterimOrderMade, "court-migration"),
    ),
    "assistance is refused and appealed": (
        *CANONICAL_CASE[:6],
        issued(AssistanceDecided, MUNICIPALITY),
        issued(BenefitAppealLodged, NGO),
        issued(BenefitAppealDecided, "court-administrative"),
    ),
    "a decision that is late": (
        *CANONICAL_CASE[:8],
        since_2026(ReflectionPeriodRequested, POLICE),
        issued(AnswerOverdue, NGO),
    ),
    "a child whom nobody assesses in time": (
        _CHILD,
        issued(ChildConcernReported, NGO),
        issued(ChildAssessmentOverdue, COORDINATOR),
    ),
    "a question that nobody answers": (
        *CANONICAL_CASE[:2],
        issued(ConsultationUnanswered, COORDINATOR),
    ),
    "a joint inspection": (
        *CANONICAL_CASE[:8],
        _CONSENT_TO_INSPECTION,
        issued(LabourInspectionRequested, POLICE),
        *(
            issued(LabourInspectionReported, inspector, id=event_id(201 + n))
            for n, inspector in enumerate((POLICE, "labour-inspectorate", "tax"))
        ),
    ),
    "a referral to its end": (
        *_OFFERED_TODAY,
        issued(OfferQuestionAsked, MUNICIPALITY),
        issued(OfferQuestionAnswered, NGO),
        issued(ReferralAccepted, MUNICIPALITY, occurred_at="2026-12-02T08:20:00Z"),
        issued(CouldNotReach, MUNICIPALITY),
        issued(ReferralOutcomeReported, MUNICIPALITY),
        issued(ReferralHandedBack, MUNICIPALITY),
        issued(NoReferralPossible, NGO),
        issued(StatisticalFactsRecorded, NGO),
    ),
    "an agency outside the bus is asked": (
        issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z"),
        issued(
            ConsentGiven,
            NGO,
            occurred_at="2026-12-01T13:00:00Z",
            recipients=["municipality-1280"],
            valid_until="2027-06-01",
        ),
        issued(ExternalReferralMade, NGO),
        issued(ExternalReferralAnswered, NGO),
        issued(ReferralOutcomeReported, NGO, offer_id=event_id(130)),
    ),
    "acute danger": (
        *_OFFERED_TODAY[:1],
        issued(PoliceAlerted, NGO),
        issued(PoliceAlertAnswered, POLICE),
    ),
    "a child goes home": _CHILD_TO_RETURN,
    "the case in court": _TO_COURT,
    "home with another country's help": (
        *CANONICAL_CASE[:16],
        _CONSENT_ABROAD,
        issued(TransnationalReferralOffered, COORDINATOR),
        issued(TransnationalReferralAccepted, FOREIGN_PARTNER),
    ),
}
"""Lawful cases that branch off the canonical one, by name; they use the examples of the events that it leaves out."""
