"""Forged keys and forged contents on a running bus: each is refused or has no effect, and disturbs nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.forging import a_signer
from harness.insider import insider
from harness.jose import jwe
from harness.sharing import IDENTITY, accept, consent, now, reads, refer
from harness.waiting import eventually

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import CONTENT_TYPE, SEALED_TYPE, SECTIONS_TYPE, Envelope
from bus.errors import StoreError
from bus.nats.erasable_streams import PERSONAL, key_subject
from bus.sealing.content import ContentKey, kid_of, seal
from bus.sealing.grants import grant
from bus.submission.submission import Submission
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.directory.events import AgencyKeyRotated, AgencySuspended, SuspensionReason

AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES
IDS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Four agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


async def shared(bus: Bus) -> str:
    """A case of the NGO's that the municipality has accepted."""
    case_id = (await bus.detect(NGO)).case_id
    await bus.submit(NGO, ConsultationRequested.canonical(), case_id)  # which brings the coordinator in
    await consent(bus, case_id, NGO, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    await bus.level()
    return case_id


async def first_kid(bus: Bus, case_id: str) -> str:
    """What everybody sees of the key under which a case was opened."""
    return next(kid_of(e.data) for e in await bus.envelopes() if e.case_id == case_id)


async def last_kid(bus: Bus, case_id: str) -> str:
    """The same of the last sealed event."""
    return [kid_of(e.data) for e in await bus.envelopes() if e.case_id == case_id and e.sealed][-1]


async def holds(bus: Bus, agency: str, key: ContentKey) -> None:
    """Wait until an agency has taken a key."""

    async def taken() -> bool:
        return key in await bus.nodes[agency].keyring.of(key.case_id, key.compartment)

    await eventually(taken)


async def set_aside(bus: Bus, *envelopes: Envelope) -> dict[str, list[str]]:
    """Why each participant's replica gave these no effect, in their order."""
    await bus.level()
    ids = [envelope.event_id for envelope in envelopes]
    found = {}
    for agency, node in bus.nodes.items():
        reasons = {q.event_id: f"{q.reason} {q.detail}" for q in await node.store.quarantined(1000, 0)}
        found[agency] = [reasons.get(event_id, "taken") for event_id in ids]
    return found


async def test_a_bogus_key_under_the_right_id_does_not_keep_the_good_one_out(bus: Bus) -> None:
    """Whoever takes no part sees a key's id and grants something else under it first, of the case and of a record."""
    async with insider(bus, POLICE) as rogue:
        case_id = (await bus.detect(NGO)).case_id
        bogus = ContentKey(case_id, "case", await first_kid(bus, case_id), bytes(32))
        await rogue.grants(bogus, MUNICIPALITY)
        await rogue.grants(bogus, NGO)
        await holds(bus, MUNICIPALITY, bogus)
        await holds(bus, NGO, bogus)
        await consent(bus, case_id, NGO, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.stop_node(MUNICIPALITY)
        await bus.nodes[NGO].personal.record(case_id, IDENTITY)
        async with bus.connected() as administrator:
            message = await administrator.jetstream().get_last_msg(PERSONAL, f"personal.{case_id}.>")
        personal = ContentKey(case_id, "identity", kid_of(message.data or b""), bytes(32))
        await rogue.grants(personal, MUNICIPALITY)
        await bus.start_node(MUNICIPALITY)
        await bus.ready()
        await reads(bus, MUNICIPALITY, case_id)
        assert await last_kid(bus, case_id) == await first_kid(bus, case_id)


async def test_a_grant_put_elsewhere_is_not_taken(bus: Bus) -> None:
    """A participant sends what it was granted again: for another case, for another epoch, for another agency."""
    async with insider(bus, MUNICIPALITY) as rogue:
        case_id, other = await shared(bus), await shared(bus)
        key = await bus.key(NGO, case_id)
        public = bus.nodes[NGO].directory.sealing_key(COORDINATOR)
        assert public is not None
        given = grant(key, COORDINATOR, public, bus.signer(NGO))
        kid = ContentKey.new(other, "case").kid
        for changes in ({"case_id": other}, {"kid": kid}, {"compartment": "identity"}, {}):
            moved = given.model_copy(update=changes)
            await rogue.put(key_subject(moved.model_copy(update={"granter": MUNICIPALITY}).place, 0), moved.to_bytes())
            renamed = moved.model_copy(update={"granter": MUNICIPALITY, "key_id": bus.signer(MUNICIPALITY).key_id})
            signed = renamed.model_copy(update={"signature": bus.signer(MUNICIPALITY).sign(renamed.signed_bytes())})
            with pytest.raises(AssertionError, match="maximum messages per subject"):
                await rogue.put(key_subject(signed.place, 0), signed.to_bytes())  # and nothing is written over
        await rogue.grants(ContentKey.new(case_id, "case"), COORDINATOR)
        keyring = bus.nodes[COORDINATOR].keyring
        before = {key.kid for key in (*await keyring.of(case_id), *await keyring.of(other))}
        assert kid not in before and await keyring.of(case_id, "identity") == ()
        assert (await bus.consent(NGO, case_id)).version is not None
        await bus.agreed_version(case_id)


async def test_a_key_that_the_directory_does_not_know_gives_nothing(bus: Bus) -> None:
    """Nor what an agency signs with a key that was never admitted as its own."""
    async with insider(bus, POLICE) as rogue:
        case_id = await shared(bus)
        public = bus.nodes[NGO].directory.sealing_key(MUNICIPALITY)
        assert public is not None
        unknown = ContentKey.new(case_id, "case")
        forged = grant(unknown, MUNICIPALITY, public, a_signer(POLICE))
        await rogue.put(key_subject(forged.place, 0), forged.to_bytes())
        known = ContentKey.new(case_id, "case")
        await rogue.grants(known, MUNICIPALITY)
        await holds(bus, MUNICIPALITY, known)  # so the one before it was looked at
        assert unknown not in await bus.nodes[MUNICIPALITY].keyring.of(case_id)


async def test_a_key_of_an_agency_that_changed_its_own_or_was_suspended_opens_nothing_by_itself(bus: Bus) -> None:
    """Grants outlive rotations, so they are taken; but the key that opens what stands in the log is the right one, and
    what a suspended agency writes has no effect.
    """
    old, new = bus.signer(POLICE), a_signer(POLICE)
    rotated = AgencyKeyRotated(
        occurred_at=datetime.now(UTC),
        agency=POLICE,
        key_id=new.key_id,
        public_key=b64encode(new.public).decode(),
        replaces=old.key_id,
        valid_from=datetime.now(UTC),
    )
    case_id = (await bus.detect(NGO)).case_id
    kid = await first_kid(bus, case_id)
    await bus.nodes[COORDINATOR].submit(Submission(rotated, DIRECTORY_ID))
    at = datetime.now(UTC)
    suspended = AgencySuspended(occurred_at=at, suspended_from=at, agency=POLICE, reason=SuspensionReason.KEY_LOST)
    public = bus.nodes[NGO].directory.sealing_key(MUNICIPALITY)
    assert public is not None
    async with insider(bus, POLICE) as rogue:
        bogus = ContentKey(case_id, "case", kid, bytes(32))
        given = grant(bogus, MUNICIPALITY, public, old)
        await rogue.put(key_subject(given.place, 0), given.to_bytes())
        await bus.nodes[COORDINATOR].submit(Submission(suspended, DIRECTORY_ID))
        own = ContentKey.new(case_id, "case")
        given = grant(own, MUNICIPALITY, public, new)
        await rogue.put(key_subject(given.place, 0), given.to_bytes())
        await holds(bus, MUNICIPALITY, own)
        written = await rogue.writes(case_id, ConsultationRequested.canonical(), own)
        reasons = await set_aside(bus, written)
    assert {reason[0].split()[0] for reason in reasons.values()} == {"suspended"}
    await consent(bus, case_id, NGO, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    await bus.agreed_version(case_id)
    await bus.consent(MUNICIPALITY, case_id)
    await bus.agreed_version(case_id)
    assert await last_kid(bus, case_id) == kid


@pytest.mark.long
async def test_a_flood_of_bogus_grants_drowns_nothing(bus: Bus) -> None:
    """Hundreds of keys for cases that exist and do not: the good one arrives, and no view changes by the others."""
    async with insider(bus, POLICE) as rogue:
        case_id = (await bus.detect(NGO)).case_id
        kid = await first_kid(bus, case_id)
        for number in range(200):
            place = case_id if number % 2 else f"{number:08x}-0000-4000-8000-000000000000"
            await rogue.grants(ContentKey.new(place, "case"), MUNICIPALITY)
        await rogue.grants(ContentKey(case_id, "case", kid, bytes(32)), MUNICIPALITY)
        await consent(bus, case_id, NGO, MUNICIPALITY)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.agreed_version(case_id)
        await bus.consent(MUNICIPALITY, case_id)
        await bus.agreed_version(case_id)
        assert await last_kid(bus, case_id) == kid


async def test_nonsense_in_the_place_of_a_grant_stops_nobody(bus: Bus) -> None:
    """No such class, no number where one belongs: the case goes on, and the coordinator deletes it with the case."""
    async with insider(bus, POLICE) as rogue:
        case_id = await shared(bus)
        kid = ContentKey.new(case_id, "case").kid
        await rogue.put(f"key.{case_id}.nonsense.{kid}.{MUNICIPALITY}.{POLICE}.{'9' * 40}", b"x")
        await rogue.put(f"key.{case_id}.identity.{kid}.{MUNICIPALITY}.{POLICE}.nonsense", b"x")
        first = (await bus.nodes[NGO].replica.case(case_id)).view.consents[0].id
        gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=first, recipients=[MUNICIPALITY])
        await bus.submit(NGO, gone, case_id)
        assert (await bus.consent(NGO, case_id)).version is not None
        await bus.agreed_version(case_id)
        holders = holders_of((await bus.nodes[NGO].replica.case(case_id)).view)
        wish = an_event(ErasureRequested, occurred_at=now(), scope="case", reason="other", holders=holders)
        await bus.submit(NGO, wish, case_id)

        async def deleted() -> bool:
            async with bus.connected() as administrator:
                left = await administrator.jetstream().stream_info("KEYS", subjects_filter=f"key.{case_id}.*.{kid}.>")
            return not left.state.subjects

        await eventually(deleted, 30)


async def test_contents_moved_to_another_place_are_set_aside_by_all(bus: Bus) -> None:
    """A real agency signs what was sealed for another event, of the same case or another one; nobody stands still."""
    async with insider(bus, MUNICIPALITY) as rogue:
        case_id, other = await shared(bus), await shared(bus)
        chains = {
            name: [e for e in await bus.envelopes() if e.case_id == name and e.sealed] for name in (case_id, other)
        }
        question = ConsultationRequested.canonical()
        wrong = [
            await rogue.writes(case_id, question, data=taken.data, content_type=SECTIONS_TYPE, type=taken.type)
            for taken in (chains[case_id][0], chains[case_id][-1], chains[other][0], chains[other][-1])
        ]
        reasons = await set_aside(bus, *wrong)
        assert set(map(tuple, reasons.values())) == {("unreadable wrong-place",) * 4}
        assert (await bus.consent(NGO, case_id)).version is not None
        await bus.agreed_version(case_id)


async def test_contents_that_are_not_sealed_as_their_type_is_are_set_aside(bus: Bus) -> None:
    """In clear what must be sealed, sealed what must be clear, and sealed without padding; the case goes on."""
    async with insider(bus, MUNICIPALITY) as rogue:
        case_id = await shared(bus)
        key, question = await bus.key(MUNICIPALITY, case_id), ConsultationRequested.canonical()
        content = question.model_dump_json().encode()
        clear = await rogue.writes(case_id, question, data=content, content_type=CONTENT_TYPE)
        wish = an_event(ErasureRequested, occurred_at=now(), holders=[NGO, MUNICIPALITY, COORDINATOR])
        said = wish.model_dump_json().encode()
        hidden = await rogue.writes(
            case_id, wish, event_id=IDS[0], content_type=SEALED_TYPE,
            data=seal(key, said, agency=MUNICIPALITY, id=IDS[0]),
        )  # fmt: skip
        header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "iss": MUNICIPALITY, "sub": IDS[1]}
        bare = jwe(key.secret, header, content)
        unpadded = await rogue.writes(case_id, question, event_id=IDS[1], data=bare, content_type=SECTIONS_TYPE)
        reasons = await set_aside(bus, clear, hidden, unpadded)
        for agency in (NGO, MUNICIPALITY, COORDINATOR):
            assert reasons[agency] == [
                "unreadable not sealed",
                "unreadable not in sections",
                "unreadable broken-padding",
            ]
        assert (await bus.consent(NGO, case_id)).version is not None
        await bus.agreed_version(case_id)


async def test_who_cannot_open_an_event_stands_still_and_goes_on_when_granted(bus: Bus) -> None:
    """Sealed by a participant under a key that it keeps to itself: nobody else goes on, and each service says so."""
    async with insider(bus, MUNICIPALITY) as rogue:
        case_id = await shared(bus)
        kept = ContentKey.new(case_id, "case")
        await rogue.writes(case_id, ConsultationRequested.canonical(), kept)
        await bus.level()
        for agency in (NGO, COORDINATOR):
            assert (await bus.nodes[agency].replica.case(case_id)).unreadable
        waiting = await bus.consent(NGO, case_id)
        assert waiting.version is None
        for agency in (NGO, MUNICIPALITY, COORDINATOR):
            await rogue.grants(kept, agency)
        await bus.delivered(NGO, waiting.event_id)
        await bus.agreed_version(case_id)


async def test_who_takes_no_part_stops_nobody(bus: Bus) -> None:
    """Sealed by a stranger under a key that nobody has: all set it aside alike, and the case goes on at once."""
    async with insider(bus, POLICE) as stranger:
        case_id = await shared(bus)
        stray = await stranger.writes(case_id, ConsultationRequested.canonical(), ContentKey.new(case_id, "case"))
        reasons = await set_aside(bus, stray)
        assert {reasons[agency][0] for agency in (NGO, MUNICIPALITY, COORDINATOR)} == {"refused R3"}
        assert (await bus.consent(NGO, case_id)).version is not None
        await bus.agreed_version(case_id)


async def test_nobody_who_left_or_never_came_chooses_the_key_of_what_comes(bus: Bus) -> None:
    """An event that the rules refuse, under a key of its writer's: granted to all, it opens nothing that follows."""
    async with insider(bus, MUNICIPALITY) as left, insider(bus, POLICE) as stranger:
        case_id = await shared(bus)
        old = await bus.key(MUNICIPALITY, case_id)
        first = (await bus.nodes[NGO].replica.case(case_id)).view.consents[0].id
        gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=first, recipients=[MUNICIPALITY])
        await bus.submit(NGO, gone, case_id)
        await left.writes(case_id, ConsultationRequested.canonical(), old)  # before anybody began a new epoch
        await bus.level()
        await bus.consent(NGO, case_id)
        new = await last_kid(bus, case_id)
        assert new != old.kid
        brought = ContentKey.new(case_id, "case")
        for agency in (NGO, COORDINATOR):
            await stranger.grants(brought, agency)
            await holds(bus, agency, brought)
        await stranger.writes(case_id, ConsultationRequested.canonical(), brought)
        await left.writes(case_id, ConsultationRequested.canonical(), old)
        await bus.level()
        await bus.consent(NGO, case_id)
        assert await last_kid(bus, case_id) == new


@pytest.mark.parametrize("name", ["vault.key", "sealing.key"])
async def test_a_service_with_a_tampered_key_file_does_not_start(bus: Bus, name: str) -> None:
    """It says which file and what to do; the others go on, and with the file back so does it."""
    case_id = await shared(bus)
    await bus.stop_node(MUNICIPALITY)
    path = bus.layout.home(MUNICIPALITY) / name
    whole = path.read_bytes()
    digit = b"1" if whole[-20:-19] == b"0" else b"0"
    for damaged in (whole[:-20] + digit + whole[-19:], whole[: len(whole) // 2], b"", whole.replace(b":", b": ", 1)):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match=f"{name} is not a whole"):
            await bus.start_node(MUNICIPALITY)
        assert path.read_bytes() == damaged
    assert (await bus.consent(NGO, case_id)).version is not None
    path.write_bytes(whole)
    path.chmod(0o644)
    with pytest.raises(StoreError, match=f"{name} may be read by others"):
        await bus.start_node(MUNICIPALITY)
    path.chmod(0o600)
    await bus.start_node(MUNICIPALITY)
    await bus.ready()
    await bus.agreed_version(case_id)
