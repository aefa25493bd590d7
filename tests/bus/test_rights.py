"""What an agency's broker credentials allow, tried against the real server: its duties, its consumers, its inbox."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from harness.attempting import Attempts, attempting
from harness.bus import Bus, full_mandate
from harness.waiting import eventually
from nats.errors import Error as NatsError

from bus.agency import Agency, Desk
from bus.broker.client import Client
from bus.broker.provision import provision
from bus.broker.transport import connection_options
from bus.errors import NotIssuableError
from bus.log import STREAM
from bus.sealing.key_files import write_private
from contracts.consultation import ConsultationRequested
from contracts.event import EVENTS
from contracts.identification import InvestigationOpened
from contracts.view import CaseView

CASE = str(uuid4())


def mandate_with_a_reaction() -> Agency:
    """The police, who also react to a consultation."""
    police = full_mandate("police")

    @police.on(ConsultationRequested)
    async def note(event: ConsultationRequested, case: CaseView, desk: Desk) -> None:
        """Nothing."""

    return police


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose nodes do not run."""
    mandates = {"police": mandate_with_a_reaction()}
    async with Bus(tmp_path, "police", "ngo-fyren", mandates=mandates, start=False) as running:
        yield running


@pytest.fixture
async def police(bus: Bus) -> AsyncIterator[Attempts]:
    """Somebody with the police's credentials."""
    async with attempting(bus, "police") as attempts:
        yield attempts


async def test_an_agency_may_publish_its_duties_and_no_other_event(police: Attempts) -> None:
    """Every event type of the contracts: exactly those of the mandate pass."""
    duties = full_mandate("police").duties
    for name in EVENTS:
        assert await police.may_publish(f"case.{CASE}.{name}.police") == (name in duties), name
    assert len(duties) < len(EVENTS)


ELSEWHERE = (
    f"case.{CASE}.VictimDetected.ngo-fyren",
    f"case.{CASE}.VictimDetected.police-2",
    f"case.{CASE}.VictimDetected",
    f"case.{CASE}.VictimDetected.police.more",
    f"case.{CASE}.Anything.police",
    "anything",
    "_INBOX_ngo-fyren.x",
    "_INBOX.x",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.CLAIMS.DELETE",
    "$JS.API.>",
    "$SYS.ACCOUNT.x",
)


async def test_an_agency_may_not_publish_elsewhere(police: Attempts) -> None:
    """Not as another agency, not outside the log, not into others' inboxes."""
    assert [subject for subject in ELSEWHERE if await police.may_publish(subject)] == []


ADMINISTRATION = (
    "INFO",
    "ACCOUNT.PURGE.x",
    "STREAM.CREATE.CASES",
    "STREAM.CREATE.OTHER",
    "STREAM.UPDATE.CASES",
    "STREAM.DELETE.CASES",
    "STREAM.PURGE.CASES",
    "STREAM.MSG.DELETE.CASES",
    "STREAM.SNAPSHOT.CASES",
    "STREAM.RESTORE.CASES",
    "STREAM.LEADER.STEPDOWN.CASES",
    "STREAM.PEER.REMOVE.CASES",
    "STREAM.INFO.OTHER",
    "STREAM.NAMES",
    "STREAM.LIST",
    "CONSUMER.CREATE.CASES",
    "CONSUMER.CREATE.CASES.mine",
    "CONSUMER.CREATE.CASES.mine.case.>",
    "CONSUMER.CREATE.CASES.replica-ngo-fyren",
    "CONSUMER.CREATE.CASES.replica-police-2",
    "CONSUMER.DURABLE.CREATE.CASES.mine",
    "CONSUMER.DURABLE.CREATE.CASES.replica-police",
    "CONSUMER.DELETE.CASES.replica-ngo-fyren",
    "CONSUMER.INFO.CASES.replica-ngo-fyren",
    "CONSUMER.MSG.NEXT.CASES.replica-ngo-fyren",
    "CONSUMER.PAUSE.CASES.replica-ngo-fyren",
    "CONSUMER.UNPIN.CASES.replica-ngo-fyren",
    "CONSUMER.RESET.CASES.replica-ngo-fyren",
    "CONSUMER.LEADER.STEPDOWN.CASES.replica-ngo-fyren",
    "CONSUMER.NAMES.CASES",
    "CONSUMER.LIST.CASES",
    "CONSUMER.CREATE.CASES.replica-ngo-fyren.case.>",
    "DIRECT.GET.CASES",
    "META.LEADER.STEPDOWN",
    "SERVER.REMOVE",
)


async def test_an_agency_may_not_administer(police: Attempts) -> None:
    """The stream, and the consumers of others, are not the agency's to change or to see."""
    assert [verb for verb in ADMINISTRATION if await police.may_publish(f"$JS.API.{verb}")] == []


async def test_an_agency_may_not_acknowledge_for_others(police: Attempts) -> None:
    """Nobody ends another agency's reaction before it ran."""
    assert not await police.may_publish("$JS.ACK.CASES.reactions-ngo-fyren.1.1.1.1.0", b"+ACK")


OTHERS_SUBJECTS = (
    ">",
    "case.>",
    f"case.{CASE}.>",
    "*",
    "_INBOX.>",
    "_INBOX_ngo-fyren.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.API.CONSUMER.>",
    "$JS.EVENT.>",
    "$SYS.>",
)


async def test_an_agency_may_not_listen_elsewhere(police: Attempts) -> None:
    """It receives in its own inbox alone; what it reads of the log comes through its own consumer."""
    assert [subject for subject in OTHERS_SUBJECTS if await police.may_subscribe(subject)] == []


async def test_an_agency_may_use_what_is_its_own(police: Attempts) -> None:
    """Its inbox, its replica's consumer, the stream's state, one message of it."""
    assert await police.may_subscribe("_INBOX_police.>")
    consumer = "replica-police"
    created = await police.asks(
        f"$JS.API.CONSUMER.CREATE.CASES.{consumer}",
        stream_name=STREAM,
        config={"name": consumer, "durable_name": consumer, "ack_policy": "explicit"},
    )
    assert created["name"] == consumer
    assert (await police.asks(f"$JS.API.CONSUMER.INFO.CASES.{consumer}"))["name"] == consumer
    assert (await police.asks(f"$JS.API.CONSUMER.DELETE.CASES.{consumer}"))["success"]
    assert (await police.asks("$JS.API.STREAM.INFO.CASES"))["config"]["name"] == STREAM
    assert (await police.asks("$JS.API.STREAM.MSG.GET.CASES", seq=99))["error"]["code"] == 404
    assert police.forbidden == []


async def test_a_header_cannot_change_the_log(bus: Bus, police: Attempts) -> None:
    """Rollups, lifetimes and schedules, with which one message could remove or make others, are refused."""
    subject = f"case.{CASE}.VictimDetected.police"
    assert "error" not in json.loads((await police.client.request(subject, b"{}")).data)
    for headers in (
        {"Nats-Rollup": "sub"},
        {"Nats-Rollup": "all"},
        {"Nats-TTL": "1s"},
        {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": f"case.{CASE}.VictimDetected.ngo-fyren"},
        {"Nats-Incr": "+1"},
    ):
        answer = json.loads((await police.client.request(subject, b"{}", headers=headers)).data)
        assert "error" in answer, headers
    assert len(await bus.log()) == 1


async def test_not_even_the_administrator_removes_a_message(bus: Bus) -> None:
    """The stream itself refuses deletion and purging, and cannot be talked out of it."""
    async with bus.connected() as administrator:
        jetstream = administrator.jetstream()
        await jetstream.publish(f"case.{CASE}.VictimDetected.police", b"{}")
        everything = Attempts(administrator, [])
        assert "error" in await everything.asks("$JS.API.STREAM.MSG.DELETE.CASES", seq=1)
        assert "error" in await everything.asks("$JS.API.STREAM.PURGE.CASES")
        config = (await everything.asks("$JS.API.STREAM.INFO.CASES"))["config"]
        for change in ({"deny_delete": False}, {"deny_purge": False}):
            assert "error" in await everything.asks("$JS.API.STREAM.UPDATE.CASES", **(config | change))
        assert config["deny_delete"] and config["deny_purge"] and not config["allow_rollup_hdrs"]
        assert config["storage"] == "file" and config["discard"] == "new" and config["allow_atomic"]
        assert len(await bus.log()) == 1


async def test_a_message_that_is_too_large_is_refused_by_the_broker(bus: Bus, police: Attempts) -> None:
    """The stream takes an event of the largest size with its headers, and no more."""
    answer = await police.client.request(f"case.{CASE}.VictimDetected.police", b"x" * (300 * 1024))
    assert "error" in json.loads(answer.data)


async def test_a_changed_mandate_changes_the_rights(bus: Bus, police: Attempts) -> None:
    """Provisioning again mints credentials with the duties as they are now; keys stay."""
    assert await police.may_publish(f"case.{CASE}.InvestigationOpened.police")
    credentials = bus.layout.home("police") / "broker.creds"
    old = credentials.read_bytes()
    provision(bus.folder, bus.mandates, datetime.now(UTC))
    assert credentials.read_bytes() == old, "nothing changed, so nothing is minted"
    before = bus.signer("police").key_id
    fewer = Agency(bus.mandates["police"].kind)
    fewer.may_issue(EVENTS["VictimDetected"])
    provision(bus.folder, {"police": fewer}, datetime.now(UTC))
    assert bus.signer("police").key_id == before
    async with attempting(bus, "police") as now:
        assert await now.may_publish(f"case.{CASE}.VictimDetected.police")
        assert not await now.may_publish(f"case.{CASE}.InvestigationOpened.police")
    # Whoever kept the earlier token cannot go on using it, once the broker knows.
    earlier = bus.folder / "earlier.creds"
    write_private(earlier, old)
    await bus.layout.admission(datetime.now(UTC)).enforce([bus.broker.url], bus.layout.tls, datetime.now(UTC))
    with pytest.raises(NatsError, match="Authorization"):
        async with bus.connected(earlier, allow_reconnect=False):
            pass
    async with bus.connected(credentials, allow_reconnect=False):
        pass


async def test_without_credentials_nobody_connects(bus: Bus) -> None:
    """Neither anonymous nor with another bus's credentials."""
    other = Bus(bus.folder / "other", "police")
    encrypted = connection_options(bus.layout.tls)
    foreign: dict[str, Any] = {"user_credentials": str(other.layout.administrator)}
    for options in ({}, foreign):
        client = Client()
        refused: list[Exception] = []

        async def heard(error: Exception, refused: list[Exception] = refused) -> None:
            refused.append(error)

        with pytest.raises(Exception, match=r"(?i)authorization|no servers"):
            await client.connect(bus.broker.url, allow_reconnect=False, error_cb=heard, **encrypted, **options)
        await client.close()


async def test_a_node_does_not_send_what_is_not_its_duty(bus: Bus) -> None:
    """The node itself refuses before the broker would."""
    await bus.start_node("ngo-fyren")
    await bus.ready("ngo-fyren")
    case_id = (await bus.detect("ngo-fyren")).case_id
    with pytest.raises(NotIssuableError):
        await bus.submit("ngo-fyren", InvestigationOpened.canonical(), case_id)
    await eventually(lambda: bus.nodes["ngo-fyren"].condition().ready)
    assert len(await bus.log()) == 1
