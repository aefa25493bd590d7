"""Given an agency outside the bus, exactly these tasks: its referrer asks it, records the answer, and follows up."""

from __future__ import annotations

from harness.breaking_external import ANSWERED, ASKED, REPORTED, WITHDRAWN
from harness.reacting import reactions_of

from contracts.chapters.closure import CaseClosed
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.referral import CaseReferred, ReferralExpired, ReferralWithdrawn
from contracts.testing.example_ids import NGO, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR

ASK, GIVE, ELSEWHERE = "ask outside the bus", "give what was promised", "propose the next recipient"
OFFER = event_id(130)
DECLINED = issued(ExternalReferralAnswered, NGO, answer="declined", services=[], reason="no-capacity")


async def test_the_referrer_asks_and_nobody_else_does() -> None:
    """The task is due at the last moment for the answer, and names the agency as people do."""
    context = await reactions_of(NGO, *ASKED)
    assert context.open == {ASK}
    task = context.tasks[ASK]
    assert task.en == (
        "Malmö is not on the bus and has heard nothing yet. Send the form or the link, or call, and record its answer."
    )
    assert task.sv == (
        "Malmö är inte ansluten och har inte fått veta något än. Skicka blanketten eller länken, eller ring och "
        "registrera svaret."
    )
    assert (task.due, task.to_issue) == ("2026-12-03T15:00:00+00:00", (ExternalReferralAnswered, ReferralWithdrawn))
    assert (await reactions_of(COORDINATOR, *ASKED)).open == set()


async def test_urgency_says_how_to_ask() -> None:
    """Who needs help at once is not written a letter about."""
    for urgency, how in (("immediate", "Call it now, "), ("within-24-hours", "Call it today, ")):
        context = await reactions_of(NGO, *ASKED[:-1], issued(ExternalReferralMade, NGO, urgency=urgency))
        assert how in context.tasks[ASK].en


async def test_a_yes_is_followed_up_by_phone() -> None:
    """For two weeks, until the outcome is reported."""
    context = await reactions_of(NGO, *ANSWERED)
    assert context.open == {GIVE}
    assert context.tasks[GIVE].en == (
        "Malmö has promised: safe accommodation, counselling and guidance. Ask by phone what came of it, and report "
        "the outcome."
    )
    assert context.tasks[GIVE].due == "2026-12-16"
    assert "has accepted the case" in context.told[-1]
    assert (await reactions_of(NGO, *ANSWERED, REPORTED)).open == {"seek what was not given"}


async def test_a_no_has_the_referrer_turn_elsewhere() -> None:
    """Here or outside; the next offer closes the task."""
    context = await reactions_of(NGO, *ASKED, DECLINED)
    assert context.open == {ELSEWHERE}
    assert context.tasks[ELSEWHERE].to_issue == (CaseReferred, ExternalReferralMade)
    assert "because it has no room. Propose the next recipient." in context.tasks[ELSEWHERE].en
    again = issued(
        ExternalReferralMade,
        NGO,
        id=event_id(301),
        occurred_at="2026-12-02T10:00:00Z",
        respond_by="2026-12-04T10:00:00Z",
    )
    assert (await reactions_of(NGO, *ASKED, DECLINED, again)).open == {ASK}


async def test_however_the_offer_ends_nobody_is_asked() -> None:
    """Withdrawn, expired, without consent, or closed with the case."""
    expired = issued(ReferralExpired, NGO, offer_id=OFFER, occurred_at="2026-12-03T15:00:01Z")
    assert (await reactions_of(NGO, *ASKED, expired)).open == {ELSEWHERE}
    withdrawn = issued(ReferralWithdrawn, NGO, offer_id=OFFER, occurred_at="2026-12-02T08:00:00Z")
    closed = issued(CaseClosed, NGO, occurred_at="2026-12-22T09:00:00Z")
    for so_far in ((*ASKED, withdrawn), (*ASKED, WITHDRAWN), (*ANSWERED, WITHDRAWN), (*ANSWERED, closed)):
        assert (await reactions_of(NGO, *so_far)).open == set()
