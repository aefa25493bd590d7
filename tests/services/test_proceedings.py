"""Given the steps of legal proceedings, the agency that has something to do gets the task until it is done."""

from __future__ import annotations

from harness.reacting import reactions_of

from contracts.chapters.closure import CaseClosed
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.interviews import InterviewHeld, NonPunishmentConsidered
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, TrialScheduled
from contracts.testing.canonical_cases import COUNSEL, COURT, OTHER_CASES, PROSECUTOR, since_2026
from contracts.testing.example_ids import NGO, event_id
from contracts.testing.given_when_then import Issued
from contracts.vocabulary.agencies import CRIME_VICTIM_AUTHORITY

IN_COURT = OTHER_CASES["the case in court"]
INTERVIEW, TRIAL = "prepare the person for the interview", "prepare the person for the trial"
DAMAGES, COMPENSATION = "claim damages", "claim the state's compensation"
DECIDE = "decide the compensation"


def until(event: type[CaseEvent]) -> tuple[Issued, ...]:
    """The case in court before its event of this type."""
    return IN_COURT[: next(n for n, each in enumerate(IN_COURT) if type(each.event) is event)]


async def test_the_lead_prepares_the_person() -> None:
    """For the interview and for the trial, on their days, until they are over."""
    planned = await reactions_of(NGO, *until(InterviewHeld))
    assert planned.tasks[INTERVIEW].due == "2024-04-22"
    assert INTERVIEW not in (await reactions_of(NGO, *until(NonPunishmentConsidered))).open
    scheduled = await reactions_of(NGO, *until(JudgmentGiven))
    assert scheduled.tasks[TRIAL].due == "2024-10-14"
    moved = since_2026(TrialScheduled, COURT, id=event_id(201), starts_on="2024-11-04", ends_on="2024-11-08")
    assert (await reactions_of(NGO, *until(JudgmentGiven), moved)).tasks[TRIAL].due == "2024-11-04"
    judged = await reactions_of(NGO, *until(CompensationClaimed))
    assert TRIAL not in judged.open and "A court has judged" in judged.told[-1]


async def test_counsel_claims_damages_and_without_counsel_the_prosecutor() -> None:
    """One of the two, not both."""
    assert DAMAGES in (await reactions_of(COUNSEL, *until(DamagesClaimed))).open
    assert DAMAGES not in (await reactions_of(PROSECUTOR, *until(DamagesClaimed))).open
    assert DAMAGES not in (await reactions_of(COUNSEL, *until(TrialScheduled))).open
    alone = tuple(each for each in until(ChargeBrought) if type(each.event).__name__ != "CounselAppointed")
    charged = (*alone, since_2026(ChargeBrought, PROSECUTOR))
    assert DAMAGES in (await reactions_of(PROSECUTOR, *charged)).open
    assert DAMAGES not in (await reactions_of(PROSECUTOR, *charged, since_2026(CaseClosed, NGO))).open


async def test_the_state_is_asked_for_what_was_awarded() -> None:
    """After the last word, if there is anything to pay; the authority decides, and the applicant learns it."""
    final = (*until(JudgmentGiven), since_2026(JudgmentGiven, COURT, final=True))
    assert COMPENSATION in (await reactions_of(NGO, *final)).open
    for other in ({"final": False}, {"final": True, "verdict": "acquitted", "damages_awarded_sek": 0}):
        judged = (*until(JudgmentGiven), since_2026(JudgmentGiven, COURT, **other))
        assert COMPENSATION not in (await reactions_of(NGO, *judged)).open
    assert COMPENSATION not in (await reactions_of(NGO, *final, since_2026(CompensationClaimed, COUNSEL))).open
    assert (await reactions_of(CRIME_VICTIM_AUTHORITY, *until(CompensationDecided))).open == {DECIDE}
    assert (await reactions_of(CRIME_VICTIM_AUTHORITY, *IN_COURT)).open == set()
    assert "150000 SEK" in (await reactions_of(COUNSEL, *IN_COURT)).told[-1]


async def test_a_closed_case_leaves_nobody_to_prepare() -> None:
    """The tasks of the proceedings end with the case."""
    for so_far in (until(InterviewHeld), until(JudgmentGiven)):
        assert not (await reactions_of(NGO, *so_far, since_2026(CaseClosed, NGO))).open & {INTERVIEW, TRIAL}
