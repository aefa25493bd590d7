"""Breaking the rules of appeals, late answers, guardians, inquiries, and of the returns since SE-2026-11."""

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported
from contracts.chapters.detection import VictimDetected
from contracts.sweden.chapters import appeals, awaited_answers, child_inquiry, guardians, safety_plan
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged
from contracts.sweden.chapters.awaited_answers import AnswerOverdue
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded
from contracts.sweden.chapters.child_safeguards import BestInterestsAssessed
from contracts.sweden.chapters.guardians import GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.return_choice import ReturnChosen
from contracts.sweden.chapters.return_journey import TravelArranged
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION
from harness.breaking import UNKNOWN, Broken, new
from harness.breaking_children import CHOSEN, GROWN_UP, TRAVELLING, without

MIGRATION_COURT = "court-migration"
APPEALED = OTHER_CASES["a refusal is appealed"]
REFUSED, LODGED = APPEALED[:-2], APPEALED[:-1]
PERIOD_REFUSED = (*CANONICAL_CASE[:9], since_2026(ReflectionPeriodRefused, MIGRATION, reason="other"))
LATE = OTHER_CASES["a decision that is late"]
INQUIRED = OTHER_CASES["a child's guardian goes, and the inquiry ends"]
CHILD, WITH_GUARDIAN = INQUIRED[:3], INQUIRED[:5]
ADULT = CANONICAL_CASE[:6]
PERIOD = event_id(9)
TODAY = "2026-12-02T09:00:00Z"


def assessed(on: str, id: str = new(41)) -> Issued:
    """The risk is assessed at noon of a day."""
    return since_2026(NeedsAssessed, MUNICIPALITY, id=id, occurred_at=f"{on}T12:00:00Z")


APPROVED = (*TRAVELLING[:-1], assessed("2026-12-01"))
NOT_HEARD = (
    *without(BestInterestsAssessed, before=ReturnRequested),
    since_2026(BestInterestsAssessed, MUNICIPALITY, child_heard=False),
)

APPEALS = [
    Broken(
        appeals.the_person_appeals_a_court_decides,
        "the police appeal",
        REFUSED,
        since_2026(AppealLodged, POLICE),
    ),
    *(
        Broken(appeals.refusal_is_appealed_in_time, how, so_far, event)
        for how, so_far, event in (
            ("nothing was refused", APPEALED[:-3], since_2026(AppealLodged, NGO)),
            (
                "a period that was granted",
                CANONICAL_CASE[:13],
                since_2026(AppealLodged, NGO, decision="reflection-period", application_id=PERIOD),
            ),
            (
                "a refused period, called a permit",
                PERIOD_REFUSED,
                since_2026(AppealLodged, NGO, decision="permit", application_id=PERIOD),
            ),
            (
                "a claim for asylum is no application",
                REFUSED,
                since_2026(AppealLodged, NGO, application_id=PERIOD),
            ),
            ("it is appealed twice", LODGED, since_2026(AppealLodged, NGO, id=new(42))),
            (
                "it is appealed before it was known",
                REFUSED,
                since_2026(AppealLodged, NGO, learned_on="2024-08-31"),
            ),
            ("the fourth week has begun", REFUSED, since_2026(AppealLodged, NGO, learned_on="2024-08-08")),
        )
    ),
    Broken(
        appeals.appeal_is_decided_once,
        "no such appeal",
        LODGED,
        since_2026(AppealDecided, MIGRATION_COURT, appeal_id=UNKNOWN),
    ),
    Broken(
        appeals.appeal_is_decided_once,
        "it is decided twice",
        APPEALED,
        since_2026(AppealDecided, MIGRATION_COURT, id=new(43)),
    ),
    Broken(
        appeals.appeal_is_decided_once,
        "a decision of tomorrow",
        LODGED,
        since_2026(AppealDecided, MIGRATION_COURT, decided_on="2024-12-11"),
    ),
]

ANSWERS = [
    Broken(
        awaited_answers.the_clock_says_what_is_late,
        "an auditor calls it late",
        LATE[:-1],
        issued(AnswerOverdue, "auditor"),
    ),
    *(
        Broken(awaited_answers.answer_is_late_after_its_last_day, how, so_far, event)
        for how, so_far, event in (
            (
                "in its last second",
                LATE[:-1],
                issued(AnswerOverdue, COORDINATOR, occurred_at="2026-12-06T22:59:59Z"),
            ),
            ("twice", LATE, issued(AnswerOverdue, COORDINATOR, id=new(44))),
            (
                "after the answer",
                (*LATE[:-1], since_2026(ReflectionPeriodGranted, MIGRATION)),
                issued(AnswerOverdue, COORDINATOR),
            ),
            (
                "nobody times what was recorded before",
                (*CANONICAL_CASE[:8], issued(ReflectionPeriodRequested, POLICE)),
                issued(AnswerOverdue, COORDINATOR),
            ),
        )
    ),
]

SAFEGUARDS = [
    Broken(
        guardians.authorities_apply_and_discharge,
        "an NGO discharges a guardian",
        WITH_GUARDIAN,
        since_2026(GuardianDischarged, NGO),
    ),
    Broken(
        guardians.guardians_come_and_go,
        "a guardian for an adult",
        ADULT,
        since_2026(GuardianRequested, MUNICIPALITY),
    ),
    Broken(
        guardians.guardians_come_and_go,
        "no such guardian",
        CHILD,
        since_2026(GuardianDischarged, MUNICIPALITY),
    ),
    Broken(
        guardians.guardians_come_and_go,
        "a discharge of tomorrow",
        WITH_GUARDIAN,
        since_2026(GuardianDischarged, MUNICIPALITY, discharged_on="2024-07-02"),
    ),
    Broken(
        child_inquiry.social_services_inquire,
        "an NGO concludes an inquiry",
        CHILD,
        since_2026(ChildInquiryConcluded, NGO),
    ),
    Broken(
        child_inquiry.inquiry_follows_a_concern,
        "nobody has assessed the concern",
        CHILD[:2],
        since_2026(ChildInquiryConcluded, MUNICIPALITY),
    ),
    Broken(
        child_inquiry.inquiry_follows_a_concern,
        "another municipality concludes",
        (
            issued(VictimDetected, "municipality-0184", age_band="minor"),
            issued(ChildConcernReported, "municipality-0184"),
            issued(ChildConcernAssessed, MUNICIPALITY),
        ),
        since_2026(ChildInquiryConcluded, "municipality-0184"),
    ),
    Broken(
        child_inquiry.inquiry_follows_a_concern,
        "it is concluded twice",
        WITH_GUARDIAN,
        since_2026(ChildInquiryConcluded, MUNICIPALITY, id=new(45)),
    ),
    Broken(
        child_inquiry.inquiry_follows_a_concern,
        "a conclusion of tomorrow",
        CHILD,
        since_2026(ChildInquiryConcluded, MUNICIPALITY, concluded_on="2024-06-21"),
    ),
    Broken(
        safety_plan.providers_plan_for_safety,
        "IOM plans",
        GROWN_UP,
        since_2026(SafetyPlanMade, IOM),
    ),
    Broken(
        safety_plan.safety_is_planned_together,
        "without the person",
        ADULT,
        since_2026(SafetyPlanMade, NGO, made_with_victim=False),
    ),
    Broken(
        safety_plan.safety_is_planned_together,
        "it is to be reviewed today",
        ADULT,
        since_2026(SafetyPlanMade, NGO, review_on="2024-05-08"),
    ),
]

RETURNS = [
    *(
        Broken(safety_plan.risk_is_known_before_a_return, how, so_far, event)
        for how, so_far, event in (
            ("nobody has assessed the risk", CHOSEN, issued(ReturnRequested, MUNICIPALITY, occurred_at=TODAY)),
            (
                "the assessment is 31 days old",
                (*CHOSEN, assessed("2026-11-01")),
                issued(ReturnRequested, MUNICIPALITY, occurred_at=TODAY),
            ),
            ("it was not renewed", TRAVELLING[:-1], issued(TravelArranged, IOM, occurred_at=TODAY)),
        )
    ),
    *(
        Broken(safety_plan.journey_at_risk_is_planned, how, so_far, event)
        for how, so_far, event in (
            ("no safety plan", APPROVED, issued(TravelArranged, IOM, occurred_at=TODAY)),
            (
                "a safety plan that nobody has looked at again",
                (*APPROVED, since_2026(SafetyPlanMade, MUNICIPALITY, review_on="2026-12-01")),
                issued(TravelArranged, IOM, occurred_at=TODAY),
            ),
        )
    ),
    Broken(
        guardians.child_is_heard,
        "the child was not heard",
        (*NOT_HEARD, assessed("2026-12-01")),
        issued(ReturnRequested, MUNICIPALITY, occurred_at=TODAY),
    ),
]

LAWFUL_TODAY = [
    ((*CHOSEN, assessed("2026-11-02")), issued(ReturnRequested, MUNICIPALITY, occurred_at=TODAY)),
    (
        (*APPROVED, since_2026(SafetyPlanMade, MUNICIPALITY, review_on="2026-12-02")),
        issued(TravelArranged, IOM, occurred_at=TODAY),
    ),
    (
        (
            *NOT_HEARD,
            since_2026(ReturnChosen, MUNICIPALITY, id=new(46), child_view="too-young-to-say"),
            assessed("2026-12-01"),
        ),
        issued(ReturnRequested, MUNICIPALITY, occurred_at=TODAY),
    ),
]
"""What the conditions of SE-2026-11 let be done on the last day on which they hold."""

AWAITED_AND_SAFE = [*APPEALS, *ANSWERS, *SAFEGUARDS, *RETURNS]
"""Every way to break these rules."""
