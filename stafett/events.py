"""Every event that an agency may issue, by name. Each class has its fields, its JSON Schema and a canonical example.

>>> from stafett import events
>>> events.VictimDetected.type_name()
'se.nrm.VictimDetected.v2'
>>> events.VictimDetected.example["residence"]
'irregular'

An event is a pydantic model: its fields are its arguments, and it refuses values that do not fit. Moments have a zone
and are kept in UTC; days are Swedish days.

>>> detected = events.VictimDetected.canonical()
>>> detected.occurred_at.isoformat(), detected.occurred_on.isoformat()
('2024-03-04T09:30:00+00:00', '2024-03-04')
>>> events.VictimDetected.model_validate_json('{"age_band": "old"}')  # doctest: +ELLIPSIS
Traceback (most recent call last):
    ...
pydantic_core._pydantic_core.ValidationError: ... validation errors for VictimDetected
...
"""

from __future__ import annotations

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
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, ConsultationUnanswered
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.chapters.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    CapacityAnnounced,
    DelegateNamed,
    DirectoryEvent,
    ProviderCertified,
    TrainingHeld,
)
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
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.interviews import InterviewHeld, InterviewPlanned, NonPunishmentConsidered
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
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
from contracts.sweden.chapters.return_choice import ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, TrialScheduled
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefused,
    ReturnRequested,
)

__all__ = [
    "AdviceGiven",
    "AgeAssessed",
    "AgencyAdmitted",
    "AgencyDutiesChanged",
    "AgencyKeyRotated",
    "AgencySuspended",
    "AnswerOverdue",
    "AppealDecided",
    "AppealLodged",
    "AssistanceDecided",
    "AsylumClaimed",
    "AsylumDecided",
    "BenefitAppealDecided",
    "BenefitAppealLodged",
    "BestInterestsAssessed",
    "CapacityAnnounced",
    "CaseClosed",
    "CaseEvent",
    "CaseReferred",
    "CaseReopened",
    "ChargeBrought",
    "ChildAssessmentOverdue",
    "ChildConcernAssessed",
    "ChildConcernReported",
    "ChildInquiryConcluded",
    "CompensationClaimed",
    "CompensationDecided",
    "ConsentExpired",
    "ConsentGiven",
    "ConsentRefused",
    "ConsentWithdrawn",
    "ConsultationRequested",
    "ConsultationUnanswered",
    "CouldNotReach",
    "CounselAppointed",
    "CustodianTraced",
    "DamagesClaimed",
    "DeadlineReminded",
    "DelegateNamed",
    "DirectoryEvent",
    "ErasureConfirmed",
    "ErasureObjected",
    "ErasureRequested",
    "ExternalReferralAnswered",
    "ExternalReferralMade",
    "GuardianAppointed",
    "GuardianDischarged",
    "GuardianRequested",
    "HelpDeclined",
    "IntegrationPlanDrafted",
    "IntegrationServiceProvided",
    "InterimOrderMade",
    "InterviewHeld",
    "InterviewPlanned",
    "InvestigationClosed",
    "InvestigationOpened",
    "JudgmentGiven",
    "LabourInspectionReported",
    "LabourInspectionRequested",
    "LeadHandedOver",
    "NeedsAssessed",
    "NoReferralPossible",
    "NonPunishmentConsidered",
    "OfferQuestionAnswered",
    "OfferQuestionAsked",
    "PermanentResidenceGranted",
    "PersonalDetailsRead",
    "PersonalDetailsRecorded",
    "PoliceAlertAnswered",
    "PoliceAlerted",
    "ProviderCertified",
    "ReceiptHandedOver",
    "ReceiptShown",
    "ReceptionConfirmed",
    "ReferralAccepted",
    "ReferralDeclined",
    "ReferralExpired",
    "ReferralHandedBack",
    "ReferralOutcomeReported",
    "ReferralWithdrawn",
    "ReflectionPeriodEnded",
    "ReflectionPeriodGranted",
    "ReflectionPeriodRefused",
    "ReflectionPeriodRequested",
    "ReimbursementClaimed",
    "ReimbursementDecided",
    "ReintegrationProvided",
    "ResidencePermitEnded",
    "ResidencePermitGranted",
    "ResidencePermitRefused",
    "ResidencePermitRequested",
    "ReturnApproved",
    "ReturnChosen",
    "ReturnCountersigned",
    "ReturnRefused",
    "ReturnRequested",
    "Returned",
    "SafetyPlanMade",
    "StatisticalFactsRecorded",
    "SupportPlanDrafted",
    "SupportPlanRevised",
    "SupportProvided",
    "TrainingHeld",
    "TransnationalReferralAccepted",
    "TransnationalReferralDeclined",
    "TransnationalReferralOffered",
    "TravelArranged",
    "TrialScheduled",
    "VictimDetected",
    "WorkPermitGranted",
]
