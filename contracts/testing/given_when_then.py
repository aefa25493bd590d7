"""Given some events, when another is issued, then: how a test, or an agency's own, says what a case must do.

The canonical examples fit together. Each event's id here is the one that the other examples refer to, so that played in
the order of `CANONICAL_CASE` they are one lawful case, from detection to the way home.

    given(*CANONICAL_CASE[:5]).when(issued(ReferralAccepted, by="police")).then_refused("R19")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from pydantic_core import to_json

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
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.chapters.transnational import TransnationalReferralAccepted, TransnationalReferralOffered
from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.decider import decide, evolve
from contracts.law.rule import Refusal
from contracts.law.rulesets import ruleset_in_force
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.legal_status import (
    AsylumClaimed,
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence import AsylumDecided, PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.voluntary_return import (
    ReintegrationProvided,
    ReturnApproved,
    ReturnCountersigned,
    Returned,
    ReturnRequested,
    TravelArranged,
)
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION, AgencyId, AgencyKind, kind_named_by

NGO: Final = "ngo-fyren"
MUNICIPALITY: Final = "municipality-0180"
POLICE: Final = "police"
CASE_ID: Final = "018e0a00-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Issued:
    """An event and where it comes from."""

    event: CaseEvent
    by: Provenance


def event_id(number: int) -> str:
    """The id of the canonical case's event of this number, counted from 1."""
    return f"018e0a00-0000-7000-8000-{number:012d}"


def issued(
    event: type[CaseEvent],
    by: AgencyId,
    *,
    id: str | None = None,
    kind: AgencyKind | None = None,
    recorded_at: datetime | None = None,
    **changes: object,
) -> Issued:
    """An agency issues an event's canonical example with some fields changed, recorded a minute after it occurred."""
    said = event.model_validate_json(to_json({**event.example, **changes}))
    named = kind or kind_named_by(by)
    if named is None:
        raise ValueError(f"the name {by!r} says no kind of agency")
    place = id or _PLACES.get(event) or str(uuid5(NAMESPACE_URL, f"{by} {said.model_dump_json()}"))
    return Issued(said, Provenance(place, by, named, recorded_at or said.occurred_at + timedelta(minutes=1)))


_ORDER: Final[tuple[tuple[type[CaseEvent], AgencyId], ...]] = (
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

_BESIDE: Final[dict[int, type[CaseEvent]]] = {
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
}
"""The events that the canonical case leaves out, and the number of each one's example."""

_PLACES: Final = {
    **{event: event_id(n) for n, event in _BESIDE.items()},
    **{event: event_id(n) for n, (event, _) in reversed(list(enumerate(_ORDER, start=1)))},
}
"""The id of each event's canonical example: where it first comes in the canonical case, or beside it."""

_TO_THE_POLICE: Final = issued(
    CaseReferred, NGO, id=event_id(7), recipient=POLICE, purposes=["investigation"], services=[]
)

CANONICAL_CASE: Final = tuple(
    _TO_THE_POLICE if n == 7 else issued(event, by) for n, (event, by) in enumerate(_ORDER, start=1)
)
"""One lawful case made of the canonical examples; only its second referral, to the police, differs from its example."""


def canonical_until(event: type[CaseEvent]) -> tuple[Issued, ...]:
    """The canonical case before the first event of this type."""
    return CANONICAL_CASE[: next(n for n, (each, _) in enumerate(_ORDER) if each is event)]


@dataclass(frozen=True)
class Outcome:
    """What became of an event: the refusal if there was one, and the case after it."""

    refusal: Refusal | None
    case: CaseView

    def then_taken(self) -> CaseView:
        """The case after the event, which must not have been refused."""
        if self.refusal is not None:
            raise AssertionError(f"refused by {self.refusal.rule.id}: {self.refusal.missing.what.en}")
        return self.case

    def then_refused(self, rule_id: str) -> Refusal:
        """The refusal, which must name this rule."""
        if self.refusal is None:
            raise AssertionError(f"taken, not refused by {rule_id}")
        if self.refusal.rule.id != rule_id:
            raise AssertionError(f"refused by {self.refusal.rule.id}, not {rule_id}: {self.refusal.missing.what.en}")
        return self.refusal


@dataclass(frozen=True)
class Given:
    """A case with some events behind it."""

    case: CaseView

    def when(self, next_event: Issued) -> Outcome:
        """Judge one more event by the ruleset of its own day, and apply it when no rule objects."""
        event, by = next_event.event, next_event.by
        refusal = decide(self.case, event, by, ruleset_in_force(event.occurred_on))
        return Outcome(refusal, self.case if refusal else evolve(self.case, event, by))


def given(*events: Issued, case_id: str = CASE_ID) -> Given:
    """The case after these events, none of which may be refused."""
    case = CaseView.unopened(case_id)
    for each in events:
        case = Given(case).when(each).then_taken()
    return Given(case)


FOREIGN_PARTNER: Final = "foreign-partner-ro"

_CONSENT_ABROAD: Final = issued(
    ConsentGiven, MUNICIPALITY, id=event_id(101), recipients=[FOREIGN_PARTNER], purposes=["safe-return"]
)
_CONSENT_TO_INSPECTION: Final = issued(
    ConsentGiven, NGO, id=event_id(101), recipients=["labour-inspectorate", "tax"], purposes=["labour-inspection"]
)
_CHILD: Final = issued(VictimDetected, NGO, age_band="minor", indicators=["unaccompanied-minor"])
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
    "a child whom nobody assesses in time": (
        _CHILD,
        issued(ChildConcernReported, NGO),
        issued(ChildAssessmentOverdue, COORDINATOR),
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
    "home with another country's help": (
        *CANONICAL_CASE[:16],
        _CONSENT_ABROAD,
        issued(TransnationalReferralOffered, COORDINATOR),
        issued(TransnationalReferralAccepted, FOREIGN_PARTNER),
    ),
}
"""Lawful cases that branch off the canonical one, told with the examples of the events that it leaves out."""
