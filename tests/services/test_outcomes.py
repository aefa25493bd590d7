"""Given these events about an accepted offer, exactly these tasks: the referrer learns what came of it."""

from __future__ import annotations

from harness.reacting import reactions_of

from contracts.chapters.assistance import SupportProvided
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, issued

TO_ITS_END = OTHER_CASES["a referral to its end"]
OFFERED = TO_ITS_END[:3]
ASKED = (*OFFERED, issued(OfferQuestionAsked, MUNICIPALITY))
ACCEPTED = (*OFFERED, issued(ReferralAccepted, MUNICIPALITY, occurred_at="2026-12-02T08:20:00Z"))
QUESTION, GIVE, REST = "answer the recipient's question", "give what was promised", "seek what was not given"
TRY_AGAIN, HELP, ELSEWHERE = "try again to reach the person", "help to reach the person", "propose the next recipient"
ACCOMMODATION = {"service": "safe-accommodation", "result": "given", "since": "2026-12-02"}
COUNSELLING = {"service": "counselling-and-guidance", "result": "given", "since": "2026-12-20"}
REPORTED = issued(ReferralOutcomeReported, MUNICIPALITY)
ALL_GIVEN = issued(
    ReferralOutcomeReported,
    MUNICIPALITY,
    id=event_id(301),
    occurred_at="2026-12-21T09:00:00Z",
    services=[ACCOMMODATION, COUNSELLING],
)
NOT_REACHED = issued(CouldNotReach, MUNICIPALITY)
CLOSED = issued(CaseClosed, NGO, occurred_at="2026-12-22T09:00:00Z")


async def test_a_question_is_for_the_referrer_to_answer() -> None:
    """By the time of the offer, which runs on; the recipient learns the answer."""
    context = await reactions_of(NGO, *ASKED)
    assert context.open == {QUESTION}
    assert context.tasks[QUESTION].due == "2026-12-03T15:00:00+00:00"
    assert context.tasks[QUESTION].en == (
        "Stockholm asks about your offer (safety): answer. The time for its answer runs on."
    )
    answered = (*ASKED, issued(OfferQuestionAnswered, NGO))
    assert (await reactions_of(NGO, *answered)).open == set()
    recipient = await reactions_of(MUNICIPALITY, *answered)
    assert recipient.open == {"answer the offer"}
    assert recipient.told[-1] == "Fyren has answered your question: read it, then accept or decline."


async def test_a_question_ends_with_its_offer() -> None:
    """However the offer ends."""
    for end in (
        ACCEPTED[-1],
        issued(ReferralDeclined, MUNICIPALITY, occurred_at="2026-12-02T08:20:00Z"),
        issued(ConsentWithdrawn, NGO, occurred_at="2026-12-02T08:20:00Z", recipients=[MUNICIPALITY]),
    ):
        assert QUESTION not in (await reactions_of(NGO, *ASKED, end)).open


async def test_a_promise_is_a_task_for_two_weeks() -> None:
    """Until each service is given or reported on."""
    context = await reactions_of(MUNICIPALITY, *ACCEPTED)
    assert context.open == {GIVE}
    assert context.tasks[GIVE].due == "2026-12-16"
    assert context.tasks[GIVE].en == (
        "You have promised: safe accommodation, counselling and guidance. Give it and record it, or report the outcome."
    )
    assert GIVE not in (await reactions_of(NGO, *ACCEPTED)).open
    sheltered = (
        *ACCEPTED,
        issued(
            SupportProvided,
            MUNICIPALITY,
            occurred_at="2026-12-05T08:00:00Z",
            emergency=True,
            plan_id=None,
            starts_on="2026-12-02",
            ends_on=None,
        ),
    )
    assert (await reactions_of(MUNICIPALITY, *sheltered)).open == {GIVE}
    told = issued(ReferralOutcomeReported, MUNICIPALITY, services=[COUNSELLING], occurred_at="2026-12-21T09:00:00Z")
    assert (await reactions_of(MUNICIPALITY, *sheltered, told)).open == set()


async def test_the_referrer_learns_what_was_given() -> None:
    """All of it: there is nothing left to do."""
    context = await reactions_of(NGO, *ACCEPTED, ALL_GIVEN)
    assert context.open == set()
    assert context.told[-1] == (
        "Stockholm reports: safe accommodation has been given; counselling and guidance has been given."
    )


async def test_the_referrer_seeks_what_was_not_given() -> None:
    """Until it asks somebody else for that service, a later report says that all is given, or the case is closed."""
    context = await reactions_of(NGO, *ACCEPTED, REPORTED)
    assert context.tasks[REST].en == (
        "Stockholm reports: safe accommodation has been given; counselling and guidance has been given in part "
        "(waiting time). See who can give the rest."
    )
    assert (await reactions_of(MUNICIPALITY, *ACCEPTED, REPORTED)).open == set()
    assert (await reactions_of(NGO, *ACCEPTED, REPORTED, ALL_GIVEN)).open == set()
    assert (await reactions_of(NGO, *ACCEPTED, REPORTED, CLOSED)).open == set()
    for service, left in (("counselling-and-guidance", set()), ("safe-accommodation", {REST})):
        assert (await reactions_of(NGO, *ACCEPTED, REPORTED, _referred(service))).open == left


def _referred(service: str) -> Issued:
    return issued(
        CaseReferred,
        NGO,
        id=event_id(302),
        occurred_at="2026-12-15T09:00:00Z",
        respond_by="2026-12-16T09:00:00Z",
        recipient="police",
        purposes=["support"],
        services=[service],
    )


async def test_a_person_who_was_not_reached_is_sought_again() -> None:
    """On the day that the recipient names; the referrer is told."""
    context = await reactions_of(MUNICIPALITY, *ACCEPTED, NOT_REACHED)
    assert context.open == {GIVE, TRY_AGAIN}
    assert context.tasks[TRY_AGAIN].due == "2026-12-07"
    referrer = await reactions_of(NGO, *ACCEPTED, NOT_REACHED)
    assert referrer.open == set()
    assert referrer.told[-1] == (
        "Stockholm could not reach the person (nobody answers, no safe way to make contact) and tries again on "
        "2026-12-07."
    )


async def test_the_referrer_helps_to_reach_the_person() -> None:
    """When the recipient sets no day; a report, or the next word of the recipient, ends both tasks."""
    waits = issued(CouldNotReach, MUNICIPALITY, id=event_id(303), occurred_at="2026-12-08T09:00:00Z", try_again_on=None)
    tried = (*ACCEPTED, NOT_REACHED, waits)
    assert (await reactions_of(MUNICIPALITY, *tried)).open == {GIVE}
    assert (await reactions_of(NGO, *tried)).open == {HELP}
    tries = issued(
        CouldNotReach,
        MUNICIPALITY,
        id=event_id(304),
        occurred_at="2026-12-09T09:00:00Z",
        try_again_on="2026-12-09",
    )
    for end in (tries, CLOSED):
        assert (await reactions_of(NGO, *tried, end)).open == set()
    assert HELP not in (await reactions_of(NGO, *tried, REPORTED)).open


async def test_a_case_that_is_handed_back_goes_elsewhere() -> None:
    """The referrer learns why, and whom the recipient suggests; the next offer settles it."""
    back = (*ACCEPTED, NOT_REACHED, issued(ReferralHandedBack, MUNICIPALITY))
    context = await reactions_of(NGO, *back)
    assert context.open == {ELSEWHERE}
    assert context.tasks[ELSEWHERE].en == (
        "Stockholm hands the case back because it cannot meet the needs and suggests Solna. Propose the next recipient."
    )
    assert (await reactions_of(MUNICIPALITY, *back)).open == set()
    assert (await reactions_of(NGO, *back, CLOSED)).open == set()
    again = issued(
        CaseReferred, NGO, id=event_id(305), occurred_at="2026-12-17T10:00:00Z", respond_by="2026-12-18T10:00:00Z"
    )
    assert (await reactions_of(NGO, *back, again)).open == set()


async def test_a_recipient_learns_how_urgent_an_offer_is() -> None:
    """From the task itself."""
    for urgency, says in (("immediate", "needs help at once"), ("within-24-hours", "needs help within 24 hours")):
        offered = issued(
            CaseReferred,
            NGO,
            occurred_at="2026-12-01T13:30:00Z",
            urgency=urgency,
            respond_by="2026-12-01T17:00:00Z",
        )
        assert says in (await reactions_of(MUNICIPALITY, *OFFERED[:2], offered)).tasks["answer the offer"].en
