"""Leaving a case: every way to leave, the agencies that never leave, and the way back."""

from collections.abc import Sequence

import pytest

from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.consent import ConsentExpired, ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.chapters.transnational import TransnationalReferralDeclined
from contracts.event.case_event import CaseEvent
from contracts.law.deadlines import deadlines
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.labour import LabourInspectionRequested
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.participants import Participation
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION

DETECTED = CANONICAL_CASE[:1]
CONSENTED = (*DETECTED, issued(ConsentGiven, NGO))
OFFERED = (*CONSENTED, issued(CaseReferred, NGO))
ACCEPTED = (*OFFERED, issued(ReferralAccepted, MUNICIPALITY))
ALL = issued(ConsentWithdrawn, NGO, recipients=[])
INVESTIGATED = CANONICAL_CASE[:8]
TO_THE_MIGRATION_AGENCY = (
    *DETECTED,
    issued(ConsentGiven, NGO, recipients=[MIGRATION, COORDINATOR, MUNICIPALITY]),
    issued(CaseReferred, NGO, recipient=MIGRATION),
)
CHILD = (issued(VictimDetected, NGO, age_band="minor"),)
INSPECTED = OTHER_CASES["a joint inspection"]


def who(case: CaseView) -> set[str]:
    """The agencies that take part now."""
    return {participant.agency for participant in case.participants}


def gone(case: CaseView) -> set[str]:
    """The agencies that have left."""
    return {former.agency for former in case.former}


@pytest.mark.parametrize(
    ("event", "by", "state"),
    [
        (ReferralDeclined, MUNICIPALITY, OfferState.DECLINED),
        (ReferralWithdrawn, NGO, OfferState.WITHDRAWN),
        (ReferralExpired, COORDINATOR, OfferState.EXPIRED),
    ],
)
def test_whose_offer_came_to_nothing_leaves(event: type[CaseEvent], by: str, state: OfferState) -> None:
    """The case remembers from when until when it took part; what it says now is refused by R3."""
    ended = issued(event, by)
    case = given(*OFFERED, ended).case
    (former,) = case.former
    assert (former.agency, former.since, former.until) == (
        MUNICIPALITY,
        OFFERED[-1].event.occurred_at,
        ended.event.occurred_at,
    )
    assert (who(case), case.offers[0].state) == ({NGO, COORDINATOR}, state)
    late = issued(ReferralAccepted, MUNICIPALITY, id=event_id(150))
    assert "does not take part" in given(*OFFERED, ended).when(late).then_refused("R3").missing.what.en


def test_a_contact_abroad_leaves_when_it_declines() -> None:
    """R17: across a border as at home."""
    offered = OTHER_CASES["home with another country's help"][:-1]
    assert FOREIGN_PARTNER in who(given(*offered).case)
    assert FOREIGN_PARTNER in gone(given(*offered, issued(TransnationalReferralDeclined, FOREIGN_PARTNER)).case)


def test_who_has_accepted_stays_when_another_offer_comes_to_nothing() -> None:
    """One standing offer is enough."""
    second = issued(CaseReferred, NGO, id=event_id(150))
    declined = issued(ReferralDeclined, MUNICIPALITY, id=event_id(151), offer_id=event_id(150))
    assert MUNICIPALITY in who(given(*ACCEPTED, second, declined).case)


@pytest.mark.parametrize("so_far", [OFFERED, ACCEPTED], ids=["offered", "accepted"])
@pytest.mark.parametrize(
    "ending",
    [
        ALL,
        issued(ConsentWithdrawn, NGO, recipients=[MUNICIPALITY]),
        issued(ConsentWithdrawn, NGO, recipients=[], purposes=["support"]),
        issued(ConsentExpired, COORDINATOR),
    ],
    ids=["all of it", "the recipient", "the purpose", "its time"],
)
def test_who_no_consent_covers_leaves(so_far: tuple[Issued, ...], ending: Issued) -> None:
    """R3, R11: its open offers are withdrawn, an accepted one has ended."""
    case = given(*so_far).when(ending).then_taken()
    assert (who(case), gone(case)) == ({NGO, COORDINATOR}, {MUNICIPALITY})
    assert case.offers[0].state is (OfferState.WITHDRAWN if so_far is OFFERED else OfferState.ENDED)
    assert case.former[0].until == ending.event.occurred_at


@pytest.mark.parametrize(
    "ending",
    [
        issued(ConsentWithdrawn, NGO, recipients=[], purposes=["investigation", "legal-status"]),
        issued(ConsentWithdrawn, NGO, recipients=[], data_classes=["identity", "contact"]),
        issued(ConsentWithdrawn, NGO, recipients=[POLICE]),
    ],
    ids=["other purposes", "classes of data", "another recipient"],
)
def test_who_is_still_covered_stays(ending: Issued) -> None:
    """R3: one covered purpose is enough."""
    assert MUNICIPALITY in who(given(*ACCEPTED, ending).case)


def test_another_consent_keeps_an_agency() -> None:
    """R3: but only while it is in force, whether or not the clock has said so."""
    other = issued(ConsentGiven, NGO, id=event_id(150), valid_until="2024-04-09")
    assert MUNICIPALITY in who(
        given(*ACCEPTED, other, issued(ConsentWithdrawn, NGO, recipients=[], occurred_at="2024-04-09T12:00:00Z")).case
    )
    assert MUNICIPALITY in gone(
        given(*ACCEPTED, other, issued(ConsentWithdrawn, NGO, recipients=[], occurred_at="2024-04-10T12:00:00Z")).case
    )


def test_the_opener_stays() -> None:
    """It is in dialogue with the victim; without consent it shares nothing, but its case goes on."""
    referred_back = (
        *ACCEPTED,
        issued(ConsentGiven, NGO, id=event_id(150), recipients=[NGO]),
        issued(CaseReferred, MUNICIPALITY, id=event_id(151), recipient=NGO),
        issued(ReferralDeclined, NGO, id=event_id(152), offer_id=event_id(151)),
        issued(ConsentWithdrawn, NGO, consent_id=event_id(150), recipients=[]),
    )
    assert NGO in who(given(*referred_back).case)


def test_the_lead_stays_until_it_hands_over() -> None:
    """R18: somebody answers for the case at any time."""
    led = (*ACCEPTED, issued(LeadHandedOver, NGO), ALL)
    assert MUNICIPALITY in who(given(*led).case)
    back = issued(LeadHandedOver, MUNICIPALITY, to=NGO, occurred_at="2024-04-11T09:00:00Z")
    assert given(*led, back).case.lead == NGO
    assert gone(given(*led, back).case) == {MUNICIPALITY}
    given(*ACCEPTED, ALL).when(issued(LeadHandedOver, NGO)).then_refused("R18")


def test_who_investigates_stays_until_the_investigation_is_closed() -> None:
    """R4: the police do not lose a case that they investigate."""
    withdrawn = (*INVESTIGATED, issued(ConsentWithdrawn, NGO))
    assert POLICE in who(given(*withdrawn).case)
    closed = issued(InvestigationClosed, POLICE)
    assert gone(given(*withdrawn, closed).case) == {POLICE}
    assert POLICE in who(given(*INVESTIGATED, closed).case)


def test_a_task_that_ends_makes_nobody_else_leave() -> None:
    """That a consent's last day has passed is for the clock to say."""
    closed = issued(InvestigationClosed, POLICE, occurred_at="2024-09-10T14:00:00Z")
    case = given(*INVESTIGATED, closed).case
    assert gone(case) == {POLICE}
    assert MUNICIPALITY in gone(given(*INVESTIGATED, closed, issued(ConsentExpired, COORDINATOR)).case)


def test_who_investigates_declines_and_stays() -> None:
    """R4: an offer for something else may come to nothing."""
    declined = issued(ReferralDeclined, POLICE, offer_id=event_id(7))
    opened = (*CANONICAL_CASE[:7], issued(InvestigationOpened, POLICE), declined)
    assert POLICE in who(given(*opened).case)
    assert POLICE in gone(given(*CANONICAL_CASE[:7], declined).case)


@pytest.mark.parametrize(
    "task",
    [
        (issued(AsylumClaimed, NGO),),
        (
            issued(CaseReferred, NGO),
            issued(ReflectionPeriodRequested, MUNICIPALITY),
        ),
    ],
    ids=["asylum", "a reflection period"],
)
def test_a_task_of_its_own_outlasts_consent(task: Sequence[Issued]) -> None:
    """An authority that must decide stays, also when a referral brought it first."""
    (before,) = [p for p in given(*TO_THE_MIGRATION_AGENCY).case.participants if p.agency == MIGRATION]
    case = given(*TO_THE_MIGRATION_AGENCY, *task, ALL).case
    (decides,) = [p for p in case.participants if p.agency == MIGRATION]
    assert (before.participation, decides.participation) == (Participation.REFERRED, Participation.DECIDES)
    assert before.since == decides.since
    assert MIGRATION in gone(given(*TO_THE_MIGRATION_AGENCY, ALL).case)


def test_the_clock_of_earlier_cases_stays() -> None:
    """Where the national coordinator keeps time, it goes on with that, also where it declines to help."""
    case = given(*TO_THE_MIGRATION_AGENCY, issued(CaseReferred, NGO, id=event_id(150), recipient=COORDINATOR)).case
    assert [p.participation for p in case.participants if p.agency == COORDINATOR] == [Participation.KEEPS_TIME]
    assert COORDINATOR in who(
        given(
            *TO_THE_MIGRATION_AGENCY,
            issued(CaseReferred, NGO, id=event_id(150), recipient=COORDINATOR),
            issued(ReferralDeclined, COORDINATOR, offer_id=event_id(150)),
        ).case
    )


@pytest.mark.parametrize("answered", [False, True], ids=["open", "accepted"])
def test_social_services_stay_for_a_child(answered: bool) -> None:
    """R3, R14: a concern for a child takes no consent, so none can be withdrawn; declined, it is over."""
    offer = issued(CaseReferred, NGO, purposes=["child-protection"])
    answer = (issued(ReferralAccepted, MUNICIPALITY),) if answered else ()
    told = (*CHILD, issued(ConsentGiven, NGO), offer, *answer)
    assert MUNICIPALITY in who(given(*told, ALL).case)
    if not answered:
        assert MUNICIPALITY in gone(given(*told, issued(ReferralDeclined, MUNICIPALITY)).case)


def test_a_report_of_concern_outlasts_a_referral() -> None:
    """R14: the municipality must assess it, whatever becomes of the offer."""
    case = given(
        *CHILD,
        issued(ConsentGiven, NGO),
        issued(CaseReferred, NGO),
        issued(ChildConcernReported, NGO),
        issued(ReferralDeclined, MUNICIPALITY),
        ALL,
    ).case
    assert MUNICIPALITY in who(case)


def test_inspectors_leave_with_the_consent_to_inspect() -> None:
    """R21: the police go on for the purposes of their own referral."""
    ended = issued(
        ConsentWithdrawn,
        NGO,
        id=event_id(150),
        consent_id=event_id(101),
        recipients=[],
        occurred_at="2024-04-10T09:00:00Z",
    )
    case = given(*INSPECTED, ended).case
    assert gone(case) == {"labour-inspectorate", "tax"}
    assert POLICE in who(case)


def test_a_partner_in_an_inspection_declines_and_inspects() -> None:
    """R21: and leaves when consent to that ends."""
    referred = (
        *INSPECTED[:9],
        issued(ConsentGiven, NGO, id=event_id(150), recipients=["tax"], purposes=["support"]),
        issued(CaseReferred, NGO, id=event_id(151), recipient="tax"),
        issued(LabourInspectionRequested, POLICE),
        issued(ReferralDeclined, "tax", id=event_id(152), offer_id=event_id(151)),
    )
    assert "tax" in who(given(*referred).case)
    inspection = issued(ConsentWithdrawn, NGO, consent_id=event_id(101), recipients=[])
    assert "tax" in gone(given(*referred, inspection).case)


def test_another_referral_brings_an_agency_back() -> None:
    """As a newcomer: what it accepted before has ended, and it answers anew."""
    again = (
        *ACCEPTED,
        ALL,
        issued(ConsentGiven, NGO, id=event_id(150), occurred_at="2024-04-11T09:00:00Z"),
        issued(
            CaseReferred,
            NGO,
            id=event_id(151),
            occurred_at="2024-04-11T10:00:00Z",
            respond_by="2024-04-12T10:00:00Z",
        ),
    )
    case = given(*again).case
    assert (case.former, case.participants[-1].agency) == ((), MUNICIPALITY)
    assert case.participants[-1].since == again[-1].event.occurred_at
    assert [offer.state for offer in case.offers] == [OfferState.ENDED, OfferState.OPEN]
    given(*again).when(issued(LeadHandedOver, NGO, occurred_at="2024-04-11T11:00:00Z")).then_refused("R18")
    declined = issued(ReferralDeclined, MUNICIPALITY, id=event_id(152), offer_id=event_id(151))
    assert gone(given(*again, declined).case) == {MUNICIPALITY}


def test_who_has_left_is_not_reminded() -> None:
    """Its deadlines go on for those who are there."""
    applied = (*CANONICAL_CASE[:10], issued(InvestigationClosed, POLICE, occurred_at="2024-03-20T14:00:00Z"))
    (period,) = [d for d in deadlines(given(*applied).case) if d.kind == "reflection-period"]
    assert period.concerns == (POLICE, NGO)
    left = given(*applied, issued(ConsentWithdrawn, NGO)).case
    (period,) = [d for d in deadlines(left) if d.kind == "reflection-period"]
    assert period.concerns == (NGO,)
