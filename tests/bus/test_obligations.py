"""The obligations that an event lays on an agency: given a case, when an event joins it, then exactly these rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from harness.forging import ROOT, a_directory, a_signer, admitted, after, keys_for, sealed

from bus.case.case_replica import CaseReplica
from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import Envelope
from bus.mandate import always
from bus.reconciler.obligations import WIDENED, Duties
from bus.sealing.content import ContentKey
from bus.store import Kind, Obligation
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.personal_data import PersonalDetailsRecorded
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.event.case_event import CaseEvent
from contracts.law.deadlines import next_moment
from contracts.privacy.readers import NARROWING, may_read_each
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import CASE_ID, MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION, AgencyKind
from services import mandates

AGENCIES = (NGO, MUNICIPALITY, POLICE, MIGRATION, COORDINATOR, "iom")
SIGNERS = {agency: a_signer(agency) for agency in AGENCIES}
DIRECTORY = a_directory(*SIGNERS.values())
OFFERED = CANONICAL_CASE[:5]
RECORDED = (*OFFERED, issued(PersonalDetailsRecorded, NGO))


def duties(agency: str, reacts_to: Collection[type[CaseEvent]] = (), *, keeps_time: bool = False) -> Duties:
    """An agency's."""
    return Duties(agency, {event.__name__: [always] for event in reacts_to}, keeps_time)


def chained(events: Sequence[Issued], key: ContentKey | None = None) -> list[Envelope]:
    """The events in one chain; the last of them under another key, if so wanted."""
    chain: list[Envelope] = []
    for count, each in enumerate(events, 1):
        place: dict[str, Any] = after(chain[-1]) if chain else {"case_id": CASE_ID}
        said: dict[str, Any] = {"event_id": each.by.event_id, "recorded_at": each.by.recorded_at}
        under = key if count == len(events) else None
        chain.append(sealed(SIGNERS[each.by.agency], each.event, key=under, **place, **said))
    return chain


class Joined:
    """A case before and after the last of these events."""

    def __init__(self, *events: Issued, key: ContentKey | None = None, held: bool = True) -> None:
        self.after = CaseReplica.unopened(CASE_ID, keys_for(CASE_ID) if held else ())
        self.effect = False
        for envelope in chained(events, key):
            self.before, self.envelope = self.after, envelope
            folded = self.before.after(envelope, DIRECTORY)
            self.after, self.effect = folded.case, folded.void is None

    def rows(self, whose: Duties) -> list[Obligation]:
        """What it obliges somebody to."""
        return sorted(whose.after(self.envelope, self.before, self.after, effect=self.effect), key=str)

    def owed(self, whose: Duties) -> list[tuple[Kind, str]]:
        """The kinds and details of that, all of this case and since the event was recorded."""
        found = self.rows(whose)
        assert {one.case_id for one in found} <= {CASE_ID}
        at = self.envelope.recorded_at.timestamp()
        assert {one.since for one in found if one.kind is not Kind.CLOCK} <= {at}
        last = {one.due_at: one.detail.startswith("case/") for one in found if one.kind is not Kind.CLOCK}
        assert last in ({}, {0.0: False}, {1.0: True}, {0.0: False, 1.0: True}), "all are due, the key of the core last"
        return [(one.kind, one.detail) for one in found]


@pytest.mark.parametrize("agency", AGENCIES)
def test_who_opens_a_case_lays_its_key_where_it_finds_it_again(agency: str) -> None:
    """Given nothing, when the NGO detects a victim, then it owes the key to itself, and nobody else owes anything."""
    expected = [(Kind.GRANT, f"case/{NGO}")] if agency == NGO else []
    assert Joined(*CANONICAL_CASE[:1]).owed(duties(agency)) == expected


@pytest.mark.parametrize("agency", AGENCIES)
def test_who_brings_an_agency_into_a_case_owes_it_the_keys(agency: str) -> None:
    """Given a consent, when the NGO offers the case to the municipality, then the NGO, and nobody else, owes them."""
    offered = Joined(*OFFERED)
    newcomers = {p.agency for p in offered.after.view.participants} - {
        p.agency for p in offered.before.view.participants
    }
    assert newcomers == {MUNICIPALITY}
    keys = [(Kind.GRANT, f"{part}/{MUNICIPALITY}") for part in ("dialogue", "case")]
    expected = keys if agency == NGO else []
    assert sorted(offered.owed(duties(agency))) == sorted(expected)


def test_who_is_there_already_is_owed_nothing() -> None:
    """Given an accepted offer, when its parties go on, then no keys are owed."""
    for count in range(6, len(CANONICAL_CASE) + 1):
        joined = Joined(*CANONICAL_CASE[:count])
        there = {each.agency for each in joined.before.view.participants}
        for agency in AGENCIES:
            owed = joined.owed(duties(agency))
            assert not {f"case/{each}" for each in there} & {detail for kind, detail in owed if kind is Kind.GRANT}


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (issued(ConsultationRequested, NGO), ""),
        (issued(ConsentGiven, NGO, id="018e0a00-0000-7000-8000-000000000401"), WIDENED),
        (issued(ReferralAccepted, MUNICIPALITY), WIDENED),
        (issued(ConsentWithdrawn, NGO), ""),
    ],
)
def test_whoever_holds_personal_details_follows_each_event(agency: str, said: Issued, detail: str) -> None:
    """Given a record, when anything joins, then all look who may read it; and give anew after what opens it to more."""
    joined = Joined(*RECORDED, said)
    assert joined.effect
    assert (Kind.CONSENT, detail) in joined.owed(duties(agency))
    assert len([kind for kind, _ in joined.owed(duties(agency)) if kind is Kind.CONSENT]) == 1


@pytest.mark.parametrize("agency", AGENCIES)
def test_the_first_record_is_followed_too(agency: str) -> None:
    """Given a case without personal details, when there come some, then all look; before that nobody does."""
    assert (Kind.CONSENT, "") in Joined(*RECORDED).owed(duties(agency))
    assert Kind.CONSENT not in {kind for kind, _ in Joined(*OFFERED).owed(duties(agency))}


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.parametrize("held", [True, False])
def test_an_erasure_is_everybodys_to_carry_out(agency: str, held: bool) -> None:
    """Given a record, when erasing it is asked for or confirmed, then all owe it, also who can read nothing."""
    asked = (*RECORDED, issued(ErasureRequested, NGO))
    confirmed = (*asked, issued(ErasureConfirmed, NGO))
    for events in (asked, confirmed):
        assert (Kind.ERASE, "") in Joined(*events, held=held).owed(duties(agency))
    assert Kind.ERASE not in {kind for kind, _ in Joined(*RECORDED, held=held).owed(duties(agency))}


def test_each_participant_has_its_closed_grants_deleted() -> None:
    """Given any case, when an event closes something to somebody, then each who took part owes just that."""
    met: set[str] = set()
    for story in (CANONICAL_CASE, *OTHER_CASES.values()):
        story = tuple(each for each in story if each.by.agency in SIGNERS)
        for count in range(1, len(story) + 1):
            joined = Joined(*story[:count])
            name = joined.envelope.event_name
            before, now = (may_read_each(view) for view in (joined.before.state, joined.after.state))
            closed = {f"{part}/{agency}" for part, readers in before.items() for agency in readers - now[part]}
            assert name in NARROWING or not closed
            expected = closed if name not in ("ErasureRequested", "ErasureConfirmed") else set()
            met |= {name} if expected else set()
            for agency in AGENCIES:
                owes = {detail for kind, detail in joined.owed(duties(agency)) if kind is Kind.WITHDRAW}
                assert owes == (expected if joined.before.takes_part(agency) else set()), (name, agency)
    assert {"ConsentWithdrawn", "ReferralExpired", "InvestigationOpened"} & met


def turn_of(agency: str, case: CaseReplica) -> float | None:
    """When an agency speaks next: the next moment, and a turn more for each participant before it, the lead first."""
    moment = next_moment(case.view)
    order = sorted((p.agency for p in case.view.participants), key=lambda each: each != case.view.lead)
    return None if moment is None or agency not in order else moment.timestamp() + 7.0 * order.index(agency)


@pytest.mark.parametrize("agency", AGENCIES)
def test_each_participant_sets_each_clock_once(agency: str) -> None:
    """Given any case, when the moment of its turn changes, then it owes that one; who takes no part never does."""
    keeper = replace(duties(agency, keeps_time=True), turn=timedelta(seconds=7))
    moments = set()
    for count in range(1, len(CANONICAL_CASE) + 1):
        joined = Joined(*CANONICAL_CASE[:count])
        before, now = turn_of(agency, joined.before), turn_of(agency, joined.after)
        rows = [one for one in joined.rows(keeper) if one.kind is Kind.CLOCK]
        assert rows == ([Obligation(Kind.CLOCK, CASE_ID, due_at=now, since=now)] if now not in (None, before) else [])
        moments.add(now)
        assert Kind.CLOCK not in {kind for kind, _ in joined.owed(duties(agency))}
    assert len(moments) > (3 if agency in (NGO, COORDINATOR) else 0)


@pytest.mark.parametrize(
    ("agency", "reacts"), [(NGO, True), (MUNICIPALITY, True), (COORDINATOR, True), (POLICE, False), ("iom", False)]
)
def test_a_mandate_reacts_where_its_agency_takes_part(agency: str, reacts: bool) -> None:
    """Given an offer, when it is accepted, then whoever takes part and has a reaction to that owes it."""
    accepted = Joined(*OFFERED, issued(ReferralAccepted, MUNICIPALITY))
    assert (Kind.REACT in dict(accepted.owed(duties(agency, [ReferralAccepted])))) is reacts
    assert Kind.REACT not in dict(accepted.owed(duties(agency, [CaseReferred, VictimDetected])))


def test_a_mandate_reacts_to_what_brings_its_agency_in_and_takes_it_out() -> None:
    """Given an offer, then the newcomer reacts to it; when it leaves, it reacts whatever its mandate says."""
    assert (Kind.REACT, "") in Joined(*OFFERED).owed(duties(MUNICIPALITY, [CaseReferred]))
    left = Joined(*OFFERED, issued(ReferralExpired, COORDINATOR))
    assert left.before.takes_part(MUNICIPALITY) and not left.after.takes_part(MUNICIPALITY)
    assert (Kind.REACT, "") in left.owed(duties(MUNICIPALITY, [ReferralExpired]))
    assert (Kind.REACT, "") in left.owed(duties(MUNICIPALITY)), "its tasks are to be cleared"
    assert Kind.REACT not in dict(left.owed(duties(NGO)))


def test_an_event_is_brought_only_where_it_may_concern() -> None:
    """Given an offer, then its referrer alone asks whether a new consent is the one that the offer lacked."""
    consented = Joined(*OFFERED, issued(ConsentGiven, NGO))
    of_kind = {NGO: AgencyKind.NGO, MUNICIPALITY: AgencyKind.MUNICIPALITY, COORDINATOR: AgencyKind.COORDINATOR}
    for agency, kind in of_kind.items():
        assert consented.after.takes_part(agency)
        owed = dict(consented.owed(Duties(agency, mandates()[kind].concerns, keeps_time=False)))
        assert (Kind.REACT in owed) is (agency == NGO), agency


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_event_without_effect_obliges_nobody(agency: str) -> None:
    """Given a record, when a rule objects to what joins the chain, then nothing is owed for it."""
    refused = Joined(*RECORDED, issued(ConsultationRequested, POLICE))
    assert not refused.effect and refused.after.chain.version == 7
    assert refused.owed(duties(agency, [ConsultationRequested], keeps_time=True)) == []


@pytest.mark.parametrize("agency", AGENCIES)
def test_what_cannot_be_read_obliges_nobody_yet(agency: str) -> None:
    """Given a record, when an event comes under a key that we lack, then nothing is owed until the case opens; but its
    writer looks for the key, since it must have had it.
    """
    closed = Joined(*RECORDED, issued(ReferralAccepted, MUNICIPALITY), key=ContentKey.new(CASE_ID, "case"))
    assert closed.after.unreadable
    expected = [(Kind.LOOK, "")] if agency == MUNICIPALITY else []
    assert closed.owed(duties(agency, [ReferralAccepted], keeps_time=True)) == expected


def test_a_case_that_opens_late_owes_all_at_once() -> None:
    """Given a case that a key opened, then its reactions, its keys and its clock are owed; without time, no clock."""
    view = Joined(*RECORDED).after
    at = turn_of(COORDINATOR, view)
    assert at is not None
    at += (30.0 - 7.0) * [p.agency for p in view.view.participants].index(COORDINATOR)
    kinds = (Kind.REACT, Kind.WITHDRAW, Kind.CONSENT)
    expected = [Obligation(kind, CASE_ID, since=4.0) for kind in kinds]
    assert list(duties(MUNICIPALITY).opened(view, 4.0)) == expected
    keeper = duties(COORDINATOR, keeps_time=True)
    assert list(keeper.opened(view, 4.0)) == [*expected, Obligation(Kind.CLOCK, CASE_ID, due_at=at, since=at)]
    assert list(duties("iom", keeps_time=True).opened(view, 4.0)) == expected, "it takes no part"
    nothing_runs = CaseReplica.unopened(CASE_ID)
    assert list(keeper.opened(nothing_runs, 4.0)) == expected


@pytest.mark.parametrize("agency", AGENCIES)
def test_the_directory_obliges_nobody(agency: str) -> None:
    """Given an empty directory, when an agency is admitted, then no case is concerned."""
    envelope = sealed(ROOT, admitted(SIGNERS[POLICE]), case_id=DIRECTORY_ID)
    before = CaseReplica.unopened(DIRECTORY_ID)
    now = before.after(envelope, DIRECTORY).case
    assert list(duties(agency, [VictimDetected], keeps_time=True).after(envelope, before, now, effect=True)) == []
