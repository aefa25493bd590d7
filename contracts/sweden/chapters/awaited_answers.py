"""Every decision and answer that somebody waits for: by when it is due, and the event that says it is late (R20).

Offers, consultations and the first assessment of a concern for a child have clocks of their own. IOM's own times and
the days here that no law states are the project's: they say when somebody asks, not what anybody has a right to. The
file has over 250 lines because it is one table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar, Final

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.child_protection import ChildConcernAssessed
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.awaiting import begins, days_after, settles
from contracts.law.deadlines import CLOCK, Deadline, falls_due, runs_out
from contracts.law.rule import mandate
from contracts.sweden.chapters.appeals import DAYS_TO_APPEAL, DECIDED_ANEW, AppealDecided, AppealLodged
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided, AsylumOutcome
from contracts.sweden.chapters.benefit_appeals import BenefitAppealDecided, BenefitAppealLodged
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded, four_months_after
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.guardians import GuardianRequested
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefused,
    ReturnRequested,
)
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.appeals import Appealed
from contracts.view.parts.assistance import RISK_HOLDS_FOR
from contracts.view.parts.awaited import AwaitedKind
from contracts.view.parts.begun import replaced, with_id
from contracts.vocabulary.agencies import (
    ANY_AGENCY,
    CRIME_VICTIM_AUTHORITY,
    IOM,
    MIGRATION,
    AgencyId,
    Role,
)
from contracts.vocabulary.choices import DeadlineKind


class AnswerOverdue(CaseEvent, chapter=Chapter.CLOCKS, issuers=ANY_AGENCY, role=Role.CLOCK, after_closure=True):
    """A decision or an answer that somebody waits for is late: who owes it and who waits for it learn so."""

    awaited_id: EventId

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-06T23:00:00Z",
        "awaited_id": "018e0a00-0000-7000-8000-000000000009",
    }


@evolves(AnswerOverdue)
def answer_overdue(case: CaseView, event: AnswerOverdue, by: Provenance) -> CaseView:
    return case.advanced(awaited=replaced(case.awaited, event.awaited_id, overdue=True))


the_clock_says_what_is_late = mandate(
    "R20",
    AnswerOverdue,
    en="The clock says when a decision or an answer is late.",
    sv="Klockan säger när ett beslut eller svar dröjer.",
    source=CLOCK,
)


@falls_due(DeadlineKind.AWAITED)
def answer_is_late(deadline: Deadline) -> AnswerOverdue:
    return AnswerOverdue(occurred_at=deadline.due_at, awaited_id=deadline.subject)


answer_is_late_after_its_last_day = runs_out(
    "R20",
    AnswerOverdue,
    "awaited_id",
    "A decision or an answer is late when its last Swedish day is over without it, not before.",
    "Ett beslut eller svar är försenat när dess sista svenska dag är slut utan det, inte tidigare.",
)

DAYS: Final = {
    AwaitedKind.REFLECTION_PERIOD: 5,
    AwaitedKind.PERMIT: 30,
    AwaitedKind.ASYLUM: 180,
    AwaitedKind.COUNTERSIGNATURE: 5,
    AwaitedKind.RETURN: 14,
    AwaitedKind.REIMBURSEMENT: 180,
    AwaitedKind.COMPENSATION: 270,
    AwaitedKind.GUARDIAN: 7,
    AwaitedKind.APPEAL_TIME: DAYS_TO_APPEAL,
    AwaitedKind.APPEAL: 120,
    AwaitedKind.RISK: RISK_HOLDS_FOR,
}
"""The Swedish days, after that on which the event that begins the wait was recorded, in which the answer is not late.

A reflection period is decided within a couple of days (Gender Equality Agency), and a weekend may lie between. A permit
follows at the latest when a reflection period of 30 days would end. Asylum: six months (Directive 2013/32/EU, article
31.3). Reimbursement: six months, after which the claimant may ask for a decision (Administrative Procedure Act
(2017:900), section 12). Compensation: the authority itself says seven to nine months. Appeal: three weeks (section 44).
The others are the project's own.
"""


def _within(kind: AwaitedKind) -> Callable[[CaseEvent, date], date]:
    return days_after(DAYS[kind])


def _migration(case: CaseView, event: CaseEvent) -> AgencyId:
    return MIGRATION


def _lead(case: CaseView, event: CaseEvent) -> AgencyId | None:
    return case.lead


def _the_request(case: CaseView, event: ReflectionPeriodRefused | ResidencePermitRefused) -> EventId:
    return event.request_id


def _municipality_asked(case: CaseView, event: ChildConcernAssessed) -> AgencyId | None:
    concern = with_id(case.child_concerns, event.concern_id)
    return None if concern is None else concern.municipality


def _decides_again(of: Appealed) -> Callable[[CaseView, AppealDecided], bool]:
    """True if a court had the Migration Agency decide an application of this kind again."""

    def again(case: CaseView, event: AppealDecided) -> bool:
        appeal = with_id(case.appeals, event.appeal_id)
        return appeal is not None and appeal.of is of and event.outcome in DECIDED_ANEW

    return again


def _the_application(case: CaseView, event: AppealDecided) -> EventId | None:
    appeal = with_id(case.appeals, event.appeal_id)
    return None if appeal is None else appeal.application_id


K: Final = AwaitedKind

begins(ReflectionPeriodRequested, K.REFLECTION_PERIOD, asked_of=_migration, last_day=_within(K.REFLECTION_PERIOD))
begins(ResidencePermitRequested, K.PERMIT, asked_of=_migration, last_day=_within(K.PERMIT))
begins(AsylumClaimed, K.ASYLUM, asked_of=_migration, last_day=_within(K.ASYLUM), one=True)
begins(ReimbursementClaimed, K.REIMBURSEMENT, asked_of=_migration, last_day=_within(K.REIMBURSEMENT))
begins(
    CompensationClaimed,
    K.COMPENSATION,
    asked_of=lambda case, event: CRIME_VICTIM_AUTHORITY,
    last_day=_within(K.COMPENSATION),
)
begins(
    ReturnRequested,
    K.COUNTERSIGNATURE,
    one=True,
    asked_of=lambda case, event: event.coordinator,
    last_day=_within(K.COUNTERSIGNATURE),
)
begins(
    ReturnCountersigned,
    K.RETURN,
    one=True,
    asked_of=lambda case, event: IOM,
    last_day=_within(K.RETURN),
)
begins(
    GuardianRequested,
    K.GUARDIAN,
    asked_of=lambda case, event: event.chief_guardian,
    last_day=_within(K.GUARDIAN),
    one=True,
)
begins(
    ChildConcernAssessed,
    K.CHILD_INQUIRY,
    about=lambda case, event: event.concern_id,
    asked_of=_municipality_asked,
    last_day=lambda event, known_on: four_months_after(event.occurred_on),
    when=lambda case, event: event.protection_needed,
)
begins(
    ReflectionPeriodRefused,
    K.APPEAL_TIME,
    about=_the_request,
    asked_of=_lead,
    last_day=_within(K.APPEAL_TIME),
)
begins(ResidencePermitRefused, K.APPEAL_TIME, about=_the_request, asked_of=_lead, last_day=_within(K.APPEAL_TIME))
begins(
    AppealLodged,
    K.APPEAL,
    asked_of=lambda case, event: event.court or MIGRATION,
    last_day=_within(K.APPEAL),
)
begins(
    BenefitAppealLodged,
    K.APPEAL,
    asked_of=lambda case, event: event.court or case.lead,
    last_day=_within(K.APPEAL),
)
begins(NeedsAssessed, K.RISK, asked_of=lambda case, event: case.lead, last_day=_within(K.RISK), one=True, own=True)
begins(
    SafetyPlanMade,
    K.SAFETY_PLAN,
    asked_of=lambda case, event: None if case.safety_plan is None else case.safety_plan.made_by,
    last_day=lambda event, known_on: event.review_on,
    one=True,
    own=True,
)

settles(ReflectionPeriodGranted, K.REFLECTION_PERIOD, about="request_id")
settles(ReflectionPeriodRefused, K.REFLECTION_PERIOD, about="request_id")
settles(ResidencePermitGranted, K.PERMIT, about="request_id")
settles(ResidencePermitRefused, K.PERMIT, about="request_id")
settles(AsylumDecided, K.ASYLUM)
settles(ReimbursementDecided, K.REIMBURSEMENT, about="claim_id")
settles(CompensationDecided, K.COMPENSATION, about="compensation_id")
# One application is settled before the next, so these need not read which one it is.
settles(ReturnCountersigned, K.COUNTERSIGNATURE)
settles(ReturnApproved, K.RETURN)
settles(ReturnRefused, K.COUNTERSIGNATURE, K.RETURN)
settles(GuardianAppointed, K.GUARDIAN)
settles(ChildInquiryConcluded, K.CHILD_INQUIRY, about="concern_id")
settles(AppealLodged, K.APPEAL_TIME, about="application_id")
settles(AppealDecided, K.APPEAL, about="appeal_id")
settles(BenefitAppealDecided, K.APPEAL, about="appeal_id")

begins(
    AsylumDecided,
    K.APPEAL_TIME,
    asked_of=_lead,
    last_day=_within(K.APPEAL_TIME),
    when=lambda case, event: event.outcome is AsylumOutcome.REFUSED,
)
for _of, _kind in ((Appealed.REFLECTION_PERIOD, K.REFLECTION_PERIOD), (Appealed.PERMIT, K.PERMIT)):
    begins(
        AppealDecided,
        _kind,
        about=_the_application,
        asked_of=_migration,
        last_day=_within(_kind),
        when=_decides_again(_of),
    )
begins(
    AppealDecided,
    K.ASYLUM,
    asked_of=_migration,
    last_day=_within(K.ASYLUM),
    when=_decides_again(Appealed.ASYLUM),
    one=True,
)
