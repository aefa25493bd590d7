"""Given these events about an offer, exactly these tasks: the referrer always learns the result."""

from __future__ import annotations

import pytest
from harness.reacting import reactions_of

from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, ConsultationUnanswered
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.chapters.transnational import TransnationalReferralAccepted, TransnationalReferralDeclined
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION

OFFERED = CANONICAL_CASE[:5]
OFFER = event_id(5)
ANSWER, ELSEWHERE = "answer the offer", "propose the next recipient"
DECLINED = issued(ReferralDeclined, MUNICIPALITY)
EXPIRED = issued(ReferralExpired, COORDINATOR)
UNANSWERED = issued(ReferralWithdrawn, NGO, reason="no-answer")


async def test_an_offer_is_for_its_recipient_to_answer() -> None:
    """By its time; its sender and others have nothing to do."""
    context = await reactions_of(MUNICIPALITY, *OFFERED)
    assert context.tasks[ANSWER].due == "2024-03-06T15:00:00+00:00"
    assert context.open == {ANSWER}
    assert (await reactions_of(NGO, *OFFERED)).open == set()
    assert (await reactions_of(COORDINATOR, *CANONICAL_CASE[:2], *OFFERED[3:])).open == {"answer the consultation"}


@pytest.mark.parametrize("answer", [DECLINED, EXPIRED, UNANSWERED, issued(ReferralAccepted, MUNICIPALITY)])
async def test_an_answered_offer_asks_its_recipient_for_nothing(answer: Issued) -> None:
    """However it ended."""
    assert ANSWER not in (await reactions_of(MUNICIPALITY, *OFFERED, answer)).open


async def test_the_sender_learns_that_the_case_is_accepted() -> None:
    """And for what."""
    context = await reactions_of(NGO, *OFFERED, issued(ReferralAccepted, MUNICIPALITY))
    assert context.open == set()
    assert context.told[-1] == "Stockholm has accepted the case for support: agree on what comes next."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            DECLINED,
            "Stockholm declines because it has no room and suggests Solna. Propose the next recipient.",
        ),
        (EXPIRED, "Stockholm has not answered in time. Propose the next recipient."),
        (UNANSWERED, "The offer to Stockholm is withdrawn, unanswered. Propose the next recipient."),
    ],
)
async def test_the_sender_proposes_the_next_recipient(answer: Issued, says: str) -> None:
    """It learns why, and whom the one who declined suggests; the recipient has nothing to propose."""
    context = await reactions_of(NGO, *OFFERED, answer)
    assert context.tasks[ELSEWHERE].en == says
    assert context.open == {ELSEWHERE}
    assert ELSEWHERE not in (await reactions_of(MUNICIPALITY, *OFFERED, answer)).open


async def test_nobody_is_proposed_when_the_victim_changed_their_mind() -> None:
    """The offer is withdrawn because it is not wanted."""
    assert (await reactions_of(NGO, *OFFERED, issued(ReferralWithdrawn, NGO))).open == set()


async def test_the_next_offer_settles_it() -> None:
    """An offer for something else does not."""
    police = issued(CaseReferred, NGO, id=event_id(60), recipient=POLICE, purposes=["investigation"])
    again = issued(CaseReferred, NGO, id=event_id(61))
    assert (await reactions_of(NGO, *OFFERED, DECLINED, police)).open == {ELSEWHERE}
    assert (await reactions_of(NGO, *OFFERED, DECLINED, police, again)).open == set()


async def test_a_second_refusal_is_a_second_task() -> None:
    """What was asked and done about the first offer says nothing about the second."""
    again = issued(CaseReferred, NGO, id=event_id(61))
    declined_again = issued(ReferralDeclined, MUNICIPALITY, id=event_id(62), offer_id=event_id(61))
    assert (await reactions_of(NGO, *OFFERED, DECLINED, again, declined_again)).open == {ELSEWHERE}


async def test_a_closed_case_looks_for_nobody() -> None:
    """The lead has said that it is over."""
    assert (await reactions_of(NGO, *OFFERED, DECLINED, issued(CaseClosed, NGO))).open == set()


async def test_the_new_lead_is_told() -> None:
    """It answers for the case; the one who handed over knows."""
    case = OTHER_CASES["the municipality takes the lead"]
    assert "Fyren has handed the lead over" in (await reactions_of(MUNICIPALITY, *case)).told[-1]
    told = (await reactions_of(NGO, *case)).told
    assert not any("lead" in line for line in told)


async def test_the_lead_is_told_that_its_case_goes_on() -> None:
    """By whom it was reopened."""
    assert "Stockholm has reopened the case" in (await reactions_of(NGO, *CANONICAL_CASE)).told[-1]
    assert isinstance(CANONICAL_CASE[-1].event, CaseReopened)
    assert not any("reopened" in line for line in (await reactions_of(COORDINATOR, *CANONICAL_CASE)).told)


async def test_who_asked_for_advice_gets_it() -> None:
    """From the coordinator whom it asked, who alone must answer."""
    regional = issued(ConsultationRequested, NGO, coordinator="coordinator-syd")
    asked = (CANONICAL_CASE[0], regional)
    assert (await reactions_of("coordinator-syd", *asked)).open == {"answer the consultation"}
    answered = (*asked, issued(AdviceGiven, "coordinator-syd"))
    assert (await reactions_of("coordinator-syd", *answered)).open == set()
    assert "Regionkoordinator Syd has answered your question" in (await reactions_of(NGO, *answered)).told[-1]


async def test_who_asked_in_vain_calls() -> None:
    """When the time for advice is out; advice that comes late ends it. The coordinator still has its answer to give."""
    asked = (*CANONICAL_CASE[:2], issued(ConsultationUnanswered, COORDINATOR))
    context = await reactions_of(NGO, *asked)
    assert context.tasks["call the coordinator"].en == "coordinator has not answered your question: call."
    assert (await reactions_of(COORDINATOR, *asked)).tasks["answer the consultation"].due == "2024-03-07"
    late = issued(AdviceGiven, COORDINATOR, occurred_at="2024-03-20T09:00:00Z")
    assert (await reactions_of(NGO, *asked, late)).open == (await reactions_of(COORDINATOR, *asked, late)).open == set()


async def test_only_the_coordinator_who_was_asked_answers() -> None:
    """Another one that takes part does not."""
    both = (*CANONICAL_CASE[:3], issued(ConsultationRequested, NGO, id=event_id(60), coordinator="coordinator-syd"))
    assert (await reactions_of(COORDINATOR, *both)).open == set()


ABROAD = OTHER_CASES["home with another country's help"]


async def test_across_the_border_an_offer_is_an_offer() -> None:
    """The contact answers; the coordinator learns the answer and turns elsewhere after a no."""
    assert (await reactions_of(FOREIGN_PARTNER, *ABROAD[:-1])).open == {ANSWER}
    accepted = await reactions_of(COORDINATOR, *ABROAD)
    assert isinstance(ABROAD[-1].event, TransnationalReferralAccepted)
    assert "ANITP has accepted the case for a safe return" in accepted.told[-1]
    declined = (*ABROAD[:-1], issued(TransnationalReferralDeclined, FOREIGN_PARTNER))
    assert (await reactions_of(FOREIGN_PARTNER, *declined)).open == set()
    assert ELSEWHERE in (await reactions_of(COORDINATOR, *declined)).open


async def test_a_reminder_is_a_task_until_the_offer_is_answered() -> None:
    """For those whom it concerns, and nobody else."""
    reminder = issued(
        DeadlineReminded,
        COORDINATOR,
        occurred_at="2024-03-05T15:00:00Z",
        deadline="offer",
        subject=OFFER,
        due_at="2024-03-06T15:00:01Z",
        concerns=[MUNICIPALITY, NGO],
    )
    reminded = (*OFFERED, reminder)
    assert (await reactions_of(NGO, *reminded)).tasks["heed the deadline"].due == "2024-03-06T15:00:01+00:00"
    assert (await reactions_of(MUNICIPALITY, *reminded)).open == {ANSWER, "heed the deadline"}
    assert (await reactions_of(COORDINATOR, *reminded)).open == set()
    for agency in (NGO, MUNICIPALITY):
        assert "heed the deadline" not in (await reactions_of(agency, *reminded, DECLINED)).open


async def test_nobody_decides_by_reaction() -> None:
    """Whatever happens, no agency's reaction issues an event: only people, and the clock, do."""
    for case in (CANONICAL_CASE, *OTHER_CASES.values()):
        for agency in {each.by.agency for each in case} | {MIGRATION}:
            assert (await reactions_of(agency, *case)).issued == []
