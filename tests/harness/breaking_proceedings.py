"""Breaking the rules of legal proceedings (R27): counsel, interviews, the trial and compensation."""

from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters import compensation, counsel, interviews, trial
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.interviews import InterviewHeld, InterviewPlanned, NonPunishmentConsidered
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, TrialScheduled
from contracts.testing.canonical_cases import COUNSEL, COURT, OTHER_CASES, PROSECUTOR, since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued
from contracts.vocabulary.agencies import CRIME_VICTIM_AUTHORITY
from harness.breaking import UNKNOWN, Broken, new

IN_COURT = OTHER_CASES["the case in court"]


def until(event: type[CaseEvent]) -> tuple[Issued, ...]:
    """The case in court before its event of this type."""
    return IN_COURT[: next(n for n, each in enumerate(IN_COURT) if type(each.event) is event)]


CHILD = (
    since_2026(VictimDetected, POLICE, age_band="unknown"),
    since_2026(InvestigationOpened, POLICE),
    since_2026(InterviewPlanned, POLICE),
)
CHARGED = until(DamagesClaimed)
JUDGED = until(CompensationClaimed)
APPLIED = until(CompensationDecided)

PROCEEDINGS = [
    Broken(
        counsel.courts_and_migration_appoint_counsel,
        "an NGO records counsel",
        until(CounselAppointed),
        since_2026(CounselAppointed, NGO),
    ),
    Broken(
        counsel.counsel_follows_an_investigation,
        "counsel for the injured party without an investigation",
        (since_2026(VictimDetected, POLICE),),
        since_2026(CounselAppointed, POLICE),
    ),
    Broken(
        counsel.counsel_follows_an_investigation,
        "counsel who is to be appointed tomorrow",
        until(CounselAppointed),
        since_2026(CounselAppointed, POLICE, appointed_on="2024-04-16"),
    ),
    Broken(
        interviews.investigators_interview_the_prosecutor_spares,
        "social services interview",
        until(InterviewHeld),
        since_2026(InterviewHeld, MUNICIPALITY),
    ),
    Broken(
        interviews.interview_has_been_held,
        "an interview that nobody planned",
        until(InterviewHeld),
        since_2026(InterviewHeld, POLICE, interview_id=UNKNOWN),
    ),
    Broken(
        interviews.interview_has_been_held,
        "a planned interview is held twice",
        until(NonPunishmentConsidered),
        since_2026(InterviewHeld, POLICE, id=new(31)),
    ),
    Broken(
        interviews.interview_has_been_held,
        "an interview of tomorrow",
        until(InterviewHeld),
        since_2026(InterviewHeld, POLICE, held_on="2024-04-23"),
    ),
    Broken(
        interviews.punishment_is_considered,
        "a prosecutor's decision of tomorrow",
        until(NonPunishmentConsidered),
        since_2026(NonPunishmentConsidered, PROSECUTOR, decided_on="2024-06-04"),
    ),
    Broken(
        interviews.child_is_not_heard_alone,
        "somebody of unknown age is heard alone",
        CHILD,
        since_2026(InterviewHeld, POLICE),
    ),
    Broken(
        interviews.child_is_not_heard_alone,
        "nobody considered the child's best interests",
        CHILD,
        since_2026(InterviewHeld, POLICE, child_represented_by="special-representative"),
    ),
    Broken(
        trial.prosecutors_charge_courts_judge,
        "the police bring a charge",
        until(ChargeBrought),
        since_2026(ChargeBrought, POLICE),
    ),
    Broken(
        trial.charge_follows_an_investigation,
        "a charge without an investigation",
        (since_2026(VictimDetected, PROSECUTOR),),
        since_2026(ChargeBrought, PROSECUTOR),
    ),
    Broken(
        trial.charge_follows_an_investigation,
        "a charge of tomorrow",
        until(ChargeBrought),
        since_2026(ChargeBrought, PROSECUTOR, charged_on="2024-08-21"),
    ),
    Broken(
        trial.trial_is_of_a_charge,
        "a trial of no charge",
        CHARGED,
        since_2026(TrialScheduled, PROSECUTOR, charge_id=UNKNOWN),
    ),
    Broken(
        trial.trial_is_of_a_charge,
        "more is awarded than was claimed",
        until(JudgmentGiven),
        since_2026(JudgmentGiven, COURT, damages_awarded_sek=250001),
    ),
    Broken(
        trial.trial_is_of_a_charge,
        "damages that nobody claimed",
        CHARGED,
        since_2026(JudgmentGiven, COURT, damages_awarded_sek=1),
    ),
    Broken(
        trial.trial_is_of_a_charge,
        "a judgment of tomorrow",
        until(JudgmentGiven),
        since_2026(JudgmentGiven, COURT, judged_on="2024-11-02"),
    ),
    Broken(
        trial.trial_is_of_a_charge,
        "a district court judges after the court of appeal",
        (*until(JudgmentGiven), since_2026(JudgmentGiven, COURT, instance="court-of-appeal")),
        since_2026(JudgmentGiven, COURT, id=new(32)),
    ),
    Broken(
        trial.trial_is_of_a_charge,
        "damages are claimed after the last word",
        (*until(JudgmentGiven), since_2026(JudgmentGiven, COURT, final=True)),
        since_2026(DamagesClaimed, COUNSEL, id=new(33)),
    ),
    Broken(
        compensation.others_apply_the_crime_victim_authority_pays,
        "the police apply",
        JUDGED,
        since_2026(CompensationClaimed, POLICE),
    ),
    Broken(
        compensation.victim_wants_compensation,
        "an application of tomorrow",
        JUDGED,
        since_2026(CompensationClaimed, COUNSEL, claimed_on="2024-11-26"),
    ),
    Broken(
        compensation.victim_wants_compensation,
        "a second application before the first is decided",
        APPLIED,
        since_2026(CompensationClaimed, COUNSEL, id=new(34)),
    ),
    Broken(
        compensation.victim_wants_compensation,
        "the person has taken back her consent",
        (*JUDGED, since_2026(ConsentWithdrawn, NGO, consent_id=event_id(101), recipients=[CRIME_VICTIM_AUTHORITY])),
        since_2026(CompensationClaimed, COUNSEL),
    ),
    Broken(
        compensation.compensation_is_decided_once,
        "no such application",
        APPLIED,
        since_2026(CompensationDecided, CRIME_VICTIM_AUTHORITY, compensation_id=UNKNOWN),
    ),
    Broken(
        compensation.compensation_is_decided_once,
        "it is decided twice",
        IN_COURT,
        since_2026(CompensationDecided, CRIME_VICTIM_AUTHORITY, id=new(35)),
    ),
    Broken(
        compensation.compensation_is_decided_once,
        "money is paid after a refusal",
        APPLIED,
        since_2026(CompensationDecided, CRIME_VICTIM_AUTHORITY, outcome="refused"),
    ),
]
