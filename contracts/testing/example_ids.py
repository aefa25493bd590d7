"""The order of the canonical case, and the ids of its events.

The canonical examples fit together: they refer to each other by the ids here. In this order they are one lawful case.
"""

from __future__ import annotations

from typing import Final

from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import (
    ChildAssessmentOverdue,
    ChildConcernAssessed,
    ChildConcernReported,
    CustodianTraced,
)
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentExpired, ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
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
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.guardians import GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.interviews import InterviewHeld, InterviewPlanned, NonPunishmentConsidered
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, TrialScheduled
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRequested
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION, AgencyId

NGO: Final = "ngo-fyren"

MUNICIPALITY: Final = "municipality-0180"

POLICE: Final = "police"

CASE_ID: Final = "018e0a00-0000-7000-8000-000000000000"


def event_id(number: int) -> str:
    """The id of the event with this number in the canonical case, counted from 1."""
    return f"018e0a00-0000-7000-8000-{number:012d}"


CANONICAL_ORDER: Final[tuple[tuple[type[CaseEvent], AgencyId], ...]] = (
    (VictimDetected, NGO),
    (ConsultationRequested, NGO),
    (AdviceGiven, COORDINATOR),
    (ConsentGiven, NGO),
    (CaseReferred, NGO),
    (ReferralAccepted, MUNICIPALITY),
    (CaseReferred, NGO),
    (InvestigationOpened, POLICE),
    (ReflectionPeriodRequested, POLICE),
    (ReflectionPeriodGranted, MIGRATION),
    (NeedsAssessed, MUNICIPALITY),
    (SupportPlanDrafted, MUNICIPALITY),
    (SupportProvided, MUNICIPALITY),
    (ReimbursementClaimed, MUNICIPALITY),
    (ReimbursementDecided, MIGRATION),
    (ReturnRequested, MUNICIPALITY),
    (ReturnCountersigned, COORDINATOR),
    (ReturnApproved, IOM),
    (TravelArranged, IOM),
    (Returned, IOM),
    (ReintegrationProvided, IOM),
    (InvestigationClosed, POLICE),
    (ConsentWithdrawn, NGO),
    (CaseClosed, NGO),
    (CaseReopened, MUNICIPALITY),
)

BESIDE_IT: Final[dict[int, type[CaseEvent]]] = {
    26: LeadHandedOver,
    27: ReferralExpired,
    28: ReflectionPeriodEnded,
    29: ResidencePermitRequested,
    30: ResidencePermitGranted,
    32: ResidencePermitEnded,
    33: AsylumClaimed,
    34: AsylumDecided,
    35: PermanentResidenceGranted,
    36: WorkPermitGranted,
    37: SupportPlanRevised,
    38: ChildConcernReported,
    39: ChildConcernAssessed,
    40: ChildAssessmentOverdue,
    41: CustodianTraced,
    42: LabourInspectionRequested,
    43: LabourInspectionReported,
    44: TransnationalReferralOffered,
    45: TransnationalReferralAccepted,
    47: IntegrationPlanDrafted,
    48: IntegrationServiceProvided,
    49: ConsentExpired,
    50: DeadlineReminded,
    51: PersonalDetailsRecorded,
    52: PersonalDetailsRead,
    53: ErasureRequested,
    54: ErasureConfirmed,
    71: ReferralOutcomeReported,
    72: OfferQuestionAsked,
    73: OfferQuestionAnswered,
    74: CouldNotReach,
    75: ReferralHandedBack,
    76: NoReferralPossible,
    77: StatisticalFactsRecorded,
    78: PoliceAlerted,
    79: PoliceAlertAnswered,
    81: CounselAppointed,
    82: InterviewPlanned,
    83: InterviewHeld,
    84: NonPunishmentConsidered,
    85: ChargeBrought,
    86: DamagesClaimed,
    87: TrialScheduled,
    88: JudgmentGiven,
    89: CompensationClaimed,
    90: CompensationDecided,
    91: GuardianAppointed,
    92: AppealLodged,
    93: AppealDecided,
    94: GuardianRequested,
    95: GuardianDischarged,
    96: ChildInquiryConcluded,
    97: SafetyPlanMade,
    98: AnswerOverdue,
    110: ErasureObjected,
    111: ReceiptHandedOver,
    112: ReceiptShown,
    130: ExternalReferralMade,
    131: ExternalReferralAnswered,
    132: AssistanceDecided,
    133: BenefitAppealLodged,
    134: BenefitAppealDecided,
    135: InterimOrderMade,
}
"""The events that the canonical case leaves out, and the number of each one's example."""

EXAMPLE_IDS: Final = {
    **{event: event_id(n) for n, event in BESIDE_IT.items()},
    **{event: event_id(n) for n, (event, _) in reversed(list(enumerate(CANONICAL_ORDER, start=1)))},
}
"""The id of each event's canonical example: from its first place in the canonical case, or from `BESIDE_IT`."""
