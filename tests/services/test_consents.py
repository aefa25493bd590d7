"""Given the end of a consent, every participant learns what it may no longer do, and open offers end."""

from __future__ import annotations

import pytest
from harness.reacting import reactions_of

from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentExpired, ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralWithdrawn
from contracts.chapters.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.event.case_event import CaseEvent
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR
from services.practice.deadlines import HEED

TO_POLICE = issued(CaseReferred, NGO, id=event_id(7), recipient=POLICE, purposes=["investigation"], services=[])
ACCEPTED_THERE = issued(ReferralAccepted, POLICE, id=event_id(60), offer_id=event_id(7), services=[])
SHARED = (*CANONICAL_CASE[:6], TO_POLICE, ACCEPTED_THERE)
ALL_OF_IT = issued(ConsentWithdrawn, NGO, recipients=[])
WITHDRAW = "withdraw the offer that lost its consent"


async def test_who_loses_consent_is_told_what_it_may_no_longer_do() -> None:
    """The purposes, and the personal details that it could read."""
    context = await reactions_of(MUNICIPALITY, *SHARED, ALL_OF_IT)
    assert context.told[-1] == (
        "The person has withdrawn a consent. "
        "You may no longer use the case for support, the investigation, legal status. "
        "You may no longer read: contact details, identity. "
        "Pass nothing more on to police for support, the investigation, legal status. "
        "You no longer take part in the case. police no longer takes part in the case."
    )


@pytest.mark.parametrize("agency", [NGO, COORDINATOR])
async def test_others_are_told_whom_to_tell_nothing_more(agency: str) -> None:
    """Only what is withdrawn: the rest of the consent stands."""
    only_police = issued(ConsentWithdrawn, NGO, purposes=[], recipients=[POLICE])
    assert (await reactions_of(agency, *SHARED, only_police)).told[-1] == (
        "The person has withdrawn a consent. "
        "Pass nothing more on to police for support, the investigation, legal status. "
        "police no longer takes part in the case."
    )


async def test_a_consent_that_another_one_covers_takes_nothing_away() -> None:
    """What is still consented to is not said to be lost."""
    again = issued(ConsentGiven, NGO, id=event_id(61))
    told = (await reactions_of(MUNICIPALITY, *SHARED, again, ALL_OF_IT)).told
    assert told[-1] == "The person has withdrawn a consent."


async def test_running_out_is_like_withdrawing() -> None:
    """The clock says it, and it is told as what it is."""
    expired = issued(ConsentExpired, COORDINATOR)
    told = (await reactions_of(MUNICIPALITY, *SHARED, expired)).told[-1]
    assert told.startswith("A consent has run out. You may no longer use the case for support")


BOTH = issued(CaseReferred, NGO, purposes=["support", "legal-status"])
ONE_OF_THEM = issued(ConsentWithdrawn, NGO, recipients=[], purposes=["support"])


async def test_an_open_offer_that_lost_a_part_of_its_consent_is_withdrawn() -> None:
    """By whoever made it; then the task is over."""
    offered = (*CANONICAL_CASE[:4], BOTH)
    assert (await reactions_of(NGO, *offered, ONE_OF_THEM)).open == {WITHDRAW}
    assert WITHDRAW not in (await reactions_of(MUNICIPALITY, *offered, ONE_OF_THEM)).open
    withdrawn = issued(ReferralWithdrawn, NGO)
    assert (await reactions_of(NGO, *offered, ONE_OF_THEM, withdrawn)).open == set()


FOR_LEGAL_STATUS = issued(ConsentGiven, NGO, id=event_id(62), recipients=[MUNICIPALITY], purposes=["legal-status"])
FOR_SUPPORT = issued(ConsentGiven, NGO, id=event_id(63), occurred_at="2024-04-11T09:00:00Z", recipients=[MUNICIPALITY])
AGAIN = issued(ConsentWithdrawn, NGO, id=event_id(64), consent_id=event_id(63), recipients=[], purposes=["support"])
ENDED = "The consent to your offer to municipality-0180 has ended: withdraw it, or ask the person anew."


async def test_an_offer_that_has_its_consent_again_need_not_be_withdrawn() -> None:
    """The person was asked anew; a consent to something else changes nothing."""
    offered = (*CANONICAL_CASE[:4], BOTH, ONE_OF_THEM)
    assert (await reactions_of(NGO, *offered, FOR_LEGAL_STATUS)).open == {WITHDRAW}
    assert (await reactions_of(NGO, *offered, FOR_SUPPORT)).open == set()
    assert (await reactions_of(NGO, *offered, FOR_LEGAL_STATUS, FOR_SUPPORT)).open == set()


async def test_consent_that_ends_once_more_is_not_lost_in_a_task_that_is_done() -> None:
    """A task is raised once for ever, so the second end is told."""
    offered = (*CANONICAL_CASE[:4], BOTH)
    assert ENDED not in (await reactions_of(NGO, *offered, ONE_OF_THEM)).told
    assert ENDED in (await reactions_of(NGO, *offered, ONE_OF_THEM, FOR_SUPPORT, AGAIN)).told


async def test_a_consent_beside_another_one_finishes_no_task_ahead() -> None:
    """The task is raised when both are gone."""
    offered = (*CANONICAL_CASE[:4], BOTH, FOR_SUPPORT, ONE_OF_THEM)
    assert (await reactions_of(NGO, *offered)).open == set()
    assert (await reactions_of(NGO, *offered, AGAIN)).open == {WITHDRAW}


@pytest.mark.parametrize("answer", [TransnationalReferralAccepted, TransnationalReferralDeclined])
async def test_an_offer_abroad_is_over_with_its_answer(answer: type[CaseEvent]) -> None:
    """The reminder of it leaves nothing to do."""
    asked = (
        *OTHER_CASES["home with another country's help"][:18],
        issued(
            DeadlineReminded,
            COORDINATOR,
            deadline="offer",
            subject=event_id(44),
            occurred_at="2024-05-14T15:00:00Z",
            due_at="2024-05-15T15:00:01Z",
            concerns=[FOREIGN_PARTNER, COORDINATOR],
        ),
    )
    assert HEED in (await reactions_of(COORDINATOR, *asked)).open
    assert HEED not in (await reactions_of(COORDINATOR, *asked, issued(answer, FOREIGN_PARTNER))).open


async def test_an_offer_from_abroad_that_lost_its_consent_is_over_with_its_answer() -> None:
    """The coordinator takes part whatever the person consents to, so the offer stays until it is answered."""
    offered = (
        issued(VictimDetected, FOREIGN_PARTNER),
        issued(ConsentGiven, FOREIGN_PARTNER, recipients=[COORDINATOR], purposes=["safe-return"]),
        issued(ConsultationRequested, FOREIGN_PARTNER),
        issued(TransnationalReferralOffered, FOREIGN_PARTNER, recipient=COORDINATOR),
        issued(ConsentWithdrawn, FOREIGN_PARTNER, recipients=[]),
    )
    assert (await reactions_of(FOREIGN_PARTNER, *offered)).open == {WITHDRAW}
    declined = issued(TransnationalReferralDeclined, COORDINATOR)
    assert WITHDRAW not in (await reactions_of(FOREIGN_PARTNER, *offered, declined)).open


async def test_who_leaves_has_nothing_more_to_do() -> None:
    """An offer whose recipient has no consent left is over: that agency is told that it is out, and so are others."""
    offered = CANONICAL_CASE[:5]
    gone = await reactions_of(MUNICIPALITY, *offered, ALL_OF_IT)
    assert gone.open == set()
    assert gone.told[-1].endswith("You no longer take part in the case.")
    stays = await reactions_of(NGO, *offered, ALL_OF_IT)
    assert stays.open == set()
    assert stays.told[-1].endswith("municipality-0180 no longer takes part in the case.")


async def test_an_accepted_offer_is_not_taken_back() -> None:
    """Nor one that its consent still covers."""
    assert (await reactions_of(NGO, *SHARED, ALL_OF_IT)).open == set()
    only_police = issued(ConsentWithdrawn, NGO, purposes=[], recipients=[POLICE])
    assert (await reactions_of(NGO, *CANONICAL_CASE[:5], only_police)).open == set()
