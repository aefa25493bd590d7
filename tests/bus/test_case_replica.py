"""The effect of one message on one case, decided without broker or store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.bus import an_event
from harness.forging import a_directory, a_signer, after, key_for, keys_for, sealed

from bus.case.case_replica import CaseReplica, LastVoid
from bus.envelope.envelope import Envelope
from bus.errors import EnvelopeError
from bus.sealing.content import ContentKey
from bus.void_event import VoidEvent
from contracts.calendar.days import LAST_MOMENT
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.event.case_event import CaseEvent
from contracts.view.parts.status import CaseStatus

NGO = a_signer("ngo-fyren")
POLICE = a_signer("police")
COORDINATOR = a_signer("coordinator")
DIRECTORY = a_directory(NGO, POLICE, COORDINATOR)
OPENING = sealed(NGO)


def before() -> CaseReplica:
    """The case before its first event, with its key at hand."""
    return CaseReplica.unopened(OPENING.case_id, keys_for(OPENING.case_id))


def taken(case: CaseReplica, envelope: Envelope, sequence: int = 0) -> tuple[CaseReplica, VoidEvent | None]:
    """The case after the chain's next event, and why that had no effect."""
    folded = case.after(envelope, DIRECTORY, sequence)
    return folded.case, folded.void


def opened() -> CaseReplica:
    """A case with its first event."""
    case, aside = taken(before(), OPENING, 7)
    assert aside is None
    return case


def next_event(event: CaseEvent | None = None, *, place: Envelope = OPENING, by: Any = NGO, **draft: Any) -> Envelope:
    """The event that follows, a consultation unless told otherwise."""
    return sealed(by, event or ConsultationRequested.canonical(), **(after(place) | draft))


def refused(case: CaseReplica, envelope: Envelope) -> str:
    """Why an envelope may not follow, which it must not."""
    with pytest.raises(EnvelopeError) as error:
        case.chain.require_next(envelope)
    return error.value.reason


def test_the_chain_grows_by_one() -> None:
    """The next version with the head's hash follows, and becomes the head."""
    case = opened()
    following = next_event()
    case.chain.require_next(following)
    case, aside = taken(case, following, 9)
    assert aside is None
    assert (case.chain.version, case.chain.hash, case.chain.sequence) == (2, following.hash, 9)
    assert case.head("ngo-fyren").listed
    assert not case.head("police").listed


def test_an_event_twice_is_a_stale_version() -> None:
    """The same event again, or an older one, is not the next."""
    case = opened()
    assert refused(case, OPENING) == "stale-version"
    case, _ = taken(case, next_event())
    assert refused(case, OPENING) == "stale-version"


def test_another_event_at_a_taken_version_is_stale() -> None:
    """Of two events for one version the first in the log wins."""
    case, _ = taken(opened(), next_event())
    assert refused(case, next_event()) == "stale-version"


def test_a_version_ahead_is_a_gap() -> None:
    """What lies between is not known, so nothing follows."""
    assert refused(opened(), next_event(version=3)) == "gap"
    assert refused(before(), next_event(version=2)) == "gap"


def test_another_previous_hash_is_a_broken_chain() -> None:
    """The right number on another history."""
    assert refused(opened(), next_event(previous="0" * 64)) == "broken-chain"
    assert refused(opened(), next_event(previous=OPENING.hash.upper())) == "broken-chain"
    first = sealed(NGO, case_id=OPENING.case_id, previous="1" * 64)
    assert refused(before(), first) == "broken-chain"


VOID_EVENTS = {
    "unreadable: not JSON": ({"data": b"not json"}, "unreadable"),
    "unreadable: not the schema": ({"data": b'{"occurred_at": "2024-03-04T10:15:00Z"}'}, "unreadable"),
    "unreadable: unknown field": (
        {"data": ConsultationRequested.canonical().model_dump_json().encode()[:-1] + b', "name": "x"}'},
        "unreadable",
    ),
    "unreadable: unknown version": ({"type": "se.nrm.ConsultationRequested.v9"}, "unreadable"),
    "unreadable: unknown event": ({"type": "se.nrm.CaseErased.v1"}, "unreadable"),
    "unreadable: a time outside every calendar": (
        {"data": b'{"occurred_at": "9999-12-31T23:59:59-23:00", "topic": "referral", "question": "When?"}'},
        "unreadable",
    ),
    "unreadable: recorded before every calendar's facts": (
        {"recorded_at": datetime(1, 1, 1, tzinfo=UTC)},
        "unreadable",
    ),
    "unreadable: recorded after them": ({"recorded_at": LAST_MOMENT + timedelta(microseconds=1)}, "unreadable"),
    "wrong ruleset": ({"ruleset": "se-2016"}, "wrong-ruleset"),
    "breaks a rule: issuer takes no part": ({"by": POLICE}, "refused"),
    "breaks a rule: no such consent": ({"event": ConsentWithdrawn.canonical()}, "refused"),
}


@pytest.mark.parametrize(("changes", "reason"), VOID_EVENTS.values(), ids=VOID_EVENTS)
def test_content_that_has_no_effect_leaves_the_view_and_the_chain_goes_on(changes: dict[str, Any], reason: str) -> None:
    """The envelope joins the chain, so that all replicas agree; only the version moves; the next event follows it."""
    case = opened()
    envelope = next_event(**changes)
    case.chain.require_next(envelope)
    moved, aside = taken(case, envelope, 8)
    assert aside is not None
    assert aside.reason == reason
    assert moved.view == case.view.changed(version=2)
    assert (moved.chain.version, moved.chain.hash) == (2, envelope.hash)

    following = next_event(ConsentGiven.canonical(), place=envelope)
    moved.chain.require_next(following)
    moved, aside = taken(moved, following, 9)
    assert aside is None
    assert len(moved.view.consents) == 1


@pytest.mark.parametrize("year", [1, 1899, 2201, 9999])
@pytest.mark.parametrize("by", [NGO, POLICE])
def test_a_moment_of_recording_beyond_all_facts_is_seen_alike_by_all(year: int, by: Any) -> None:
    """Who reads the case and who cannot, whether or not its agency takes part; the event itself stays readable."""
    envelope = next_event(recorded_at=datetime(year, 6, 1, tzinfo=UTC), by=by)
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope
    blind, _ = taken(CaseReplica.unopened(OPENING.case_id), OPENING)
    for case in (opened(), blind):
        moved, aside = taken(case, envelope)
        assert aside == VoidEvent("unreadable", "recorded in none of the years from 1900 to 2200")
        assert (moved.progress, moved.keys, moved.chain.version) == (case.progress, case.keys, 2)
        assert moved.unreadable == case.unreadable


def test_very_many_events_without_effect_are_kept_and_let_go() -> None:
    """They are linked, however many: none is copied for the next, and none is forgotten."""
    case, many = opened(), 100_000
    for version in range(2, many):
        case = replace(case, last_void=LastVoid(version, VoidEvent("refused", "R1"), True, case.last_void))
    assert set(case.voids(5, 7)) == {5, 6, 7} and len(case.voids(1, many)) == many - 2
    assert case == opened() and len(repr(case)) < 10_000
    del case


def test_nothing_of_the_content_is_told_when_it_is_set_aside() -> None:
    """A list of what was set aside is read by many; it never shows what stood in the data."""
    envelope = next_event(data=b'{"secret": "Storgatan 1"}')
    _, aside = taken(opened(), envelope)
    assert aside is not None
    assert "Storgatan" not in aside.reason + aside.detail


def test_an_event_that_cannot_be_judged_does_not_stop_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule with a fault sets the event aside with the fault's kind, and the chain goes on."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as faulty:
        faulty.setattr("bus.case.judging.decide_core", broken)
        case, aside = taken(before(), OPENING)
    assert aside is not None
    assert (aside.reason, aside.detail) == ("failed", "ZeroDivisionError")
    assert case.chain.version == 1


def test_folding_the_same_events_gives_the_same_digest() -> None:
    """The view depends on the events alone, not on where they stood in the log."""
    events = [OPENING]
    for _ in range(5):
        events.append(next_event(ConsentGiven.canonical(), place=events[-1]))
    one = two = before()
    for place, envelope in enumerate(events):
        one, _ = taken(one, envelope, place)
        two, _ = taken(two, Envelope.from_bytes(envelope.to_bytes()), 100 + 2 * place)
    assert one.view.digest == two.view.digest


def key(number: int) -> ContentKey:
    """One of several keys of the case."""
    return ContentKey.new(OPENING.case_id, "case", lambda count: bytes([number]) * count)


def with_keys(*events: Envelope, keys: int = 3) -> CaseReplica:
    """The case after its first event and these, with some keys at hand."""
    case = CaseReplica.unopened(OPENING.case_id, (*keys_for(OPENING.case_id), *map(key, range(keys))))
    for envelope in (OPENING, *events):
        case.chain.require_next(envelope)
        case, _ = taken(case, envelope)
    return case


def test_an_accepted_event_under_another_key_begins_an_epoch() -> None:
    """The next event continues it."""
    first = next_event(key=key(0))
    case = with_keys(first)
    assert (case.keys.current, case.keys.rekey_needed) == (key(0), False)
    assert case.keys.used == (key_for(OPENING.case_id), key(0))


def test_a_refused_event_begins_no_epoch() -> None:
    """A participant breaks a rule: nobody seals under a key that it brought, but newcomers get it, to read past it."""
    case = with_keys(next_event(ConsentWithdrawn.canonical(), key=key(1)))
    assert case.keys.current == key_for(OPENING.case_id)
    assert key(1) in case.keys.used


@pytest.mark.parametrize("held", [0, 3])
def test_what_an_outsider_seals_is_set_aside_unopened(held: int) -> None:
    """The police take no part: whether or not they gave anybody their key, all set it aside alike and go on."""
    case, event = with_keys(keys=held), next_event(by=POLICE, key=key(1))
    after_it, aside = taken(case, event)
    assert aside == VoidEvent("refused", "R3")
    assert after_it.view == case.view.changed(version=2)
    assert (after_it.unreadable, after_it.keys) == (False, case.keys)
    assert case.keys.current == key_for(OPENING.case_id)
    after_it, aside = taken(after_it, next_event(place=event))
    assert (after_it.view.version, aside) == (3, None)


def test_what_a_participant_keeps_to_itself_stops_the_view() -> None:
    """It may have the right to say it, so nobody goes on without it: nor past what an outsider says then."""
    kept = next_event(key=key(1))
    case = with_keys(kept, next_event(by=POLICE, place=kept), keys=0)
    assert (case.unreadable, case.view.version, case.chain.version) == (True, 1, 3)


def test_nothing_sealed_stops_an_erased_case() -> None:
    """Its keys are gone, and what it holds now travels in clear: confirmations count past what somebody seals."""
    asked = wish(NGO, OPENING, holders=["ngo-fyren", "coordinator"])
    stray = next_event(place=asked)
    case = unread(asked, authorised=frozenset({asked.event_id}))
    case, aside = taken(case, stray)
    assert aside == VoidEvent("refused", "R22")
    case, aside = taken(case, confirmed(NGO, asked, stray))
    assert (case.view.erasures[0].confirmed_by, aside) == (("ngo-fyren",), None)


def test_nothing_leads_back_to_an_earlier_epoch() -> None:
    """Neither a refused event nor an accepted one: whoever left since knows that key."""
    second = next_event(key=key(0))
    for last in (next_event(place=second), next_event(place=second, by=POLICE)):
        assert with_keys(second, last).keys.current == key(0)


def wish(by: Any, place: Envelope, **changes: Any) -> Envelope:
    """A request in clear that the case be erased."""
    return sealed(by, an_event(ErasureRequested, **changes), **after(place))


def confirmed(by: Any, request: Envelope, place: Envelope) -> Envelope:
    """A holder's word that it did as was asked."""
    return sealed(by, ErasureConfirmed(occurred_at=request.recorded_at, request_id=request.event_id), **after(place))


def unread(*events: Envelope, authorised: frozenset[str] = frozenset()) -> CaseReplica:
    """The case for somebody without any key."""
    case = CaseReplica.unopened(OPENING.case_id, authorised=authorised)
    for envelope in (OPENING, *events):
        case.chain.require_next(envelope)
        case, aside = taken(case, envelope)
        assert aside is None
    return case


def test_who_cannot_judge_believes_who_opened_the_case() -> None:
    """Not who asks, nor another one who confirms; then the view is that of those who could judge, also of what came
    between.
    """
    asked = wish(NGO, OPENING, holders=["ngo-fyren", "coordinator"])
    other = confirmed(POLICE, asked, asked)
    opener = confirmed(NGO, asked, other)
    assert unread(asked).unreadable and unread(asked, other).unreadable
    assert unread(asked, other, opener).view == with_keys(asked, other, opener).view
    assert unread(asked, other, opener).view.status is CaseStatus.ERASED


def test_who_cannot_judge_hears_what_is_kept_by_law() -> None:
    """An objection that came before the word of who opened the case: the view is that of those who could judge."""
    later: dict[str, Any] = {"recorded_at": datetime(2026, 12, 2, 10, tzinfo=UTC)}
    wished = an_event(ErasureRequested, occurred_at="2026-12-02T09:00:00Z", holders=["ngo-fyren", "coordinator"])
    asked = sealed(NGO, wished, **after(OPENING), **later)
    kept = {"request_id": asked.event_id, "ground": "public-records", "keeps": ["ReturnCountersigned"]}
    objected = sealed(COORDINATOR, an_event(ErasureObjected, **kept, until="2030-01-01"), **after(asked), **later)
    word = ErasureConfirmed(occurred_at=asked.recorded_at, request_id=asked.event_id)
    opener = sealed(NGO, word, **after(objected), **later)
    seen = unread(asked, objected, opener).view
    assert seen.erasures[0].objections != () and seen.status is CaseStatus.ERASED
    joined = with_keys(asked, objected, opener).view
    assert seen.digest == joined.digest


def test_who_judged_before_its_keys_went_need_not_wait() -> None:
    """It remembers which request it was."""
    asked = wish(NGO, OPENING, holders=["ngo-fyren", "coordinator"])
    assert unread(asked, authorised=frozenset({asked.event_id})).view == with_keys(asked).view
    assert unread(asked, authorised=frozenset({OPENING.event_id})).unreadable


def test_a_confirmation_is_of_the_first_request_with_its_id() -> None:
    """Who writes another request under the same id gets nothing by what was confirmed."""
    personal = wish(NGO, OPENING, scope="personal-details")
    forged = sealed(POLICE, ErasureRequested.canonical(), **after(personal), event_id=personal.event_id)
    assert unread(personal, forged, confirmed(NGO, personal, forged)).unreadable
