"""Personal details reach only agencies that the victim's consent names and that accepted. The log has every reading."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.sharing import AGENCIES, CONTACT, IDENTITY, SOMEBODY, accept, consent, now, read, reads, refer
from harness.waiting import eventually

from bus.errors import BrokerAwayError, RefusedError, UnknownCaseError
from bus.nats.erasable_streams import PERSONAL
from contracts.chapters.consent import ConsentWithdrawn
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.choices import DataClass


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Four agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


@pytest.fixture
async def case_id(bus: Bus) -> str:
    """A case in which the municipality, named by consent, has accepted, and the NGO has recorded who the person is."""
    case_id = (await bus.detect("ngo-fyren")).case_id
    await consent(bus, case_id, "municipality-0180", "ngo-fyren")
    await accept(bus, case_id, "municipality-0180", await refer(bus, case_id, "municipality-0180"))
    await bus.nodes["ngo-fyren"].personal.record(case_id, IDENTITY)
    await bus.level()
    return case_id


async def test_who_is_named_and_has_accepted_reads_and_leaves_an_account(bus: Bus, case_id: str) -> None:
    """The municipality reads what the NGO wrote; everybody who takes part sees that it did, and on what consent."""
    await reads(bus, "municipality-0180", case_id)
    assert await read(bus, "ngo-fyren", case_id) == [IDENTITY]
    await bus.level()
    view = (await bus.nodes["ngo-fyren"].replica.case(case_id)).view
    assert {(r.agency, r.role, r.person) for r in view.readings} == {
        ("municipality-0180", Role.CASEWORKER, SOMEBODY.person),
        ("ngo-fyren", Role.CASEWORKER, SOMEBODY.person),
    }
    assert {r.consent_id for r in view.readings} == {view.consents[0].id}


async def test_a_class_that_no_consent_opens_is_neither_recorded_nor_read(bus: Bus, case_id: str) -> None:
    """Refused by R11, and nothing lies at the broker."""
    ngo = bus.nodes["ngo-fyren"]
    with pytest.raises(RefusedError, match="R11"):
        await ngo.personal.record(case_id, CONTACT)
    with pytest.raises(RefusedError, match="R11"):
        await read(bus, "municipality-0180", case_id, DataClass.IDENTITY, DataClass.CONTACT)
    async with bus.connected() as administrator:
        assert (await administrator.jetstream().stream_info(PERSONAL)).state.messages == 1


async def test_an_offer_alone_opens_nothing(bus: Bus, case_id: str) -> None:
    """Named by consent and asked to take the case on: until it has accepted, no key and no reading."""
    await consent(bus, case_id, "police")
    await refer(bus, case_id, "police")
    await bus.level()
    await bus.offered(case_id, "police")
    with pytest.raises(UnknownCaseError):
        await read(bus, "police", case_id)
    assert await bus.nodes["police"].keyring.of(case_id, "identity") == ()


async def test_a_withdrawal_takes_the_key_and_the_right(bus: Bus, case_id: str) -> None:
    """At once the reading is refused and the key is gone; what is recorded after is under a key that it never had."""
    await reads(bus, "municipality-0180", case_id)
    ngo, municipality = bus.nodes["ngo-fyren"], bus.nodes["municipality-0180"]
    kept = await municipality.keyring.of(case_id, "identity")
    consent_id = (await ngo.replica.case(case_id)).view.consents[0].id
    withdrawal = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=["municipality-0180"])
    await bus.submit("ngo-fyren", withdrawal, case_id)
    await bus.level()
    with pytest.raises((RefusedError, UnknownCaseError)):
        await read(bus, "municipality-0180", case_id)

    async def gone() -> bool:
        return await municipality.keyring.of(case_id, "identity") == ()

    await eventually(gone)
    again = IDENTITY.model_copy(update={"family_name": "Later"})
    await ngo.personal.record(case_id, again)
    (old, new) = await ngo.keyring.own(case_id, "identity", "ngo-fyren")
    assert {key.kid for key in kept} == {old.kid} or {key.kid for key in kept} == {new.kid}
    assert len(await read(bus, "ngo-fyren", case_id)) == 2


async def test_a_consent_given_again_opens_again(bus: Bus, case_id: str) -> None:
    """After a withdrawal and a new consent, the agency accepts anew and reads."""
    await reads(bus, "municipality-0180", case_id)
    consent_id = (await bus.nodes["ngo-fyren"].replica.case(case_id)).view.consents[0].id
    withdrawal = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=["municipality-0180"])
    await bus.submit("ngo-fyren", withdrawal, case_id)
    await bus.level()
    await consent(bus, case_id, "municipality-0180")
    await accept(bus, case_id, "municipality-0180", await refer(bus, case_id, "municipality-0180"))
    await reads(bus, "municipality-0180", case_id)


async def test_nothing_is_shown_while_consent_cannot_be_looked_up(bus: Bus, case_id: str) -> None:
    """With the broker away a withdrawal could not be known: reading and recording wait."""
    await reads(bus, "municipality-0180", case_id)
    bus.broker.kill()
    municipality = bus.nodes["municipality-0180"]
    await eventually(lambda: not municipality.level)
    with pytest.raises(BrokerAwayError):
        await read(bus, "municipality-0180", case_id)
    with pytest.raises(BrokerAwayError):
        await municipality.personal.record(case_id, IDENTITY)


async def test_a_record_that_was_exchanged_is_not_shown(bus: Bus, case_id: str) -> None:
    """The log holds the ciphertext's digest: what lies there instead is not taken for the record."""
    await reads(bus, "municipality-0180", case_id)
    async with bus.connected() as administrator:
        jetstream = administrator.jetstream()
        message = await jetstream.get_last_msg(PERSONAL, "personal.>")
        assert message.seq is not None and message.subject is not None
        await jetstream.delete_msg(PERSONAL, message.seq)
        await jetstream.publish(message.subject, (message.data or b"")[:-4] + b"AAAA")
    assert await read(bus, "municipality-0180", case_id) == [None]


async def test_keys_come_back_after_the_store_is_lost(bus: Bus, case_id: str) -> None:
    """An agency whose disk is gone has its cases and records again: from the log, and by what was granted."""
    await reads(bus, "municipality-0180", case_id)
    for agency in ("ngo-fyren", "municipality-0180"):
        await bus.stop_node(agency)
        for file in bus.layout.home(agency).glob("store.db*"):
            file.unlink()
        await bus.start_node(agency)
    await bus.ready()
    await bus.readable(case_id)
    for agency in ("ngo-fyren", "municipality-0180"):
        await reads(bus, agency, case_id)
