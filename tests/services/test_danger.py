"""Given acute danger, exactly these agencies have 112 to call, at once, and until somebody has."""

from __future__ import annotations

import pytest
from harness.reacting import reactions_of

from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported
from contracts.chapters.closure import CaseClosed
from contracts.chapters.detection import VictimDetected
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from services.practice.danger import CALL_112

IN_DANGER = issued(VictimDetected, NGO, age_band="minor", immediate_danger=True)
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
