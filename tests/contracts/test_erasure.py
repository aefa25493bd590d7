"""Erasure: the rest of an erased case and the confirmations, which depend on nothing before the erasure."""

import pytest
from harness.breaking_personal import CROWD, CROWDED

from bus.envelope.attributes import MAX_BYTES
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.erasure import MOST_HOLDERS, ErasureConfirmed, ErasureRequested, holders_of
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.referral import CaseReferred, ReferralDeclined
from contracts.event.case_event import EVENTS
from contracts.law.deadlines import deadlines
from contracts.law.decider import evolve
from contracts.sweden.chapters.identification import InvestigationClosed
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import CASE_ID, MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.participants import Participation
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import COORDINATOR

KEPT = OTHER_CASES["a case is erased"][:8]
ERASED = (*KEPT, issued(ErasureRequested, NGO))
DETAILS_ERASED = (*KEPT, issued(ErasureRequested, NGO, scope="personal-details"))


def test_an_erased_case_says_so_and_nothing_else() -> None:
    """Its version, its holders and the erasure are all that is left."""
    case = given(*ERASED).case
    (erasure,) = case.erasures
    assert (case.status, case.version) == (CaseStatus.ERASED, len(ERASED))
    assert {p.agency: p.participation for p in case.participants} == dict.fromkeys(
        (NGO, COORDINATOR, MUNICIPALITY), Participation.HOLDS
    )
    left = {"case_id", "version", "status", "participants", "erasures"}
    assert case.model_dump(exclude=left) == CaseView.unopened(CASE_ID).model_dump(exclude=left)
    assert (erasure.scope, erasure.requested_by, erasure.id) == (ErasureScope.CASE, NGO, event_id(53))
    assert deadlines(case) == ()


def test_it_is_the_same_for_who_could_read_nothing() -> None:
    """R22: a replica that never opened an event of the case comes to the same bytes."""
    request = ERASED[-1]
    blind = CaseView.unopened(CASE_ID).changed(version=len(KEPT))
    assert evolve(blind, request.event, request.by).digest == given(*ERASED).case.digest


def test_who_has_not_confirmed_is_seen() -> None:
    """Until all have; the order is theirs."""
    case = given(*ERASED, issued(ErasureConfirmed, MUNICIPALITY)).case
    assert case.erasures[0].confirmed_by == (MUNICIPALITY,)
    assert case.erasures[0].outstanding == (NGO, COORDINATOR)
    assert given(*OTHER_CASES["a case is erased"]).case.erasures[0].outstanding == ()


def test_erasing_personal_details_leaves_the_case_and_the_account() -> None:
    """The records are gone, who read them is not forgotten, and the case goes on."""
    case = given(*DETAILS_ERASED).case
    assert (case.personal_records, len(case.readings), case.status) == ((), 1, CaseStatus.OPEN)
    assert (case.lead, case.erasures[0].scope) == (NGO, ErasureScope.PERSONAL_DETAILS)
    anew = issued(PersonalDetailsRecorded, NGO, id=event_id(150))
    given(*DETAILS_ERASED, anew).when(issued(PersonalDetailsRead, MUNICIPALITY, id=event_id(151))).then_taken()
    again = issued(ErasureRequested, NGO, id=event_id(152), scope="personal-details")
    twice = given(*DETAILS_ERASED, anew, again, issued(ErasureConfirmed, NGO)).case
    assert [each.confirmed_by for each in twice.erasures] == [(NGO,), ()]


def test_who_has_left_is_a_holder_and_confirms() -> None:
    """R22, R3: it takes part in nothing else any more."""
    left = (
        *KEPT,
        issued(ConsentWithdrawn, NGO, recipients=[MUNICIPALITY]),
        issued(ErasureRequested, NGO, scope="personal-details"),
    )
    assert holders_of(given(*left).case) == (NGO, COORDINATOR, MUNICIPALITY)
    case = given(*left).when(issued(ErasureConfirmed, MUNICIPALITY)).then_taken()
    assert (case.erasures[0].confirmed_by, case.takes_part(MUNICIPALITY)) == ((MUNICIPALITY,), False)


def test_the_coordinator_confirms_where_it_took_no_part() -> None:
    """R22: it may hold something of every case."""
    asked = (
        *CANONICAL_CASE[:1],
        issued(ErasureRequested, NGO, scope="personal-details", holders=[NGO, COORDINATOR]),
    )
    given(*asked).when(issued(ErasureConfirmed, COORDINATOR)).then_taken()


@pytest.mark.parametrize("scope", ErasureScope)
def test_a_closed_case_is_erased_and_confirmed(scope: ErasureScope) -> None:
    """R18, R22: without reopening; most cases are closed when they are erased."""
    closed = (*KEPT, issued(CaseClosed, NGO))
    asked = (*closed, issued(ErasureRequested, NGO, scope=scope, occurred_at="2025-01-02T09:00:00Z"))
    case = given(*asked, issued(ErasureConfirmed, NGO, occurred_at="2025-01-02T09:01:00Z")).case
    assert case.status is (CaseStatus.ERASED if scope is ErasureScope.CASE else CaseStatus.CLOSED)


def test_a_closed_investigation_does_not_keep_a_case() -> None:
    """R22: an open one does."""
    closed = (*CANONICAL_CASE[:8], issued(InvestigationClosed, POLICE))
    holders = holders_of(given(*closed).case)
    given(*closed).when(issued(ErasureRequested, NGO, holders=holders)).then_taken()


def test_a_case_that_reached_as_many_as_it_may_can_be_erased() -> None:
    """R22: it goes on among them, also when some have left; the event that names them all is small enough."""
    gone = issued(ReferralDeclined, CROWD[0], offer_id=CROWDED[-len(CROWD)].by.event_id)
    history = given(*CROWDED, gone)
    assert len(holders_of(history.case)) == MOST_HOLDERS
    back = issued(CaseReferred, NGO, id=event_id(160), recipient=CROWD[0])
    history.when(back).then_taken()
    erasing = issued(ErasureRequested, NGO, id=event_id(161), holders=holders_of(history.case))
    assert len(erasing.event.model_dump_json()) < MAX_BYTES // 2
    assert history.when(erasing).then_taken().status is CaseStatus.ERASED


def test_only_erasure_and_receipts_travel_in_clear() -> None:
    """Whoever holds anything must be able to read that it is to be erased; and any agency takes a receipt."""
    assert {name for name, event in EVENTS.items() if not event.sealed} == {
        "ErasureRequested",
        "ErasureObjected",
        "ErasureConfirmed",
        "ReceiptHandedOver",
        "ReceiptShown",
    }
