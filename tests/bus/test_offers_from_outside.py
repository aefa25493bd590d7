"""An agency that is only offered a case: it opens a preview and no part of the case, and can answer all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.insider import insider
from harness.opening import at_broker, opens, secrets_of
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.case.case_replica import CaseReplica
from bus.errors import RefusedError, UnknownCaseError
from bus.sealing.content import ContentKey
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.referral import ReferralDeclined, ReferralWithdrawn
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.parts import Part

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus of four."""
    async with Bus(tmp_path, *AGENCIES) as started:
        yield started


async def case_at(bus: Bus, agency: str, case_id: str) -> CaseReplica:
    """The case at an agency's replica."""
    return await bus.nodes[agency].replica.case(case_id)


async def state_at(bus: Bus, agency: str, case_id: str, state: OfferState) -> CaseView:
    """The case as an agency knows it, once its last offer is in this state there."""

    async def reached() -> bool:
        offers = (await case_at(bus, agency, case_id)).view.offers
        return bool(offers) and offers[-1].state is state

    await eventually(reached)
    view: CaseView = (await case_at(bus, agency, case_id)).view
    return view


async def offered(bus: Bus, *recipients: str) -> tuple[str, list[str]]:
    """A case that the NGO offers to these agencies; and its offers."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, *recipients)
    offers = [await refer(bus, case_id, recipient) for recipient in recipients]
    await bus.level()
    for recipient in recipients:
        await bus.offered(case_id, recipient)
    return case_id, offers


async def opened_by(bus: Bus, agency: str, case_id: str) -> set[tuple[int, Part]]:
    """The sections of events of a case that an agency opens with all its keys."""
    found = await at_broker(bus)
    secrets, _ = await secrets_of(bus, agency, found)
    return {
        (version, part)
        for (case, version, part), sealed in found.events.items()
        if case == case_id and any(opens(secret, sealed) for secret in secrets)
    }


async def test_the_recipient_of_an_offer_opens_nothing_but_the_offer(bus: Bus) -> None:
    """Neither the detection nor the consent nor what comes after; not with any key that it holds."""
    case_id, _ = await offered(bus, MUNICIPALITY, POLICE)
    here = await case_at(bus, POLICE, case_id)
    assert not here.takes_part(POLICE)
    assert here.view.is_offered(POLICE)
    assert [offer.recipient for offer in here.view.offers] == [POLICE]
    assert here.view.opened_by is None
    whole = (await case_at(bus, NGO, case_id)).view
    assert here.view.age_band is whole.age_band
    (made,) = (e.version for e in await bus.envelopes() if e.event_id == here.view.offers[0].id)
    assert await opened_by(bus, POLICE, case_id) == {(made, Part.CORE), (made, Part.DIALOGUE)}


async def test_on_acceptance_the_recipient_follows_the_case_from_its_beginning(bus: Bus) -> None:
    """It gets the keys of what its part needs, and the same view as all others."""
    case_id, (offer, _) = await offered(bus, MUNICIPALITY, POLICE)
    await accept(bus, case_id, MUNICIPALITY, offer)
    await bus.agreed_version(case_id)

    async def has_all_keys() -> bool:
        return not (await case_at(bus, MUNICIPALITY, case_id)).waits

    await eventually(has_all_keys)
    here = await case_at(bus, MUNICIPALITY, case_id)
    assert here.takes_part(MUNICIPALITY)
    assert here.view.opened_by == NGO
    assert {Part.CORE, Part.SUPPORT, Part.DIALOGUE} <= here.parts
    assert [offer.state for offer in here.view.offers] == [OfferState.ACCEPTED, OfferState.OPEN]


async def test_the_key_of_an_offer_begins_no_epoch(bus: Bus) -> None:
    """Whoever has accepted and lacks the key of the dialogue waits for it, and grants the offer's key to nobody."""
    case_id, (offer,) = await offered(bus, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)
    node = bus.nodes[MUNICIPALITY]

    async def has_all_keys() -> bool:
        return not (await case_at(bus, MUNICIPALITY, case_id)).waits

    await eventually(has_all_keys)
    held = await node.keyring.of(case_id)
    for lacking in (True, False):
        keys = tuple(key for key in held if not (lacking and key.compartment == Part.DIALOGUE.compartment))
        case = CaseReplica.unopened(case_id, keys, reader=MUNICIPALITY)
        for envelope in await node.store.envelopes(case_id):
            case = case.after(envelope, node.directory).case
        assert case.takes_part(MUNICIPALITY)
        assert case.waits is lacking
        used = {key.compartment for key in case.keys_of(Part.DIALOGUE).used}
        assert used == (set() if lacking else {"dialogue"})


async def test_a_question_is_answered_before_the_answer(bus: Bus) -> None:
    """Both sides and the readers of the dialogue read it; the other recipient does not."""
    case_id, (offer, _) = await offered(bus, MUNICIPALITY, POLICE)
    question = an_event(OfferQuestionAsked, occurred_at=now(), offer_id=offer)
    asked = await bus.submit(MUNICIPALITY, question, case_id)
    await bus.level()
    ngo = await case_at(bus, NGO, case_id)
    assert [each.asked_by for each in ngo.view.offer_questions] == [MUNICIPALITY]
    assert not ngo.stalled
    answer = an_event(OfferQuestionAnswered, occurred_at=now(), question_id=asked.event_id)
    await bus.submit(NGO, answer, case_id)
    await bus.level()
    here = await case_at(bus, MUNICIPALITY, case_id)
    assert [each.answered for each in here.view.offer_questions] == [True]
    contents = [here.content_of(each) for each in await bus.envelopes() if each.case_id == case_id]
    assert any(str(OfferQuestionAnswered.example["answer"]).encode() in (content or b"") for content in contents)
    other = await case_at(bus, POLICE, case_id)
    assert other.view.offer_questions == ()
    versions = {each.version for each in await bus.envelopes() if each.event_id == asked.event_id}
    assert versions.isdisjoint({version for version, _ in await opened_by(bus, POLICE, case_id)})


async def test_whoever_declines_is_left_with_the_preview_alone(bus: Bus) -> None:
    """The referrer learns it, the recipient learns nothing more, and no new keys are needed."""
    case_id, (offer,) = await offered(bus, POLICE)
    before = await opened_by(bus, POLICE, case_id)
    decline = an_event(ReferralDeclined, occurred_at=now(), offer_id=offer, note="No room for an invented person.")
    declined = await bus.submit(POLICE, decline, case_id)
    view = await state_at(bus, NGO, case_id, OfferState.DECLINED)
    assert [each.agency for each in view.former] == [POLICE]
    await state_at(bus, POLICE, case_id, OfferState.DECLINED)
    await consent(bus, case_id, MUNICIPALITY)
    await bus.level()
    answered = {(declined.version, Part.CORE), (declined.version, Part.DIALOGUE)}
    assert await opened_by(bus, POLICE, case_id) == before | answered
    assert not (await case_at(bus, NGO, case_id)).keys.rekey_needed
    with pytest.raises((RefusedError, UnknownCaseError)):
        await bus.submit(POLICE, decline, case_id)


async def test_an_offer_that_is_withdrawn_cannot_be_accepted(bus: Bus) -> None:
    """The recipient sees that it is over, also where it ends with the consent."""
    case_id, (offer,) = await offered(bus, POLICE)
    await bus.submit(NGO, an_event(ReferralWithdrawn, occurred_at=now(), offer_id=offer), case_id)
    await bus.level()
    view = await state_at(bus, POLICE, case_id, OfferState.WITHDRAWN)
    assert not view.is_offered(POLICE)
    with pytest.raises(UnknownCaseError):
        await bus.submit(POLICE, an_event(ReferralDeclined, occurred_at=now(), offer_id=offer), case_id)
    await refer(bus, case_id, POLICE)
    await bus.offered(case_id, POLICE)
    (given,) = (await case_at(bus, NGO, case_id)).view.consents
    gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=given.id, recipients=[POLICE])
    await bus.submit(NGO, gone, case_id)
    await bus.level()
    await state_at(bus, POLICE, case_id, OfferState.WITHDRAWN)


async def test_who_left_and_is_offered_the_case_again_reads_only_the_preview(bus: Bus) -> None:
    """Until it accepts; what it read before, it has read."""
    case_id, (offer,) = await offered(bus, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)
    await bus.agreed_version(case_id)
    (given,) = (await case_at(bus, NGO, case_id)).view.consents
    gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=given.id, recipients=[MUNICIPALITY])
    await bus.submit(NGO, gone, case_id)
    await consent(bus, case_id, MUNICIPALITY)
    await bus.level()
    known = {version for version, _ in await opened_by(bus, MUNICIPALITY, case_id)}
    again = await refer(bus, case_id, MUNICIPALITY)
    await bus.level()
    await bus.offered(case_id, MUNICIPALITY)
    here = await case_at(bus, MUNICIPALITY, case_id)
    assert here.previewed
    assert not here.takes_part(MUNICIPALITY)
    latest = {version for version, _ in await opened_by(bus, MUNICIPALITY, case_id)} - known
    assert latest == {here.chain.version}
    await accept(bus, case_id, MUNICIPALITY, again)
    await bus.agreed_version(case_id)
    assert (await case_at(bus, MUNICIPALITY, case_id)).takes_part(MUNICIPALITY)


async def test_the_preview_is_erased_with_the_case(bus: Bus) -> None:
    """The recipient is a holder: it destroys the offer's keys and confirms."""
    case_id, _ = await offered(bus, POLICE)
    case = (await case_at(bus, NGO, case_id)).view
    wish = an_event(ErasureRequested, occurred_at=now(), scope=ErasureScope.CASE, holders=holders_of(case))
    await bus.submit(NGO, wish, case_id)

    async def erased() -> bool:
        views = [(await case_at(bus, agency, case_id)).view for agency in (NGO, POLICE, COORDINATOR)]
        return all(v.status is CaseStatus.ERASED and not v.erasures[0].outstanding for v in views)

    await eventually(erased)
    assert await bus.nodes[POLICE].keyring.of(case_id) == ()
    assert await opened_by(bus, POLICE, case_id) == set()


async def test_rubbish_from_a_recipient_stalls_nobody(bus: Bus) -> None:
    """Its answer under a key that nobody has is void; of one with details under a wrong key, these alone are."""
    case_id, (accepted, offer) = await offered(bus, MUNICIPALITY, POLICE)
    await accept(bus, case_id, MUNICIPALITY, accepted)
    key = (await case_at(bus, POLICE, case_id)).keys.current
    assert key is not None
    answer = an_event(ReferralDeclined, occurred_at=now(), offer_id=offer, note="Nothing that anybody can open.")
    async with insider(bus, POLICE) as police:
        at = datetime.now(UTC)
        rubbish = await police.writes(case_id, answer, ContentKey.new(case_id, "case"), recorded_at=at)
        await bus.level()
        for agency in (NGO, MUNICIPALITY):
            case = await case_at(bus, agency, case_id)
            assert not case.unreadable
            assert case.voids(rubbish.version, rubbish.version)
            assert case.view.offers[-1].state is OfferState.OPEN
        await police.writes(case_id, answer, key, recorded_at=at)
    await bus.level()
    for agency in (NGO, MUNICIPALITY):
        case = await case_at(bus, agency, case_id)
        assert case.view.offers[-1].state is OfferState.DECLINED
        assert not case.waits
    assert await bus.agreed_version(case_id)


async def test_a_malformed_preview_is_said_and_the_next_one_mends_it(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event is void at its recipient; the next offer brings a preview again."""
    monkeypatch.setattr(CaseView, "model_dump_json", lambda view, **how: "[]")
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, POLICE)
    offer = await refer(bus, case_id, POLICE)
    await bus.level()

    async def is_void() -> bool:
        case = await case_at(bus, POLICE, case_id)
        return list(case.voids(1, case.chain.version)) == [case.chain.version]

    await eventually(is_void)
    monkeypatch.undo()
    assert not (await case_at(bus, POLICE, case_id)).concerns(POLICE)
    await bus.submit(NGO, an_event(ReferralWithdrawn, occurred_at=now(), offer_id=offer), case_id)
    await accept(bus, case_id, POLICE, await refer(bus, case_id, POLICE))
    await bus.agreed_version(case_id)


async def test_a_restarted_recipient_has_its_preview_and_answers(bus: Bus) -> None:
    """From its store alone; and its answer arrives though it was given while the broker was away."""
    case_id, (offer,) = await offered(bus, POLICE)
    before = (await case_at(bus, POLICE, case_id)).view
    await bus.stop_node(POLICE)
    await bus.start_node(POLICE)
    await bus.ready()
    assert (await case_at(bus, POLICE, case_id)).view == before
    await bus.submit(POLICE, an_event(ReferralDeclined, occurred_at=now(), offer_id=offer), case_id)
    await state_at(bus, NGO, case_id, OfferState.DECLINED)


async def test_an_outsider_without_an_offer_writes_nothing(bus: Bus) -> None:
    """R3 as before."""
    case_id, (offer,) = await offered(bus, POLICE)
    with pytest.raises(UnknownCaseError):
        await bus.submit(MUNICIPALITY, an_event(ReferralDeclined, occurred_at=now(), offer_id=offer), case_id)
    with pytest.raises(RefusedError, match="R3"):
        await bus.submit(POLICE, an_event(ConsentWithdrawn, occurred_at=now(), consent_id=offer), case_id)
    assert VictimDetected.answers_an_offer is False
