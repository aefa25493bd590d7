"""After an offer: questions before the answer, what came of it, promises that nobody kept, and the case handed back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.chapters.assistance import NeedsAssessed, SupportProvided
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.chapters.transnational import TransnationalReferralOffered
from contracts.law.deadlines import deadlines
from contracts.law.promises import DAYS_TO_GIVE, BrokenPromise, not_given_in_time, promised_and_not_given
from contracts.sweden.rulesets import se_2024_04
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.evolution import LEAVES_MORE_SINCE
from contracts.view.parts.assistance import Risk
from contracts.view.parts.referral import HandBackReason, OfferState
from contracts.vocabulary.agencies import COORDINATOR
from contracts.vocabulary.choices import Service

TO_ITS_END = OTHER_CASES["a referral to its end"]
OFFERED = TO_ITS_END[:3]
ACCEPTED = (*OFFERED, issued(ReferralAccepted, MUNICIPALITY, occurred_at="2026-12-02T08:20:00Z"))
PROMISED = (Service.SAFE_ACCOMMODATION, Service.COUNSELLING)
LATE = date(2026, 12, 17)


def reported(*services: dict[str, Any], **changes: Any) -> Issued:
    """A report of the recipient on these services."""
    return issued(ReferralOutcomeReported, MUNICIPALITY, services=list(services), **changes)


def result(service: str, result: str, since: str | None = None, *reasons: str) -> dict[str, Any]:
    """The outcome of one service."""
    return {"service": service, "result": result, "since": since, "reasons": list(reasons)}


def late(case: CaseView, on: date = LATE) -> list[Service]:
    """The services that are late on a day."""
    return [each.service for each in promised_and_not_given(case, on)]


def test_views_say_more_from_the_day_on_which_the_law_was_adopted() -> None:
    """Both at the same moment, so that no event that an earlier law judges leaves more."""
    assert se_2024_04.RULESET.adopted_at == LEAVES_MORE_SINCE


def test_an_acceptance_says_when_and_what_is_promised() -> None:
    """Since the day of adoption; with no service named, all that were asked for. An earlier one says neither."""
    offer = given(*ACCEPTED).case.offers[0]
    assert (offer.accepted_on, offer.promised) == (date(2026, 12, 2), PROMISED)
    when: dict[str, Any] = {"occurred_at": "2026-12-02T08:20:00Z"}
    all_of_it = given(*OFFERED, issued(ReferralAccepted, MUNICIPALITY, services=[], **when)).case.offers[0]
    assert all_of_it.promised == PROMISED
    less = given(*OFFERED, issued(ReferralAccepted, MUNICIPALITY, services=["safe-accommodation"], **when)).case
    assert less.offers[0].promised == PROMISED[:1]
    earlier = given(*CANONICAL_CASE[:6]).case
    assert (earlier.offers[0].accepted_on, earlier.offers[0].promised) == (None, ())
    assert {"accepted_on", "promised", "report"}.isdisjoint(json.loads(earlier.canonical_json())["offers"][0])


def test_a_later_report_takes_the_place_of_an_earlier_one() -> None:
    """Service by service: the rest of the earlier report stays."""
    first = reported(
        result("safe-accommodation", "given", "2026-12-02"),
        result("counselling-and-guidance", "not-given", None, "no-capacity", "waiting-time"),
    )
    second = reported(result("counselling-and-guidance", "given", "2026-12-20"), occurred_at="2026-12-21T09:00:00Z")
    report = given(*ACCEPTED, first).when(second).then_taken().offers[0].report
    assert report is not None and report.lacking == ()
    assert [(each.service, each.result, each.since) for each in report.services] == [
        (Service.SAFE_ACCOMMODATION, "given", date(2026, 12, 2)),
        (Service.COUNSELLING, "given", date(2026, 12, 20)),
    ]
    before = given(*ACCEPTED, first).case.offers[0].report
    assert before is not None and before.lacking == (Service.COUNSELLING,)


@pytest.mark.parametrize(
    "services",
    [
        [result("safe-accommodation", "given")],
        [result("safe-accommodation", "given", "2026-12-02", "no-capacity")],
        [result("safe-accommodation", "partly", "2026-12-02")],
        [result("safe-accommodation", "partly", None, "no-capacity")],
        [result("safe-accommodation", "not-given")],
        [result("safe-accommodation", "not-given", "2026-12-02", "no-capacity")],
        [result("safe-accommodation", "given", "2026-12-02")] * 2,
        [],
    ],
)
def test_a_result_and_its_reasons_fit_together(services: list[dict[str, Any]]) -> None:
    """What was given has a first day, what was not given in full has a reason, and a service has one result."""
    with pytest.raises(ValidationError):
        reported(*services)


def test_an_offer_without_services_takes_any() -> None:
    """Where the referrer named none, the recipient says what it gave."""
    referred = issued(
        CaseReferred, NGO, occurred_at="2026-12-01T13:30:00Z", respond_by="2026-12-03T15:00:00Z", services=[]
    )
    accepted = issued(ReferralAccepted, MUNICIPALITY, occurred_at="2026-12-02T08:20:00Z", services=[])
    case = given(*OFFERED[:2], referred, accepted).when(reported(result("dental-care", "given", "2026-12-03")))
    assert case.then_taken().offers[0].promised == ()


def test_a_question_does_not_stop_the_clock() -> None:
    """The offer runs out when it would have, and the recipient may answer it without an answer to its question."""
    asked = given(*OFFERED, issued(OfferQuestionAsked, MUNICIPALITY))
    assert [each.due_at for each in deadlines(asked.case)] == [each.due_at for each in deadlines(given(*OFFERED).case)]
    expired = issued(ReferralExpired, NGO, occurred_at="2026-12-03T15:00:01Z")
    assert asked.when(expired).then_taken().offers[0].state is OfferState.EXPIRED
    assert asked.when(ACCEPTED[-1]).then_taken().offers[0].state is OfferState.ACCEPTED
    answered = asked.when(issued(OfferQuestionAnswered, NGO)).then_taken()
    assert [each.answered for each in answered.offer_questions] == [True]


def test_who_hands_back_leaves_like_one_who_declines() -> None:
    """With its reason and its suggestion; another offer that it accepted keeps it in the case."""
    case = given(*TO_ITS_END).case
    offer = case.offers[0]
    assert (offer.state, offer.handed_back) == (OfferState.ENDED, HandBackReason.NEEDS_NOT_MET_HERE)
    assert offer.suggested == "municipality-0184"
    assert not case.takes_part(MUNICIPALITY)
    more = (
        *ACCEPTED,
        issued(ConsentGiven, NGO, id=event_id(301), occurred_at="2026-12-02T09:00:00Z", valid_until="2027-06-01"),
        issued(
            CaseReferred,
            NGO,
            id=event_id(302),
            occurred_at="2026-12-02T10:00:00Z",
            respond_by="2026-12-04T10:00:00Z",
            purposes=["legal-status"],
        ),
        issued(
            ReferralAccepted, MUNICIPALITY, id=event_id(303), occurred_at="2026-12-02T11:00:00Z", offer_id=event_id(302)
        ),
    )
    stays = given(*more).when(issued(ReferralHandedBack, MUNICIPALITY)).then_taken()
    assert stays.takes_part(MUNICIPALITY)
    assert [each.state for each in stays.offers] == [OfferState.ENDED, OfferState.ACCEPTED]


def test_a_case_that_was_handed_back_is_offered_again() -> None:
    """Also to the same agency."""
    again = issued(
        CaseReferred, NGO, id=event_id(301), occurred_at="2026-12-17T10:00:00Z", respond_by="2026-12-18T10:00:00Z"
    )
    assert given(*TO_ITS_END).when(again).then_taken().is_offered(MUNICIPALITY)


def test_a_promise_is_late_after_two_weeks() -> None:
    """Not on the fourteenth day, but on the next, and until it is given, reported on or handed back."""
    case = given(*ACCEPTED).case
    assert (late(case, date(2026, 12, 16)), late(case)) == ([], list(PROMISED))
    assert (date(2026, 12, 16) - date(2026, 12, 2)).days == DAYS_TO_GIVE
    assert promised_and_not_given(case, LATE)[0] == BrokenPromise(
        offer_id=event_id(5), recipient=MUNICIPALITY, service=Service.SAFE_ACCOMMODATION, late_since=LATE
    )
    shelter = issued(
        SupportProvided,
        MUNICIPALITY,
        occurred_at="2026-12-19T08:00:00Z",
        emergency=True,
        plan_id=None,
        starts_on="2026-12-18",
        ends_on=None,
    )
    given_late = given(*ACCEPTED, shelter).case
    assert late(given_late) == [Service.COUNSELLING]
    assert [each.service for each in not_given_in_time(given_late)] == list(PROMISED)
    told = given(
        *ACCEPTED, shelter, reported(result("counselling-and-guidance", "not-given", None, "no-capacity"))
    ).case
    assert late(told) == []
    assert [each.service for each in not_given_in_time(told)] == [Service.SAFE_ACCOMMODATION]
    assert late(given(*TO_ITS_END).case) == []


def test_a_service_of_another_agency_keeps_no_promise() -> None:
    """The recipient promised; what the referrer gives meanwhile is another thing."""
    by_the_ngo = issued(
        SupportProvided,
        NGO,
        occurred_at="2026-12-05T08:00:00Z",
        emergency=True,
        plan_id=None,
        starts_on="2026-12-02",
        ends_on=None,
    )
    assert late(given(*ACCEPTED, by_the_ngo).case) == list(PROMISED)


def test_who_has_left_has_no_promise_to_keep() -> None:
    """The person has taken the consent back."""
    withdrawn = issued(ConsentWithdrawn, NGO, occurred_at="2026-12-03T09:00:00Z", recipients=[MUNICIPALITY])
    case = given(*ACCEPTED, withdrawn).case
    assert late(case) == [] and not_given_in_time(case) == ()


def test_a_try_may_be_made_the_same_day() -> None:
    """Or at no known day."""
    for day in ("2026-12-04", None):
        case = given(*ACCEPTED).when(issued(CouldNotReach, MUNICIPALITY, try_again_on=day)).then_taken()
        assert case.offers[0].unreached == issued(CouldNotReach, MUNICIPALITY).by.event_id


def test_the_older_law_does_not_know_the_new_events() -> None:
    """A report on the last day of March 2024, or one that was recorded before the law was adopted, is refused."""
    for changes in (
        {"occurred_at": "2024-03-31T21:59:59Z", "recorded_at": LEAVES_MORE_SINCE},
        {"occurred_at": "2024-04-02T08:00:00Z"},
    ):
        given(*CANONICAL_CASE[:6]).when(
            reported(result("safe-accommodation", "given", "2024-03-08"), **changes)
        ).then_refused("R20")
    first = reported(
        result("safe-accommodation", "given", "2024-03-08"),
        occurred_at="2024-03-31T22:00:00Z",
        recorded_at=LEAVES_MORE_SINCE,
    )
    given(*CANONICAL_CASE[:6]).when(first).then_taken()


@pytest.mark.parametrize(
    ("urgency", "respond_by"),
    [
        ("immediate", "2026-12-01T17:30:00Z"),
        ("within-24-hours", "2026-12-02T13:30:00Z"),
        ("ordinary", "2026-12-31T13:30:00Z"),
    ],
)
def test_an_offer_leaves_as_much_time_as_its_urgency_allows(urgency: str, respond_by: str) -> None:
    """Counted from its recording, not from when it occurred; the view leaves out that an offer is ordinary."""
    recorded_at = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
    said = issued(
        CaseReferred,
        NGO,
        occurred_at="2026-12-01T13:10:00Z",
        recorded_at=recorded_at,
        urgency=urgency,
        respond_by=respond_by,
    )
    offer = given(*OFFERED[:2]).when(said).then_taken().offers[0]
    assert offer.urgency == urgency
    assert ("urgency" in offer.model_dump()) is (urgency != "ordinary")


def test_an_offer_of_the_older_law_may_stay_open_for_years() -> None:
    """It was recorded before the law was adopted."""
    given(*CANONICAL_CASE[:4]).when(issued(CaseReferred, NGO, respond_by="2029-03-06T15:00:00Z")).then_taken()


def test_the_case_tells_the_risk_and_since_when() -> None:
    """As an assessment of today states it; an earlier one leaves the view as it was."""
    assessed = issued(NeedsAssessed, NGO, occurred_at="2026-12-05T09:00:00Z")
    needs = given(*OFFERED[:1], assessed).case.needs
    assert needs is not None and (needs.risk, needs.assessed_on) == (Risk.HIGH, date(2026, 12, 5))
    assert needs.tells_the_risk(date(2027, 1, 4)) and not needs.tells_the_risk(date(2027, 1, 5))
    earlier = given(*CANONICAL_CASE[:11]).case.needs
    assert earlier is not None and {"risk", "assessed_on"}.isdisjoint(earlier.model_dump())
    assert not earlier.tells_the_risk(date(2024, 3, 7))


def test_a_case_goes_abroad_with_a_fresh_assessment() -> None:
    """On its thirtieth day; for another purpose without any."""
    consent = issued(
        ConsentGiven,
        NGO,
        occurred_at="2026-12-01T13:00:00Z",
        recipients=[FOREIGN_PARTNER],
        purposes=["safe-return", "support"],
        valid_until="2027-06-01",
    )
    asked = (*OFFERED[:1], issued(ConsultationRequested, NGO, occurred_at="2026-12-01T10:00:00Z"), consent)
    when: dict[str, Any] = {"occurred_at": "2027-01-04T09:00:00Z", "respond_by": "2027-01-12T09:00:00Z"}
    offer = issued(TransnationalReferralOffered, COORDINATOR, **when)
    assessed = issued(NeedsAssessed, NGO, occurred_at="2026-12-05T09:00:00Z")
    given(*asked, assessed).when(offer).then_taken()
    given(*asked).when(issued(TransnationalReferralOffered, COORDINATOR, purpose="support", **when)).then_taken()
