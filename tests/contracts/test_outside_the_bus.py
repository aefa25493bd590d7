"""An agency outside the bus is asked and answers: it takes part in nothing, reads nothing, and its offer has an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.breaking import new
from harness.breaking_external import ANSWERED, ASKED, CONSENTED, MALMO, REPORTED, WITHDRAWN
from harness.directories import admitted, stated
from pydantic import ValidationError

from contracts.chapters.child_protection import ChildConcernReported
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired, ReferralWithdrawn
from contracts.directory.events import AgencySuspended, DelegateNamed
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import EVENTS
from contracts.law.decider import decide
from contracts.law.in_force import ruleset_in_force
from contracts.law.parts import parts_of
from contracts.law.personal_details import has_accepted, personal_details_open_to, personal_details_open_to_whom
from contracts.law.promises import promised_and_not_given
from contracts.law.running_out import running
from contracts.privacy.offer_outside import shown_outside
from contracts.privacy.readers import may_read_case
from contracts.sweden.guidance.reachable import not_asked_outside, refused_by_directory
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import COORDINATOR
from contracts.vocabulary.choices import DataClass, DeadlineKind
from contracts.vocabulary.parts import Part

OFFER = event_id(130)
DECLINED = issued(ExternalReferralAnswered, NGO, answer="declined", services=[], reason="no-capacity")
SYD = "coordinator-syd"


def offer_of(case: CaseView) -> Offer:
    """The one offer of the case."""
    (offer,) = case.offers
    return offer


def test_nobody_joins_and_the_offer_is_like_any_other() -> None:
    """The recipient is no participant, and nobody joins to keep time; the offer runs out by its last moment."""
    case = given(*ASKED).case
    assert [each.agency for each in case.participants] == [NGO]
    offer = offer_of(case)
    assert (offer.recipient, offer.state, offer.external) == (MALMO, OfferState.OPEN, True)
    (runs,) = [each for each in running(case) if each.kind is DeadlineKind.OFFER]
    assert (runs.subject, runs.due_at.isoformat()) == (OFFER, "2026-12-03T15:00:01+00:00")


def test_a_yes_is_accepted_and_gives_nothing_to_read() -> None:
    """The services count as promised. No part, no personal details, no lead."""
    case = given(*ANSWERED).case
    offer = offer_of(case)
    assert (offer.state, offer.accepted_on is not None, [*offer.promised]) == (
        OfferState.ACCEPTED,
        True,
        ["safe-accommodation", "counselling-and-guidance"],
    )
    assert not case.takes_part(MALMO) and parts_of(case, MALMO) == frozenset()
    assert MALMO not in may_read_case(case)
    assert not has_accepted(case, MALMO)
    on = ANSWERED[-1].event.occurred_on
    consented = given(
        *ANSWERED,
        issued(
            ConsentGiven,
            NGO,
            id=new(4),
            occurred_at="2026-12-02T09:00:00Z",
            recipients=[MALMO],
            data_classes=["identity"],
            valid_until="2027-06-01",
        ),
    ).case
    assert personal_details_open_to(consented, MALMO, on) == frozenset()
    assert MALMO not in personal_details_open_to_whom(consented, DataClass.IDENTITY, on)
    handed = issued(LeadHandedOver, NGO, to=MALMO, occurred_at="2026-12-02T10:00:00Z")
    given(*ANSWERED).when(handed).then_refused("R18")


def test_joining_later_opens_nothing_by_the_old_answer() -> None:
    """The municipality joins the bus and takes part for health care: its yes from outside opens no part here."""
    joined = (
        *ANSWERED,
        issued(
            ConsentGiven,
            NGO,
            id=new(5),
            occurred_at="2026-12-05T09:00:00Z",
            recipients=[MALMO],
            purposes=["legal-status"],
            valid_until="2027-06-01",
        ),
        issued(
            CaseReferred,
            NGO,
            id=new(6),
            recipient=MALMO,
            purposes=["legal-status"],
            services=[],
            occurred_at="2026-12-05T10:00:00Z",
            respond_by="2026-12-06T10:00:00Z",
        ),
    )
    offered = given(*joined).case
    assert not parts_of(offered, MALMO), "it was offered the case, and has not accepted it"
    accepted = issued(
        ReferralAccepted, MALMO, id=new(7), offer_id=new(6), services=[], occurred_at="2026-12-05T11:00:00Z"
    )
    assert {*parts_of(given(*joined, accepted).case, MALMO)} == {"core", "dialogue", "stay"}


def test_a_task_by_law_later_opens_what_it_needs_and_no_more() -> None:
    """The municipality joins, and a concern for the child reaches it: the texts of the offer outside stay shut."""
    child = issued(VictimDetected, NGO, age_band="minor", occurred_at="2026-12-01T09:30:00Z")
    asked = issued(ExternalReferralMade, NGO, purposes=["child-protection"], services=[])
    yes = issued(ExternalReferralAnswered, NGO, services=[])
    concern = issued(ChildConcernReported, NGO, municipality=MALMO, occurred_at="2026-12-03T09:00:00Z")
    case = given(child, asked, yes, concern).case
    assert case.takes_part(MALMO) and parts_of(case, MALMO) == {Part.CORE, Part.SUPPORT}
    assert Part.DIALOGUE in parts_of(case, NGO)


def test_a_form_shows_an_open_offer_outside_and_no_other() -> None:
    """Until its last moment, while the case is open; the preview has no id of the case."""
    last = datetime(2026, 12, 3, 15, tzinfo=UTC)
    shown = shown_outside(given(*ASKED).case, OFFER, last)
    assert shown is not None and shown.recipient == MALMO
    assert shown_outside(given(*ASKED).case, OFFER, last + timedelta(seconds=1)) is None
    assert shown_outside(given(*ANSWERED).case, OFFER, last) is None
    closed = issued(CaseClosed, NGO, occurred_at="2026-12-02T09:00:00Z")
    assert shown_outside(given(*ASKED, closed).case, OFFER, last) is None
    assert shown_outside(given(*CANONICAL_CASE[:5]).case, event_id(5), datetime(2024, 3, 5, tzinfo=UTC)) is None


def test_the_offer_ends_with_the_consent() -> None:
    """Open, it is withdrawn; accepted, it has ended. A purpose that is left keeps it."""
    assert offer_of(given(*ASKED, WITHDRAWN).case).state is OfferState.WITHDRAWN
    assert offer_of(given(*ANSWERED, WITHDRAWN).case).state is OfferState.ENDED
    assert not given(*ANSWERED, WITHDRAWN).case.former
    other = issued(ConsentWithdrawn, NGO, occurred_at="2026-12-02T09:00:00Z", recipients=[], data_classes=["identity"])
    assert offer_of(given(*ANSWERED, other).case).state is OfferState.ACCEPTED


def test_a_yes_takes_consent_still_and_a_no_never_does() -> None:
    """One of two purposes has lost its consent meanwhile: the offer is open, and no yes is lawful."""
    consent = issued(
        ConsentGiven,
        NGO,
        occurred_at="2026-12-01T13:00:00Z",
        recipients=[MALMO],
        purposes=["support", "health-care"],
        valid_until="2027-06-01",
    )
    asked = issued(ExternalReferralMade, NGO, purposes=["support", "health-care"])
    partly = issued(ConsentWithdrawn, NGO, occurred_at="2026-12-01T16:00:00Z", purposes=["health-care"], recipients=[])
    case, at = given(ASKED[0], consent, asked, partly), datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert offer_of(case.case).state is OfferState.OPEN
    assert shown_outside(given(ASKED[0], consent, asked).case, OFFER, at) is not None
    assert shown_outside(case.case, OFFER, at) is None, "nor may anybody read what it asks"
    case.when(issued(ExternalReferralAnswered, NGO)).then_refused("R3")
    assert offer_of(case.when(DECLINED).then_taken()).state is OfferState.DECLINED


def test_a_concern_for_a_child_needs_no_consent() -> None:
    """A municipality outside the bus has the duty of any other; the offer stands when a consent is withdrawn."""
    child = issued(VictimDetected, NGO, age_band="minor", occurred_at="2026-12-01T09:30:00Z")
    concern = issued(ExternalReferralMade, NGO, purposes=["child-protection"], services=[])
    asked = given(child, concern)
    assert offer_of(asked.case).by_duty
    answered = asked.when(issued(ExternalReferralAnswered, NGO, services=[])).then_taken()
    assert offer_of(answered).state is OfferState.ACCEPTED


def test_the_offer_is_withdrawn_and_expires_like_any_other() -> None:
    """By its referrer, and by the clock."""
    withdrawn = issued(ReferralWithdrawn, NGO, offer_id=OFFER, occurred_at="2026-12-02T08:00:00Z")
    assert offer_of(given(*ASKED).when(withdrawn).then_taken()).state is OfferState.WITHDRAWN
    expired = issued(ReferralExpired, NGO, offer_id=OFFER, occurred_at="2026-12-03T15:00:01Z")
    assert offer_of(given(*ASKED).when(expired).then_taken()).state is OfferState.EXPIRED


def test_the_referrer_reports_the_outcome_for_it() -> None:
    """And nobody else; until then the promise is late like any other."""
    late = REPORTED.event.occurred_on.replace(day=31)
    assert {each.recipient for each in promised_and_not_given(given(*ANSWERED).case, late)} == {MALMO}
    case = given(*ANSWERED).when(REPORTED).then_taken()
    assert offer_of(case).report is not None
    assert promised_and_not_given(case, late) == ()


def test_nobody_asked_outside_before_the_law_of_2024() -> None:
    """An event of an earlier day has no mandate."""
    early = issued(ExternalReferralMade, NGO, occurred_at="2023-03-01T10:00:00Z", respond_by="2023-03-02T10:00:00Z")
    ruleset = ruleset_in_force(early.event.occurred_on, early.by.recorded_at)
    refusal = decide(given(*CONSENTED).case, early.event, early.by, ruleset)
    assert refusal is not None and refusal.rule.id == "R20"


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "no-capacity"},
        {"answer": "declined", "services": []},
        {"answer": "declined", "reason": "other"},
        {"answered_by": "Anna Andersson"},
        {"channel": "fax"},
        {"note": "call Anna"},
    ],
)
def test_an_answer_says_a_function_and_no_more(changes: dict[str, Any]) -> None:
    """A yes has no reason, a no has one and promises nothing; no field holds a name."""
    with pytest.raises(ValidationError):
        issued(ExternalReferralAnswered, NGO, **changes)


def directory(*more: Any) -> DirectoryView:
    """The coordinators and Stockholm are on the bus, and this happened afterwards."""
    return fold_directory([*(admitted(each) for each in (COORDINATOR, SYD, MUNICIPALITY)), *more])


def refused(view: DirectoryView, recipient: str = MALMO) -> tuple[str, str, tuple[str, ...]]:
    """The refusal of asking an agency outside the bus: its English, its Swedish, and who can be asked."""
    refusal = not_asked_outside(
        given(*CONSENTED).case, issued(ExternalReferralMade, NGO, recipient=recipient).event, view
    )
    assert refusal is not None and refusal.rule.id == "R33"
    return refusal.missing.what.en, refusal.missing.what.sv, refusal.missing.supplied_by


def test_who_is_on_the_bus_is_asked_here() -> None:
    """And one that is suspended is not asked past its suspension."""
    assert refused(directory(), MUNICIPALITY) == (
        "Stockholm (municipality-0180) is on the bus: refer the case there.",
        "Stockholm (municipality-0180) är ansluten: hänvisa dit.",
        (MUNICIPALITY,),
    )
    en, sv, who = refused(directory(admitted(MALMO), stated(AgencySuspended, agency=MALMO)))
    assert en.startswith("Malmö (municipality-1280) is suspended. Regional coordinator Syd") and who == (SYD,)
    assert sv.startswith("Malmö (municipality-1280) är avstängd. Regionkoordinator Syd")


@pytest.mark.parametrize("nobody", ["municipality-9999", "region-99", "polisen", "ngo-nowhere"])
def test_who_is_not_known_to_exist_is_not_asked(nobody: str) -> None:
    """A mistyped code reaches nobody, on the bus or beside it."""
    en, _, who = refused(directory(), nobody)
    assert en.startswith(f"{nobody} is not known to exist. ") and who[0] in (SYD, COORDINATOR)


@pytest.mark.parametrize("outside", [MALMO, "region-12", "ngo-plattformen", "coordinator-vast"])
def test_who_exists_outside_is_asked(outside: str) -> None:
    """A municipality, a region, and a contact that is not on the bus; also where a delegate receives for it."""
    event = issued(ExternalReferralMade, NGO, recipient=outside)
    for view in (directory(), directory(stated(DelegateNamed, agency=MALMO, delegate=SYD))):
        assert refused_by_directory(given(*CONSENTED).case, event.event, event.by, view) is None


def test_a_refused_referral_says_that_there_is_another_way() -> None:
    """Only where the agency exists and is not on the bus."""
    event: Issued = issued(CaseReferred, NGO, recipient=MALMO)
    refusal = refused_by_directory(given(*CONSENTED).case, event.event, event.by, directory())
    assert refusal is not None and refusal.rule.id == "R24"
    assert refusal.missing.what.en.endswith("It can also be asked outside the bus, by a form, a link or phone.")
    assert refusal.missing.what.sv.endswith(
        "Den kan också tillfrågas utanför bussen, med blankett, länk eller telefon."
    )
    event = issued(CaseReferred, NGO, recipient="municipality-9999")
    refusal = refused_by_directory(given(*CONSENTED).case, event.event, event.by, directory())
    assert refusal is not None and "outside the bus" not in refusal.missing.what.en


def test_one_event_asks_outside() -> None:
    """An event that is added later says so here."""
    assert [name for name, event in EVENTS.items() if event.canonical().outsiders()] == ["ExternalReferralMade"]
