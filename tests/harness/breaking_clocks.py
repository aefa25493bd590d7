"""Breaking the rules of clocks: too early, twice, by another agency, without a deadline."""

from contracts.chapters import child_protection, clocks, consent, consultation, referral
from contracts.chapters.child_protection import ChildAssessmentOverdue, ChildConcernAssessed
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentExpired
from contracts.chapters.consultation import ConsultationRequested, ConsultationUnanswered
from contracts.chapters.referral import ReferralExpired
from contracts.law.time_kept import EVERYBODY_KEEPS_TIME_SINCE
from contracts.sweden.chapters import reflection_period, residence_permit
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded
from contracts.sweden.chapters.residence_permit import ResidencePermitEnded
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, SINCE_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION
from harness.breaking import UNKNOWN, Broken, new

REGIONAL = "coordinator-syd"
CONSULTED = CANONICAL_CASE[:2]
ASKED = issued(ConsultationRequested, NGO, id=new(9), coordinator=REGIONAL)
OFFERED = CANONICAL_CASE[:5]
REFLECTING = CANONICAL_CASE[:13]
PERMITTED = OTHER_CASES["a permit, and its end"][:-1]
REPORTED = OTHER_CASES["a child alone"][:2]

CLOCKS = [
    Broken(
        referral.offer_expires_after_its_time,
        "an offer expires at the last moment to answer",
        OFFERED,
        issued(ReferralExpired, COORDINATOR, occurred_at="2024-03-06T15:00:00Z"),
    ),
    Broken(
        consent.consent_expires_after_its_last_day,
        "a consent expires in its last second",
        OFFERED,
        issued(ConsentExpired, COORDINATOR, occurred_at="2024-09-04T21:59:59Z"),
    ),
    Broken(
        consent.consent_expires_after_its_last_day,
        "an unknown consent expires",
        OFFERED,
        issued(ConsentExpired, COORDINATOR, consent_id=UNKNOWN),
    ),
    Broken(
        consent.consent_expires_after_its_last_day,
        "a regional coordinator keeps time",
        (*OFFERED, ASKED),
        issued(ConsentExpired, REGIONAL),
    ),
    Broken(
        consent.consent_expires_after_its_last_day,
        "a consent expires twice",
        OTHER_CASES["consent runs out"],
        issued(ConsentExpired, COORDINATOR, id=new(1)),
    ),
    Broken(
        reflection_period.reflection_period_ends_after_its_last_day,
        "a period ends in its last second",
        REFLECTING,
        issued(ReflectionPeriodEnded, COORDINATOR, occurred_at="2024-04-06T21:59:59Z"),
    ),
    Broken(
        reflection_period.reflection_period_ends_after_its_last_day,
        "a period is said to have run out a day early",
        REFLECTING,
        issued(ReflectionPeriodEnded, COORDINATOR, ended_on="2024-04-05"),
    ),
    Broken(
        residence_permit.permit_ends_after_its_last_day,
        "a permit ends in its last second",
        PERMITTED,
        issued(ResidencePermitEnded, COORDINATOR, occurred_at="2024-10-04T21:59:59Z"),
    ),
    Broken(
        child_protection.assessment_is_overdue_after_the_next_day,
        "an assessment is overdue while the next day lasts",
        REPORTED,
        issued(ChildAssessmentOverdue, COORDINATOR, occurred_at="2024-03-05T22:59:59Z"),
    ),
    Broken(
        child_protection.assessment_is_overdue_after_the_next_day,
        "an assessment that was made is overdue",
        (*REPORTED, issued(ChildConcernAssessed, MUNICIPALITY)),
        issued(ChildAssessmentOverdue, COORDINATOR),
    ),
    Broken(
        child_protection.assessment_is_overdue_after_the_next_day,
        "an assessment is overdue twice",
        OTHER_CASES["a child whom nobody assesses in time"],
        issued(ChildAssessmentOverdue, COORDINATOR, id=new(1)),
    ),
    Broken(
        consultation.consultation_is_unanswered_after_three_days,
        "a question is unanswered while the third day lasts",
        CONSULTED,
        issued(ConsultationUnanswered, COORDINATOR, occurred_at="2024-03-07T22:59:59Z"),
    ),
    Broken(
        consultation.consultation_is_unanswered_after_three_days,
        "a question that was answered is unanswered",
        CANONICAL_CASE[:3],
        issued(ConsultationUnanswered, COORDINATOR),
    ),
    Broken(
        consultation.consultation_is_unanswered_after_three_days,
        "a question is unanswered twice",
        OTHER_CASES["a question that nobody answers"],
        issued(ConsultationUnanswered, COORDINATOR, id=new(1)),
    ),
    Broken(
        consultation.consultation_is_unanswered_after_three_days,
        "a regional coordinator says that a question is unanswered",
        (*CONSULTED, ASKED),
        issued(ConsultationUnanswered, REGIONAL),
    ),
    Broken(
        clocks.participants_keep_time,
        "the Migration Agency reminded, when the national coordinator alone kept time",
        REFLECTING,
        issued(DeadlineReminded, MIGRATION),
    ),
    Broken(
        clocks.participants_keep_time,
        "an auditor keeps time",
        REFLECTING,
        issued(DeadlineReminded, "auditor", recorded_at=EVERYBODY_KEEPS_TIME_SINCE),
    ),
    Broken(
        referral.issuer_takes_part,
        "who takes no part in a case keeps its time",
        REFLECTING,
        issued(DeadlineReminded, "tax", recorded_at=EVERYBODY_KEEPS_TIME_SINCE),
    ),
    Broken(
        reflection_period.period_ends_once,
        "the Migration Agency said that time ran out, when the national coordinator alone kept it",
        REFLECTING,
        issued(ReflectionPeriodEnded, MIGRATION),
    ),
    Broken(
        reflection_period.reflection_period_ends_after_its_last_day,
        "the Migration Agency's clock is a second early",
        REFLECTING,
        issued(ReflectionPeriodEnded, MIGRATION, occurred_at="2024-04-06T21:59:59Z", recorded_at=SINCE_2026),
    ),
    Broken(
        referral.offer_is_answered_once,
        "a second clock says that an offer ran out",
        (*OFFERED, issued(ReferralExpired, NGO, recorded_at=SINCE_2026)),
        issued(ReferralExpired, COORDINATOR, id=new(1), recorded_at=SINCE_2026),
    ),
    Broken(
        clocks.running_deadline_is_reminded_of_once,
        "a regional coordinator reminds",
        (*REFLECTING, ASKED),
        issued(DeadlineReminded, REGIONAL),
    ),
    Broken(
        clocks.running_deadline_is_reminded_of_once,
        "a second reminder",
        (*REFLECTING, issued(DeadlineReminded, COORDINATOR)),
        issued(DeadlineReminded, COORDINATOR, id=new(1)),
    ),
    *(
        Broken(
            clocks.running_deadline_is_reminded_of_once,
            f"a reminder of a deadline with another {field}",
            REFLECTING,
            changed,
        )
        for field, changed in (
            ("subject", issued(DeadlineReminded, COORDINATOR, subject=UNKNOWN)),
            ("kind", issued(DeadlineReminded, COORDINATOR, deadline="permit")),
            ("end", issued(DeadlineReminded, COORDINATOR, due_at="2024-04-06T21:00:00Z")),
        )
    ),
]
"""What runs out, and when nobody may say so."""
