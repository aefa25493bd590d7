"""Any sequence of events, lawful or not: a state machine issues random events, and the invariants of a case hold."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.examples import examples
from harness.extremes import DAYS, timed_places
from harness.reading_views import read_case
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import ValidationError

from contracts.calendar.days import SWEDISH_TIME
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted
from contracts.chapters.child_protection import CustodianTraced
from contracts.chapters.clocks import fallen_due
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import HOLDERS_ANSWER, ErasureRequested, holders_of
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.refusals import HelpDeclined
from contracts.chapters.transnational import TransnationalReferralAccepted
from contracts.event.case_event import EVENTS, CaseEvent, Chapter
from contracts.law.children import may_be_a_child
from contracts.law.parts import readers as parts_read
from contracts.law.personal_details import personal_details_open_to
from contracts.law.time_kept import everybody_keeps_time
from contracts.privacy.offer_preview import as_previewed
from contracts.privacy.readers import NARROWING, may_read_case, may_read_personal
from contracts.sweden.chapters.child_safeguards import AgeAssessed, BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.reflection_period import ReflectionPeriodGranted
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted
from contracts.sweden.chapters.return_choice import ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, SINCE_2026
from contracts.testing.example_ids import CASE_ID, event_id
from contracts.testing.given_when_then import Given, Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import Begun, with_id
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.participants import Participation
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import IOM, MIGRATION, AgencyKind, kind_named_by
from contracts.vocabulary.choices import AgeBand, DataClass
from contracts.vocabulary.parts import Part

AGENCIES = (
    "ngo-fyren",
    "ngo-hamnen",
    "municipality-0180",
    "police",
    "migration",
    "coordinator",
    "coordinator-syd",
    "iom",
    "tax",
    "labour-inspectorate",
    "foreign-partner-ro",
    "region-01",
    "auditor",
)
PURPOSES = ("support", "investigation", "safe-return", "child-protection", "labour-inspection")
ISSUABLE = [event for event in EVENTS.values() if event not in (VictimDetected, CaseReferred, ConsentGiven)]

_TURNS: dict[type[CaseEvent], dict[str, tuple[Any, ...]]] = {
    AgeAssessed: {"age": ("minor", "adult"), "basis": ("documents", "assessment")},
    BestInterestsAssessed: {"in_best_interests": (True, True, False), "country": ("RO", "RO", "AL")},
    CustodianTraced: {"safe_for_the_child": (True, False)},
    GuardianAppointed: {"guardian": ("guardian-for-an-unaccompanied-child", "special-representative")},
    HelpDeclined: {"services": (["safe-accommodation"], ["support-for-a-safe-return"])},
    ReturnChosen: {"child_view": ("agrees", "agrees", "objects", None), "guardian_consents": (True, True, False)},
}
"""Fields on which a child's safety hangs, and the values that they have by turns."""

TIMED = {
    event: days
    for event in EVENTS.values()
    if (days := [str(place[0]) for place, kind in timed_places(event).items() if (kind, len(place)) == ("date", 1)])
}
"""The events that state days, and in which fields."""


def readers(case: CaseView) -> set[tuple[str, str]]:
    """Who may read which part of a case, as far as events have said."""
    of_details = {(part, agency) for part in DataClass for agency in may_read_personal(case, part, date.min)}
    return {("case", agency) for agency in may_read_case(case)} | of_details


def keepers(case: CaseView) -> set[str]:
    """Who takes part only because a clock runs."""
    return {each.agency for each in case.participants if each.participation is Participation.KEEPS_TIME}


class AnySequence(RuleBasedStateMachine):
    """Agencies issue events about one case, in any order, from any hand, while time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.case = CaseView.unopened(CASE_ID)
        self.now = datetime(2024, 3, 4, 9, tzinfo=UTC)
        self.history: list[Issued] = []

    @property
    def today(self) -> date:
        """The Swedish day."""
        return self.now.astimezone(SWEDISH_TIME).date()

    def issue(self, event: type[CaseEvent], by: str, **changes: Any) -> None:
        """Issue an event now; a refused one leaves the case as it was, a taken one takes it one version on."""
        changes = {"occurred_at": self.now.isoformat(), **changes}
        said = issued(event, by, id=event_id(1000 + len(self.history)), **changes)
        before, digest = self.case, self.case.digest
        outcome = Given(before).when(said)
        assert before.digest == digest
        if outcome.refusal is not None:
            assert outcome.case is before
            return
        self.case = outcome.case
        self.history.append(said)
        assert self.case.version == before.version + 1
        if event is not VictimDetected:
            assert (
                before.takes_part(by)
                or (event in HOLDERS_ANSWER and by in holders_of(before))
                or (before.is_offered(by) and event.answers_an_offer)
            )
        assert AgencyKind.AUDITOR is not kind_named_by(by)
        if everybody_keeps_time(said.by):
            assert keepers(self.case) <= keepers(before)
        assert event.__name__ in NARROWING or readers(before) <= readers(self.case)
        read = parts_read(self.case)
        assert event.__name__ in NARROWING or all(
            parts <= read.get(agency, frozenset()) for agency, parts in parts_read(before).items()
        )
        self.nobody_reads_without_need(read)
        if before.status is CaseStatus.CLOSED:
            assert event.after_closure
        if before.status is CaseStatus.ERASED:
            assert event in HOLDERS_ANSWER
        if isinstance(said.event, PersonalDetailsRead):
            assert set(said.event.data_classes) <= personal_details_open_to(before, by, said.event.occurred_on)
        if event in (CaseClosed, LeadHandedOver, ErasureRequested):
            assert by == before.lead
        if self.now >= SINCE_2026 and may_be_a_child(before):
            self.child_is_safe(said.event)
        if isinstance(said.event, ReimbursementClaimed):
            days = (said.event.ends_on - said.event.starts_on).days + 1
            for day in (said.event.starts_on + timedelta(days=n) for n in range(days)):
                assert before.reimbursable(day, day)

    def nobody_reads_without_need(self, read: Mapping[str, frozenset[Part]]) -> None:
        """Who accepted nothing, leads nothing and was asked for nothing reads only the core: told from the events."""
        told = [(each.by.agency, each.event) for each in self.history]
        accepted = {by for by, event in told if isinstance(event, ReferralAccepted | TransnationalReferralAccepted)}
        asked = {agency for _, event in told for agency in event.addressees() if not isinstance(event, CaseReferred)}
        by_law = {MIGRATION, IOM} | {by for by, event in told if event.part is not Part.CORE}
        for agency, parts in read.items():
            if agency not in accepted | asked | by_law | {self.case.lead}:
                assert parts <= {Part.CORE, Part.DIALOGUE}
            assert self.case.takes_part(agency) and Part.CORE in parts
        assert not keepers(self.case) or not all(everybody_keeps_time(each.by) for each in self.history)

    def child_is_safe(self, event: CaseEvent) -> None:
        """No child has a return approved, travels or arrives without every safeguard: told from the events alone."""
        if not isinstance(event, ReturnApproved | TravelArranged | Returned):
            return
        told = [each.event for each in self.history[:-1]]
        country = next(one.destination for one in self.case.returns if one.id == event.request_id)
        assessed = [
            one
            for one in told
            if isinstance(one, BestInterestsAssessed) and (one.step, one.country) == ("return", country)
        ]
        chosen = [one for one in told if isinstance(one, ReturnChosen) and one.destination == country]
        traced = [one for one in told if isinstance(one, CustodianTraced)]
        assert assessed[-1].in_best_interests
        assert chosen[-1].guardian_consents
        assert chosen[-1].child_view in ("agrees", "too-young-to-say")
        assert any(isinstance(one, ReceptionConfirmed) and one.request_id == event.request_id for one in told)
        assert any(isinstance(one, GuardianAppointed) and one.guardian != "special-representative" for one in told) or (
            traced and traced[-1].safe_for_the_child and traced[-1].custodian != "nobody-found"
        )

    def refers_to(self, event: type[CaseEvent], data: st.DataObject) -> dict[str, Any]:
        """Values for an event's references: of things that are there, so that some of it is lawful."""
        requests: dict[str, tuple[Begun, ...]] = {
            "Erasure": self.case.erasures,
            "ReflectionPeriod": self.case.reflection_periods,
            "ResidencePermit": self.case.permits,
        }
        there: dict[str, tuple[Begun, ...]] = {
            "consultation_id": self.case.consultations,
            "consent_id": self.case.consents,
            "offer_id": self.case.offers,
            "investigation_id": (self.case.investigation,) if self.case.investigation else (),
            "request_id": next((b for n, b in requests.items() if event.__name__.startswith(n)), self.case.returns),
            "permit_id": self.case.permits,
            "assessment_id": (self.case.needs,) if self.case.needs else (),
            "plan_id": self.plans_of(event),
            "question_id": self.case.offer_questions,
            "claim_id": self.case.claims,
            "concern_id": self.case.child_concerns,
            "inspection_id": self.case.inspections,
        }
        found: dict[str, Any] = {
            field: begun[-1 - data.draw(st.integers(0, min(1, len(begun) - 1)))].id
            for field, begun in there.items()
            if field in event.model_fields and begun
        }
        if "support_ids" in event.model_fields and self.case.support:
            ids = [one.id for one in self.case.support]
            found["support_ids"] = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=2))
        if event is ReflectionPeriodGranted:
            found |= {"starts_on": str(self.today), "ends_on": str(self.today + timedelta(days=29))}
        if event is ResidencePermitGranted:
            found |= {"valid_from": str(self.today), "valid_until": str(self.today + timedelta(days=200))}
        if event is ReimbursementClaimed:
            first = self.today - timedelta(days=data.draw(st.integers(0, 40)))
            found |= {"starts_on": str(first), "ends_on": str(first + timedelta(days=data.draw(st.integers(0, 40))))}
        if event is ReimbursementDecided and self.case.claims:
            found |= {"outcome": "granted", "amount_sek": self.case.claims[-1].claimed_sek}
        if event is ErasureRequested:
            found["holders"] = holders_of(self.case)
            found["scope"] = data.draw(st.sampled_from(ErasureScope))
        if event is PersonalDetailsRecorded:
            found["record_id"] = event_id(5000 + len(self.history))
            mine = [record.record_id for record in self.case.personal_records]
            found["replaces"] = data.draw(st.sampled_from([None, *mine]))
        if event is LeadHandedOver:
            found["to"] = data.draw(st.sampled_from(AGENCIES))
        for field, values in _TURNS.get(event, {}).items():
            found[field] = data.draw(st.sampled_from(values))
        for field in ("dialogue_with_victim_on", "inspected_on"):
            if field in event.model_fields:
                found[field] = str(self.today)
        return found

    def plans_of(self, event: type[CaseEvent]) -> tuple[Begun, ...]:
        """The plan that the event is about."""
        plan = self.case.integration_plan if event.chapter is Chapter.LONG_TERM else self.case.plan
        return () if plan is None else (plan,)

    @initialize(story=st.sampled_from((CANONICAL_CASE, *OTHER_CASES.values())), told=st.integers(0, 25))
    def a_case_begins(self, story: tuple[Issued, ...], told: int) -> None:
        """Somewhere along a lawful case; mostly near its end, since few are as long as the canonical one."""
        self.history = list(story[: max(1, told)])
        self.case = given(*self.history).case
        self.now = self.history[-1].by.recorded_at

    @rule(by=st.sampled_from(AGENCIES), data=st.data(), event=st.sampled_from(ISSUABLE))
    def anybody_issues_anything(self, by: str, data: st.DataObject, event: type[CaseEvent]) -> None:
        """Any agency, any event; what it refers to is mostly there."""
        self.issue(event, by, **self.refers_to(event, data))

    @rule(order=st.permutations(ISSUABLE), who=st.integers(0, 11), data=st.data())
    def somebody_issues_what_is_lawful(self, order: list[type[CaseEvent]], who: int, data: st.DataObject) -> None:
        """The first event, in an arbitrary order, that some participant may issue now."""
        for event in order:
            able = [p.agency for p in self.case.participants if kind_named_by(p.agency) in event.issuers]
            if able:
                version = self.case.version
                self.issue(event, able[who % len(able)], **self.refers_to(event, data))
                if self.case.version > version:
                    return

    @rule(
        by=st.sampled_from(AGENCIES),
        recipients=st.lists(st.sampled_from(AGENCIES), min_size=1, unique=True),
        purposes=st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True),
        days=st.integers(-1, 60),
    )
    def the_victim_consents(self, by: str, recipients: list[str], purposes: list[str], days: int) -> None:
        """With some agencies, for some purposes, for some days."""
        until = str(self.today + timedelta(days=days))
        self.issue(ConsentGiven, by, recipients=recipients, purposes=purposes, valid_until=until)

    @rule(by=st.sampled_from(AGENCIES), to=st.sampled_from(AGENCIES), purpose=st.sampled_from(PURPOSES), data=st.data())
    def somebody_refers(self, by: str, to: str, purpose: str, data: st.DataObject) -> None:
        """To somebody, with a day or two to answer, mostly with consent."""
        hours = data.draw(st.integers(0, 48))
        if data.draw(st.booleans()):
            self.issue(ConsentGiven, by, recipients=[to], purposes=[purpose], valid_until=str(self.today))
        respond_by = (self.now + timedelta(hours=hours)).isoformat()
        self.issue(CaseReferred, by, recipient=to, purposes=[purpose], respond_by=respond_by)

    @rule(
        by=st.sampled_from(AGENCIES),
        event=st.sampled_from([*TIMED]),
        day=st.sampled_from(DAYS),
        data=st.data(),
    )
    def somebody_states_an_extreme_day(self, by: str, event: type[CaseEvent], day: str, data: st.DataObject) -> None:
        """In one of the event's days, or in all of them: no event, refused, or taken like any other."""
        chosen = data.draw(st.sampled_from([TIMED[event], *([each] for each in TIMED[event])]))
        with suppress(ValidationError):
            self.issue(event, by, **{**self.refers_to(event, data), **dict.fromkeys(chosen, day)})

    @rule(hours=st.sampled_from((1, 7, 24, 24 * 8, 24 * 40)), clock=st.booleans())
    def time_goes_on(self, hours: int, clock: bool) -> None:
        """And the coordinator's clock says what has run out, unless it is down or the case is not the coordinator's, in
        which an agency's task keeps the time of its own reviews. All of it is taken, once, but what is said of an offer
        that a consent's end has just withdrawn.
        """
        self.now += timedelta(hours=hours)
        if clock and self.case.takes_part("coordinator"):
            due = fallen_due(self.case, self.now)
            for event in due:
                version, offers = self.case.version, self.case.offers
                self.issue(type(event), "coordinator", **event.model_dump(mode="json"))
                about = with_id(offers, getattr(event, "offer_id", getattr(event, "subject", "")))
                withdrawn = about is not None and about.state is OfferState.WITHDRAWN
                assert self.case.version == version + (not withdrawn)
            assert fallen_due(self.case, self.now) == ()

    @invariant()
    def a_case_has_one_lead_who_takes_part(self) -> None:
        """From its first event on."""
        assert (self.case.lead is None) is (self.case.status in (CaseStatus.UNOPENED, CaseStatus.ERASED))
        assert self.case.lead is None or self.case.takes_part(self.case.lead)

    @invariant()
    def who_has_left_is_out(self) -> None:
        """Not both in and out; nothing that stands was offered to it, and nothing open to it."""
        for former in self.case.former:
            assert not self.case.takes_part(former.agency)
            assert not any(offer.recipient == former.agency and offer.stands for offer in self.case.offers)
            assert not personal_details_open_to(self.case, former.agency, self.today)
        gone = [former.agency for former in self.case.former]
        assert len(gone) == len(set(gone))
        assert not {self.case.opened_by, self.case.lead} & set(gone)

    @invariant()
    def who_is_offered_the_case_judges_its_answer_as_the_others_do(self) -> None:
        """On the preview alone, whatever it answers; and the preview has no other agency's offer or consent in it."""
        for agency in (each.agency for each in self.case.participants if each.is_offered):
            offer = self.case.open_offer_to(agency)
            assert offer is not None
            known = as_previewed(self.case, offer)
            assert [each.agency for each in known.participants] == [agency]
            assert all(consent.recipients == (agency,) for consent in known.consents)
            for event in (each for each in EVENTS.values() if each.answers_an_offer):
                said = issued(event, agency, id=event_id(4999), occurred_at=self.now.isoformat(), offer_id=offer.id)
                whole, preview = Given(self.case).when(said), Given(known).when(said)
                assert whole.refusal == preview.refusal
                after = with_id(whole.case.offers, offer.id)
                assert after is not None
                assert as_previewed(whole.case, after).core == as_previewed(preview.case, preview.case.offers[0]).core

    @invariant()
    def who_leads_an_investigation_takes_part(self) -> None:
        """Until it is closed, whatever the victim consents to."""
        if self.case.investigation is not None and self.case.under_investigation:
            assert self.case.takes_part(self.case.investigation.led_by)

    @invariant()
    def nobody_has_two_open_offers(self) -> None:
        """At most one for each recipient, at home or abroad."""
        recipients = [offer.recipient for offer in self.case.offers if offer.state is OfferState.OPEN]
        assert len(recipients) == len(set(recipients))

    @invariant()
    def no_personal_details_without_consent_in_force(self) -> None:
        """Only who accepted or opened the case, and only while a consent that names it is in force."""
        for agency in AGENCIES:
            if personal_details_open_to(self.case, agency, self.today):
                assert any(agency in c.recipients and self.today <= c.valid_until for c in self.case.consents)
                assert agency == self.case.opened_by or any(
                    o.recipient == agency and o.state is OfferState.ACCEPTED for o in self.case.offers
                )
                assert self.case.takes_part(agency)

    @invariant()
    def keys_are_for_those_who_take_part(self) -> None:
        """Personal details' keys, too; an erased case has no keys, and nothing in it but who confirmed."""
        participants = may_read_case(self.case)
        for data_class in DataClass:
            assert may_read_personal(self.case, data_class, self.today) <= participants
        if self.case.status is CaseStatus.ERASED:
            left = {"case_id", "version", "status", "participants", "erasures"}
            assert participants == frozenset()
            assert self.case.model_dump(exclude=left) == CaseView.unopened(CASE_ID).model_dump(exclude=left)

    @invariant()
    def who_confirms_an_erasure_holds_something(self) -> None:
        """Once each; records of personal details have ids of their own."""
        for erasure in self.case.erasures:
            assert set(erasure.confirmed_by) <= set(erasure.holders)
            assert len(erasure.confirmed_by) == len(set(erasure.confirmed_by))
        ids = [record.record_id for record in self.case.personal_records]
        assert len(ids) == len(set(ids))

    @invariant()
    def no_service_is_paid_twice(self) -> None:
        """Among the claims that were not refused."""
        ids = [id for claim in self.case.claims if claim.decision is not Decision.REFUSED for id in claim.support_ids]
        assert len(ids) == len(set(ids))

    @invariant()
    def applications_are_decided_one_by_one(self) -> None:
        """At most one of each sort awaits a decision."""
        for sort in (self.case.reflection_periods, self.case.permits, self.case.claims):
            pending = [one for one in sort if one.decision is Decision.PENDING]
            assert len(pending) <= 1 or sort is self.case.claims

    @invariant()
    def the_view_is_valid(self) -> None:
        """It reads back from its own JSON, and names each participant once."""
        assert CaseView.model_validate_json(self.case.canonical_json()) == self.case
        agencies = [participant.agency for participant in self.case.participants]
        assert len(agencies) == len(set(agencies))

    def teardown(self) -> None:
        """Folded again, the same history gives the same bytes; and whatever is read of it, nothing fails."""
        read_case(self.case)
        again = CaseView.unopened(CASE_ID)
        for each in self.history:
            again = Given(again).when(each).then_taken()
        assert again.digest == self.case.digest


CHILDS_RETURN = OTHER_CASES["a child goes home"]
ON_THE_WAY = (
    AgeAssessed,
    BestInterestsAssessed,
    CustodianTraced,
    GuardianAppointed,
    HelpDeclined,
    ReceptionConfirmed,
    ReturnApproved,
    ReturnChosen,
    ReturnCountersigned,
    ReturnRequested,
    Returned,
    TravelArranged,
)


class AnyChildsReturn(AnySequence):
    """Only what a return hangs on, of an adult, a child or somebody who may be one, since the rules are there."""

    @initialize(age=st.sampled_from(AgeBand))
    def a_case_begins(self, age: AgeBand) -> None:
        """With a plan, and nothing else that a return takes."""
        detected = issued(VictimDetected, "municipality-0180", age_band=age)
        planned = next(each for each in CHILDS_RETURN if isinstance(each.event, SupportPlanDrafted))
        needs = next(each for each in CHILDS_RETURN if isinstance(each.event, NeedsAssessed))
        asked = issued(ConsultationRequested, "municipality-0180")
        self.history = [
            *(issued(type(e.event), "municipality-0180", id=e.by.event_id) for e in (detected, asked, needs, planned))
        ]
        self.history[0] = detected
        self.case = given(*self.history).case
        self.now = SINCE_2026

    @rule(data=st.data(), event=st.sampled_from(ON_THE_WAY))
    def somebody_takes_a_step(self, data: st.DataObject, event: type[CaseEvent]) -> None:
        """Any of these events, by an agency that may issue it."""
        by = next(each for each in ("municipality-0180", "coordinator", "iom") if kind_named_by(each) in event.issuers)
        self.issue(event, by, **self.refers_to(event, data))

    @rule(data=st.data(), late=st.sampled_from(ON_THE_WAY))
    def everything_is_done_in_order(self, data: st.DataObject, late: type[CaseEvent]) -> None:
        """All the steps of a lawful return, but for one that somebody forgets."""
        for each in CHILDS_RETURN:
            if type(each.event) in ON_THE_WAY and type(each.event) not in (late, AgeAssessed, HelpDeclined):
                by = each.by.agency.replace("ngo-fyren", "municipality-0180")
                about = {"request_id": self.case.returns[-1].id} if self.case.returns else {}
                plan = {"plan_id": self.case.plan.id} if self.case.plan else {}
                fields = {n: v for n, v in {**about, **plan}.items() if n in type(each.event).model_fields}
                self.issue(type(each.event), by, **fields)

    # The rules for all other events stay with the sequence above.
    anybody_issues_anything = None  # type: ignore[assignment]
    somebody_issues_what_is_lawful = None  # type: ignore[assignment]
    the_victim_consents = None  # type: ignore[assignment]
    somebody_refers = None  # type: ignore[assignment]
    somebody_states_an_extreme_day = None  # type: ignore[assignment]
    time_goes_on = None  # type: ignore[assignment]


class MoreOfAnyChildsReturn(AnyChildsReturn):
    """The same, tried more often."""


class MoreOfAnySequence(AnySequence):
    """The same, tried more often."""


TestAnyChildsReturn = AnyChildsReturn.TestCase
TestAnyChildsReturn.settings = examples(20, stateful_step_count=30)

TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = examples(20, stateful_step_count=40)

TestMoreOfAnyChildsReturn = pytest.mark.long(MoreOfAnyChildsReturn.TestCase)
TestMoreOfAnyChildsReturn.settings = examples(100, stateful_step_count=30)

TestMoreOfAnySequence = pytest.mark.long(MoreOfAnySequence.TestCase)
TestMoreOfAnySequence.settings = examples(100, stateful_step_count=40)
