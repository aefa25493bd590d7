"""The directory on a real bus: all replicas judge an event by the keys and duties in force at its place in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.forging import a_signer, admitted, after, sealed
from harness.operating import admits, entry, new_id, now, rotates, suspends
from harness.waiting import eventually

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import Envelope, parse
from bus.envelope.signing import Signer
from bus.errors import NotIssuableError, RefusedError, StoreError, SuspendedError
from bus.mandate import Mandate
from bus.nats.erasable_streams import KEYS
from bus.operator import rotating
from bus.operator.root_publisher import as_administrator, publish
from bus.sealing.sealing_keys import SealingKey
from bus.store import Head, OutboxStatus, Transaction
from bus.submission.submission import Submission
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.directory.events import (
    AgencySuspended,
    CapacityAnnounced,
    DirectoryEvent,
    ProviderCertified,
    SuspensionReason,
    TrainingHeld,
)
from contracts.vocabulary.agencies import COORDINATOR, AgencyKind
from stafett.commands.main import main

AGENCIES = ("police", "ngo-fyren", COORDINATOR)
NGO = "ngo-fyren"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus of three."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


async def put(bus: Bus, *envelopes: Envelope) -> list[int]:
    """Into the log past every service, with the administrator's rights; the sequences."""
    sequences = []
    async with bus.connected() as administrator:
        for envelope in envelopes:
            answer = await administrator.jetstream().publish(
                envelope.subject, envelope.data, headers=dict(envelope.headers)
            )
            sequences.append(answer.seq)
    return sequences


async def last(bus: Bus, case_id: str) -> Envelope:
    """The last event of a chain, as the police have it."""
    await bus.level("police")
    return (await bus.nodes["police"].store.envelopes(case_id))[-1]


async def read_anew(bus: Bus, agency: str) -> None:
    """An agency that lost its store reads the log from its beginning."""
    if agency in bus.nodes:
        await bus.stop_node(agency)
    for path in bus.layout.home(agency).glob("store.db*"):
        path.unlink()
    await bus.start_node(agency)
    await bus.ready(agency)
    await bus.level(agency)


async def set_aside_by(bus: Bus, *agencies: str) -> list[tuple[int, str]]:
    """What these agencies set aside, all alike."""
    await bus.level(*agencies)
    found = [await bus.quarantined(agency) for agency in agencies]
    assert all(each == found[0] for each in found), found
    return found[0]


async def announces(bus: Bus, agency: str, event: DirectoryEvent) -> str:
    """An agency says something in the directory; the event's id."""
    receipt = await bus.nodes[agency].submit(Submission(event, DIRECTORY_ID))
    assert receipt.status is OutboxStatus.DELIVERED
    return receipt.event_id


async def test_an_agency_is_admitted_while_the_bus_runs(bus: Bus) -> None:
    """Who runs hears it at once; who comes back reads admission and first event in one batch, and believes both."""
    await bus.stop_node("police")
    await admits(bus, "region-01")
    await bus.start_node("region-01")
    await bus.ready("region-01")
    receipt = await bus.detect("region-01")
    assert receipt.status is OutboxStatus.DELIVERED
    await bus.level()
    assert (await bus.nodes[NGO].replica.case(receipt.case_id)).chain.version == 1
    await bus.start_node("police")
    assert await set_aside_by(bus, "police", NGO, COORDINATOR, "region-01") == []
    assert (await entry(bus, "police", "region-01")).kind is AgencyKind.REGION


async def test_what_was_said_before_a_suspension_stands_and_nothing_after(bus: Bus) -> None:
    """For every replica alike, also one that reads the log later; the others go on in the same case."""
    case_id = await bus.shared_case()
    before = await bus.consent(NGO, case_id)
    signer, key, head = bus.signer(NGO), await bus.key("police", case_id), await last(bus, case_id)
    assert (await suspends(bus, NGO)).at_once
    late = sealed(signer, ConsentGiven.canonical(), key=key, **after(head))
    (sequence,) = await put(bus, late)
    assert await set_aside_by(bus, "police", COORDINATOR) == [(sequence, "suspended")]
    await read_anew(bus, COORDINATOR)
    assert await set_aside_by(bus, "police", COORDINATOR) == [(sequence, "suspended")]
    events = [e.event_id for e in await bus.nodes[COORDINATOR].store.envelopes(case_id)]
    assert before.event_id in events and late.event_id not in events
    assert (await bus.consent("police", case_id)).status is OutboxStatus.DELIVERED


async def test_a_suspended_agency_says_so(bus: Bus) -> None:
    """It is not ready and says why, and refuses what it is given, also after a restart that nobody lets it in after."""
    node = bus.nodes[NGO]
    await suspends(bus, NGO)
    await eventually(lambda: "suspended" in (node.health().agency or ""))
    assert not node.health().ready
    with pytest.raises(SuspendedError):
        await bus.detect(NGO)
    await eventually(lambda: "refuses our credentials" in (node.health().broker or ""))
    await bus.stop_node(NGO)
    await bus.start_node(NGO)
    assert "suspended" in (bus.nodes[NGO].health().agency or ""), "it remembers"
    with pytest.raises(SuspendedError):
        await bus.detect(NGO)


async def test_what_waits_at_an_agency_that_is_suspended_comes_back_to_its_caseworkers(bus: Bus) -> None:
    """It can never be sent: it does not wait for ever."""
    outbox = bus.outbox(NGO)
    await rotates(bus, NGO, signing=True)  # it may send nothing until it is restarted
    await bus.level()
    waiting = await bus.detect(NGO)
    assert waiting.status is OutboxStatus.PENDING
    await suspends(bus, NGO)
    await eventually(lambda: [row.reason for row in outbox.waiting(OutboxStatus.PARKED)] == ["suspended"])
    assert not outbox.waiting(OutboxStatus.PENDING)


async def test_a_suspended_agency_is_granted_nothing_more(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """No case is referred to it; one that a careless service refers to it all the same stays closed to it."""
    await suspends(bus, NGO)
    await bus.level("police")
    case_id = (await bus.detect("police")).case_id
    await bus.submit("police", an_event(ConsentGiven, recipients=[NGO, COORDINATOR]), case_id)
    with pytest.raises(RefusedError, match="R24"):
        await bus.submit("police", an_event(CaseReferred, recipient=NGO), case_id)
    monkeypatch.setattr("contracts.sweden.guidance.reachable.nobody_is_asked", lambda *_: None)
    for recipient in (NGO, COORDINATOR):
        offer = await bus.submit("police", an_event(CaseReferred, recipient=recipient), case_id)
    reader = bus.nodes[COORDINATOR]
    await bus.offered(case_id, COORDINATOR)
    await bus.submit(COORDINATOR, an_event(ReferralAccepted, offer_id=offer.event_id), case_id)

    async def the_other_reads() -> bool:
        return not (await reader.replica.case(case_id)).unreadable

    await eventually(the_other_reads)
    subjects = await reader.log.subjects(KEYS, f"key.{case_id}.>")
    assert {subject.split(".")[2] for subject in subjects} == {"case", "dialogue", "offer", "offertalk"}
    assert {subject.split(".")[4] for subject in subjects} == {COORDINATOR, "police"}


async def test_a_suspended_agency_cannot_open_what_comes_after(bus: Bus) -> None:
    """The next event begins another epoch, once; those who still take part read on."""
    case_id = await bus.shared_case()
    held = await bus.key(NGO, case_id)
    await suspends(bus, NGO)
    await bus.stop_node(NGO)
    await bus.level()
    kids = []
    for agency in ("police", COORDINATOR, "police"):
        await bus.readable(case_id)
        assert (await bus.consent(agency, case_id)).status is OutboxStatus.DELIVERED
        await bus.level()
        await bus.readable(case_id)
        kids.append((await bus.key("police", case_id)).kid)
    assert len(set(kids)) == 1 and held.kid not in kids
    subjects = await bus.nodes[COORDINATOR].log.subjects(KEYS, f"key.{case_id}.case.{kids[0]}.>")
    assert {subject.split(".")[4] for subject in subjects} == {COORDINATOR, "police"}


async def test_suspending_goes_on_where_it_was_cut_short(bus: Bus) -> None:
    """The log knew, the brokers did not: the second run cuts the agency off, and a third finds nothing to say."""

    def wanted(_: object) -> list[AgencySuspended]:
        return [AgencySuspended(occurred_at=now(), agency=NGO, suspended_from=now(), reason=SuspensionReason.OTHER)]

    async with as_administrator([bus.broker.url], bus.layout) as log:
        await publish(log, bus.layout, wanted, now=now, new_id=new_id)
    assert bus.nodes[NGO].log.connected.is_set()
    for _ in range(2):
        assert not (await suspends(bus, NGO)).at_once
        await eventually(lambda: not bus.nodes[NGO].log.connected.is_set())
    names = [parse(m.headers, m.data).event_name for m in await bus.whole_log()]
    assert names.count("AgencySuspended") == 1


async def test_who_cannot_be_suspended_is_left_alone(bus: Bus) -> None:
    """An agency that was never admitted, and the one that could not take it back."""
    for agency, why in (("tax", "not in the directory"), (COORDINATOR, "rotate its keys")):
        with pytest.raises(StoreError, match=why):
            await suspends(bus, agency)
    await bus.ready()


async def test_a_replaced_key_signs_nothing_after_its_place(bus: Bus) -> None:
    """What it signed before stands; what it signs after is set aside by all; the new one is believed."""
    case_id = await bus.shared_case()
    before = await bus.consent(NGO, case_id)
    old, key, head = bus.signer(NGO), await bus.key("police", case_id), await last(bus, case_id)
    assert await rotates(bus, NGO, signing=True)
    (sequence,) = await put(bus, sealed(old, ConsentGiven.canonical(), key=key, **after(head)))
    assert await set_aside_by(bus, *AGENCIES) == [(sequence, "retired-key")]
    await read_anew(bus, COORDINATOR)
    assert await set_aside_by(bus, *AGENCIES) == [(sequence, "retired-key")]
    await bus.stop_node(NGO)
    await bus.start_node(NGO)
    await bus.ready(NGO)
    assert (await bus.consent(NGO, case_id)).status is OutboxStatus.DELIVERED
    assert await bus.agreed_version(case_id) == (before.version or 0) + 1
    assert bus.signer(NGO).key_id != old.key_id
    assert not list(bus.layout.home(NGO).glob("signing-*"))


async def test_what_waits_is_signed_with_the_new_key(bus: Bus) -> None:
    """A service that still has the old one sends nothing and says what to do; restarted, it sends all."""
    old, node = bus.signer(NGO).key_id, bus.nodes[NGO]
    await rotates(bus, NGO, signing=True)
    await bus.level()
    waiting = [await bus.detect(NGO), await bus.detect(NGO)]
    assert [receipt.status for receipt in waiting] == [OutboxStatus.PENDING] * 2
    assert "restart the service" in (node.health().agency or "")
    await bus.stop_node(NGO)
    await bus.start_node(NGO)
    for receipt in waiting:
        await bus.delivered(NGO, receipt.event_id)
    await bus.ready(NGO)
    assert await set_aside_by(bus, *AGENCIES) == []
    keys = {e.key_id for e in await bus.envelopes()}
    assert keys == {bus.signer(NGO).key_id} and old not in keys


async def test_grants_made_before_a_rotation_are_opened_after_it(bus: Bus) -> None:
    """By the old key, which is kept; what is granted since is sealed to the new one alone."""
    before = await bus.shared_case()
    assert await rotates(bus, NGO, sealing=True)
    await bus.level()
    assert "sealing key" in (bus.nodes[NGO].health().agency or "")
    await read_anew(bus, NGO)
    await bus.readable(before)
    since = await bus.shared_case()
    (kept,) = bus.layout.home(NGO).glob("sealing-*.key")
    await bus.stop_node(NGO)
    kept.rename(bus.folder / "away.key")
    await read_anew(bus, NGO)

    async def reads(case_id: str) -> bool:
        return not (await bus.nodes[NGO].replica.case(case_id)).unreadable

    await eventually(lambda: reads(since))
    assert not await reads(before), "nothing but the old key opens it"


@pytest.mark.parametrize("step", ["create_private", "publish", "replace_private", "destroy", "beside"])
async def test_a_rotation_goes_on_wherever_it_was_cut_short(
    bus: Bus, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run brings it to its end: one rotation in the log, and its keys in their places."""
    done = getattr(rotating, step)

    def cut_short(*arguments: object, **options: object) -> object:
        result = done(*arguments, **options)
        if asyncio.iscoroutine(result):
            return _then_fail(result)
        raise OSError("the power failed")

    async def _then_fail(result: object) -> None:
        await result  # type: ignore[misc]
        raise OSError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(rotating, step, cut_short)
        with pytest.raises(OSError, match="the power failed"):
            await rotates(bus, NGO, signing=True, sealing=True)
    await rotates(bus, NGO, signing=True, sealing=True)
    known = await entry(bus, "police", NGO)
    assert (len(known.keys), len(known.sealing_keys)) == (2, 2)
    assert bus.signer(NGO).key_id == known.current_key.id
    home = bus.layout.home(NGO)
    present = SealingKey.load(home / "sealing.key").public
    assert bus.nodes["police"].directory.sealing_key(NGO) == present
    assert len(list(home.glob("sealing-*.key"))) == 1
    assert sorted(path.name for path in home.glob("signing*")) == ["signing.pem"]
    await bus.stop_node(NGO)
    await bus.start_node(NGO)
    await bus.ready(NGO)


async def test_only_the_root_key_admits(bus: Bus) -> None:
    """Not the coordinator's everyday key, no other agency's, no other root; and the root key says nothing else."""
    case_id = await bus.shared_case()
    root = Signer.load(COORDINATOR, bus.layout.root_key)
    key, of_case, of_directory = (
        await bus.key("police", case_id),
        await last(bus, case_id),
        await last(bus, DIRECTORY_ID),
    )
    admission, place = admitted(a_signer("tax")), after(of_directory)
    training = TrainingHeld.canonical()
    forged = [
        ("not-by-root", sealed(bus.signer(COORDINATOR), admission, **place)),
        ("not-by-root", sealed(bus.signer("police"), admission, **place)),
        ("unknown-issuer", sealed(a_signer(COORDINATOR), admission, **place)),
        ("unknown-issuer", sealed(a_signer("tax"), admission, **place)),
        ("not-by-root", sealed(root, training, **place)),
        ("not-by-root", sealed(root, ConsentGiven.canonical(), key=key, **after(of_case))),
        ("wrong-chain", sealed(bus.signer(COORDINATOR), training, **after(of_case))),
        ("wrong-chain", sealed(root, admission, **after(of_case))),
        ("wrong-chain", sealed(bus.signer("police"), VictimDetected.canonical(), **place)),
        ("not-a-duty", sealed(bus.signer("police"), training, **place)),
        ("broken-chain", sealed(root, admission, **(place | {"previous": "1" * 64}))),
    ]
    sequences = await put(bus, *(envelope for _, envelope in forged))
    expected = list(zip(sequences, (reason for reason, _ in forged), strict=True))
    assert await set_aside_by(bus, *AGENCIES) == expected
    assert all(node.directory.entry("tax") is None for node in bus.nodes.values())
    await read_anew(bus, "police")
    assert await set_aside_by(bus, *AGENCIES) == expected
    await bus.readable(case_id)
    assert (await bus.consent("police", case_id)).status is OutboxStatus.DELIVERED
    assert await announces(bus, COORDINATOR, training)


async def test_duties_that_ended_are_believed_no_more(bus: Bus) -> None:
    """From their place on, by no replica; and the agency's own service refuses at once."""
    narrow = Mandate(AgencyKind.NGO)
    narrow.may_issue(VictimDetected)
    case_id = await bus.shared_case()
    signer, key, head = bus.signer(NGO), await bus.key("police", case_id), await last(bus, case_id)
    await admits(bus, NGO, narrow)
    (sequence,) = await put(bus, sealed(signer, ConsentGiven.canonical(), key=key, **after(head)))
    assert await set_aside_by(bus, *AGENCIES) == [(sequence, "not-a-duty")]
    with pytest.raises(NotIssuableError):
        await bus.consent(NGO, case_id)
    await admits(bus, NGO)
    await bus.ready(NGO)
    await bus.level()
    # The answer may be that it waits, on a loaded machine; what counts is that it comes into the log.
    await bus.delivered(NGO, (await bus.consent(NGO, case_id)).event_id)


async def test_free_places_are_seen_by_all(bus: Bus) -> None:
    """A shelter announces them itself; the coordinator, which is none, may not."""
    capacity = CapacityAnnounced.canonical()
    await announces(bus, NGO, capacity)
    await bus.level()
    for node in bus.nodes.values():
        found = node.directory.view.with_capacity(capacity.service, datetime.now(UTC))
        assert [each.agency for each in found] == [NGO]
    with pytest.raises(NotIssuableError):
        await announces(bus, COORDINATOR, capacity)


async def test_the_programme_takes_a_certificate_that_the_directory_knows(bus: Bus) -> None:
    """A service refuses an acceptance by a certificate that was never given, or that ends on another day (R15)."""
    case_id = (await bus.detect("police")).case_id
    today = datetime.now(UTC)
    ends = (today + timedelta(days=300)).date()
    consent = an_event(
        ConsentGiven,
        occurred_at=today.isoformat(),
        recipients=[NGO],
        purposes=["support"],
        valid_until=ends.isoformat(),
    )
    await bus.submit("police", consent, case_id)
    until = (today + timedelta(days=2)).isoformat()
    offer = an_event(
        CaseReferred,
        occurred_at=today.isoformat(),
        recipient=NGO,
        purposes=["support"],
        respond_by=until,
        programme=True,
    )
    offered = await bus.submit("police", offer, case_id)
    await bus.readable(case_id)
    await bus.offered(case_id, NGO)

    def acceptance(certificate: str, valid_until: object = ends) -> ReferralAccepted:
        named = {"id": certificate, "valid_until": str(valid_until)}
        event = an_event(ReferralAccepted, occurred_at=today.isoformat(), offer_id=offered.event_id, certificate=named)
        assert isinstance(event, ReferralAccepted)
        return event

    certified = ProviderCertified.canonical().model_copy(
        update={"occurred_at": today, "valid_from": today.date(), "valid_until": ends}
    )
    certificate = await announces(bus, COORDINATOR, certified)
    await bus.level()
    for wrong in (acceptance(new_id()), acceptance(certificate, ends + timedelta(days=1))):
        with pytest.raises(RefusedError) as refused:
            await bus.submit(NGO, wrong, case_id)
        assert refused.value.refusal.rule.id == "R15"
        assert "no such certificate" in refused.value.refusal.missing.what.en
        assert refused.value.refusal.missing.supplied_by == (COORDINATOR,)
    assert (await bus.submit(NGO, acceptance(certificate), case_id)).status is OutboxStatus.DELIVERED


async def test_a_suspension_survives_the_loss_of_the_log(bus: Bus) -> None:
    """The directory is back first, by the same events; also who reads the log for the first time knows it."""
    await announces(bus, COORDINATOR, TrainingHeld.canonical())
    await suspends(bus, NGO)
    case_id = (await bus.detect("police")).case_id
    await bus.level("police", COORDINATOR)
    before = [e.hash for e in await bus.nodes["police"].store.envelopes(DIRECTORY_ID)]
    assert (len(before), before[-1]) == (len(AGENCIES) + 2, (await last(bus, DIRECTORY_ID)).hash)
    await bus.stop_node(NGO)
    await bus.roll_back(None)
    await bus.start_broker()
    await bus.create_streams()
    await bus.ready()

    async def all_back() -> bool:
        return [m.subject.split(".")[1] for m in await bus.whole_log()] == [DIRECTORY_ID] * len(before) + [case_id]

    await eventually(all_back)
    await read_anew(bus, COORDINATOR)
    await bus.level("police", COORDINATOR)
    for agency in ("police", COORDINATOR):
        held = await bus.nodes[agency].store.envelopes(DIRECTORY_ID)
        assert [envelope.hash for envelope in held] == before
        assert (await entry(bus, agency, NGO)).suspended
    assert not (await suspends(bus, NGO)).at_once


async def test_what_a_crash_left_on_its_way_is_finished(bus: Bus) -> None:
    """The operator's word was kept and never sent; the next run sends it, and goes on with what it has to say."""
    head = await last(bus, DIRECTORY_ID)
    root = Signer.load(COORDINATOR, bus.layout.root_key)
    suspended = AgencySuspended(occurred_at=now(), agency=NGO, suspended_from=now(), reason=SuspensionReason.OTHER)
    begun = sealed(root, suspended, **after(head))
    bus.layout.founded.with_suffix(".begun").write_bytes(begun.to_json() + b"\n")
    await admits(bus, "tax")
    directory = [parse(m.headers, m.data) for m in await bus.whole_log() if DIRECTORY_ID in m.subject]
    assert [e.event_id for e in directory[-2:-1]] == [begun.event_id]
    assert directory[-1].event_name == "AgencyAdmitted"
    assert not bus.layout.founded.with_suffix(".begun").exists()


async def test_what_others_were_faster_than_is_not_put_back_later(bus: Bus) -> None:
    """The operator's word was on its way when the coordinator wrote: it is judged anew, and the old one forgotten."""
    head = await last(bus, DIRECTORY_ID)
    root = Signer.load(COORDINATOR, bus.layout.root_key)
    begun = sealed(root, admitted(a_signer("region-01")), **after(head))
    bus.layout.founded.with_suffix(".begun").write_bytes(begun.to_json() + b"\n")
    await announces(bus, COORDINATOR, TrainingHeld.canonical())
    await admits(bus, "tax")
    await bus.level()
    assert bus.nodes["police"].directory.entry("region-01") is None
    assert begun.to_json() not in bus.layout.founded.read_bytes()
    assert await set_aside_by(bus, *AGENCIES) == []


async def test_the_audit_finds_what_a_replaced_key_signed(bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody with a stolen old key and the store puts an event in after the rotation: chained well, and found."""
    case_id = await bus.shared_case()
    old, key = bus.signer(NGO), await bus.key("police", case_id)
    await rotates(bus, NGO, signing=True)
    await bus.level()

    async def audited() -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["verify", "police", "--home", str(bus.folder)])
        return status, capsys.readouterr().err

    assert await audited() == (0, "")
    node = bus.nodes["police"]
    forged = sealed(old, ConsentGiven.canonical(), key=key, **after(await last(bus, case_id)))
    head = await node.store.head(case_id)
    assert head is not None
    slipped_in = Transaction()
    slipped_in.put_heads([Head(case_id, forged.version, forged.hash, head.sequence, True)])
    slipped_in.accept(forged, head.sequence)
    await node.store.write(slipped_in)
    assert await audited() == (
        1,
        f"{case_id}  version {forged.version}  retired-key: the agency signs with another key now\n",
    )


@pytest.mark.parametrize(
    "name",
    ["signing.pem", "sealing.key", "vault.key", "root.pem", "broker.creds", "broker-key.pem"],
)
async def test_a_secret_that_others_may_read_keeps_the_service_from_starting(tmp_path: Path, name: str) -> None:
    """Whichever of them it is; the message names it and says what to do."""
    async with Bus(tmp_path, COORDINATOR, start=False) as bus:
        path = bus.layout.home(COORDINATOR) / name
        path.chmod(0o640)
        with pytest.raises(StoreError, match=f"{name} may be read by others; set its mode to 600"):
            await bus.start_node(COORDINATOR)
        path.chmod(0o600)
        await bus.start_node(COORDINATOR)
        await bus.ready()


async def test_earlier_sealing_keys_are_looked_at_too(tmp_path: Path) -> None:
    """One that others may read opens what was granted then."""
    async with Bus(tmp_path, COORDINATOR, start=False) as bus:
        earlier = bus.layout.home(COORDINATOR) / "sealing-0123456789abcdef.key"
        SealingKey.new().write(earlier)
        earlier.chmod(0o604)
        with pytest.raises(StoreError, match="may be read by others"):
            await bus.start_node(COORDINATOR)
