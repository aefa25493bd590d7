"""Given acute danger, exactly these agencies have 112 to call, at once, and until somebody has."""

from __future__ import annotations

from typing import Any

import pytest
from harness.reacting import reactions_of

from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.acute_danger import PoliceAlertAnswered, PoliceAlerted
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from services.practice.danger import ANSWER_THE_ALERT, CALL_112, TELL_THE_PERSON

IN_DANGER = issued(VictimDetected, NGO, age_band="minor", immediate_danger=True)
SOON: dict[str, Any] = {"respond_by": "2026-12-12T10:00:00Z", "purposes": ["support"]}
CHILD = issued(VictimDetected, NGO, age_band="minor")
CONCERN = issued(ChildConcernReported, NGO, id=event_id(38), immediate_danger=True)


async def test_the_agency_that_detects_acute_danger_calls_at_once() -> None:
    """The task is due when the danger was said, in both languages, and names the number."""
    context = await reactions_of(NGO, IN_DANGER)
    task = context.tasks[CALL_112]
    assert task.due == "2024-03-04T09:30:00+00:00"
    assert "112" in task.en and "112" in task.sv and task.en != task.sv


async def test_without_acute_danger_nobody_is_told_to_call() -> None:
    """Neither by a detection nor by a concern."""
    for agency in (NGO, MUNICIPALITY):
        assert CALL_112 not in (await reactions_of(agency, CHILD, issued(ChildConcernReported, NGO))).open


async def test_both_who_know_of_a_childs_danger_call() -> None:
    """Who reported it and the municipality that it was reported to, until the child has been seen."""
    assessed = issued(ChildConcernAssessed, MUNICIPALITY)
    for agency in (NGO, MUNICIPALITY):
        assert CALL_112 in (await reactions_of(agency, CHILD, CONCERN)).open
        assert CALL_112 not in (await reactions_of(agency, CHILD, CONCERN, assessed)).open


@pytest.mark.parametrize("agency", [POLICE, MUNICIPALITY])
async def test_who_only_takes_part_later_is_not_told_to_call(agency: str) -> None:
    """The danger was said before it came."""
    first = issued(VictimDetected, NGO, immediate_danger=True)
    assert CALL_112 not in (await reactions_of(agency, first, *CANONICAL_CASE[1:8])).open


async def test_a_closed_case_has_nobody_to_call_for() -> None:
    """Whatever the danger was."""
    adult = issued(VictimDetected, NGO, immediate_danger=True)
    closed = issued(CaseClosed, NGO, reason="deceased")
    for last, left in (((), True), ((closed,), False)):
        assert (CALL_112 in (await reactions_of(NGO, adult, *last)).open) is left


ALERTED = OTHER_CASES["acute danger"][1]
TOLD = (issued(VictimDetected, NGO, occurred_at="2026-12-01T09:30:00Z", immediate_danger=True), ALERTED)


async def test_the_call_is_answered_for_by_telling_the_police() -> None:
    """The task to call says by which event the police are told; that event does it."""
    assert (await reactions_of(NGO, TOLD[0])).tasks[CALL_112].to_issue == (PoliceAlerted,)
    assert CALL_112 not in (await reactions_of(NGO, *TOLD)).open


async def test_the_police_act_at_once_and_say_what_they_did() -> None:
    """Their task is due when they were told, and done when they no longer search; they need no consent to get it."""
    task = (await reactions_of(POLICE, *TOLD)).tasks[ANSWER_THE_ALERT]
    assert task.due == "2026-12-03T22:10:00+00:00"
    assert "hålls kvar" in task.sv and "held" in task.en
    for measure, left in (("searching", True), ("safe", False), ("no-danger", False)):
        answered = issued(PoliceAlertAnswered, POLICE, measure=measure)
        assert (ANSWER_THE_ALERT in (await reactions_of(POLICE, *TOLD, answered)).open) is left


@pytest.mark.parametrize("told", [True, False])
async def test_the_person_hears_that_the_police_were_told(told: bool) -> None:
    """The agency that told them says so to the person, unless the person knows."""
    alerted = issued(PoliceAlerted, NGO, person_told=told)
    context = await reactions_of(NGO, TOLD[0], alerted)
    assert (TELL_THE_PERSON in context.open) is not told


async def test_who_told_the_police_hears_what_came_of_it() -> None:
    """And so does the lead agency, of both; nobody else does."""
    answered = issued(PoliceAlertAnswered, POLICE)
    assert (await reactions_of(NGO, *TOLD, answered)).told == [
        "The police say of the acute danger: the person is safe."
    ]
    theirs = issued(VictimDetected, MUNICIPALITY, occurred_at="2026-12-01T09:30:00Z")
    at = "2026-12-01T13:00:00Z"
    consents = issued(ConsentGiven, MUNICIPALITY, occurred_at=at, recipients=[NGO], valid_until="2027-06-01")
    offered = issued(CaseReferred, MUNICIPALITY, recipient=NGO, occurred_at="2026-12-02T10:00:00Z", **SOON)
    accepted = issued(ReferralAccepted, NGO, occurred_at="2026-12-02T11:00:00Z", offer_id=offered.by.event_id)
    lead = await reactions_of(MUNICIPALITY, theirs, consents, offered, accepted, ALERTED, answered)
    assert [text.split(":")[0] for text in lead.told][1:] == [
        "Fyren has told the police of an acute danger",
        "The police say of the acute danger",
    ]


async def test_a_closed_case_has_no_alert_to_answer() -> None:
    """Neither the police nor the agency that told them has anything left."""
    closed = issued(CaseClosed, NGO, occurred_at="2026-12-05T09:00:00Z", reason="other")
    assert ANSWER_THE_ALERT not in (await reactions_of(POLICE, *TOLD, closed)).open
    assert TELL_THE_PERSON not in (await reactions_of(NGO, *TOLD, closed)).open
