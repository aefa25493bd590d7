"""The rights of an agency's broker credentials, tried at the real server: its duties, its consumers, its inbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from harness.attempting import Attempts, attempting
from harness.bus import Bus, full_mandate
from harness.flooding import Junk, flooding
from harness.waiting import eventually
from nats.errors import Error as NatsError

from bus.envelope.envelope import MESSAGE_BYTES
from bus.errors import NotIssuableError
from bus.mandate import Mandate, ReactionContext
from bus.nats.client import Client
from bus.nats.credentials import Credentials, credentials_file
from bus.nats.log import STREAM
from bus.nats.tls import connection_options
from bus.operator.accounts import MOST_SENT, MOST_SUBSCRIPTIONS
from bus.operator.provision import provision
from bus.operator.rights import found_by_others
from bus.secret_files import write_private
from contracts.chapters.consultation import ConsultationRequested
from contracts.event.case_event import EVENTS
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.view.case_view import CaseView

CASE = str(uuid4())


def mandate_with_a_reaction() -> Mandate:
    """The police, who also react to a consultation."""
    police = full_mandate("police")

    @police.on(ConsultationRequested)
    async def note(event: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
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
        for change in ({"deny_delete": False}, {"deny_purge": False}, {"persist_mode": "async"}):
            assert "error" in await everything.asks("$JS.API.STREAM.UPDATE.CASES", **(config | change))
        assert config["deny_delete"] and config["deny_purge"] and not config["allow_rollup_hdrs"]
        assert config["storage"] == "file" and config["discard"] == "new" and "persist_mode" not in config
        assert len(await bus.log()) == 1


async def test_a_message_that_is_too_large_is_refused_by_the_broker(bus: Bus, police: Attempts) -> None:
    """The stream takes an event of the largest size with its headers, and no more; far beyond, the connection ends."""
    subject = f"case.{CASE}.VictimDetected.police"
    assert "error" not in await police.puts(subject, b"x" * MESSAGE_BYTES)
    assert "error" in await police.puts(subject, b"x" * (MESSAGE_BYTES + 1))
    credentials, too_large = bus.layout.home("police") / "broker.creds", Junk(subject, b"x" * (MOST_SENT + 1))
    with flooding(bus.broker.url, credentials, bus.layout.tls, too_large) as flood:
        await eventually(lambda: flood.ended > 0)
    assert len(await bus.log()) == 1


async def test_a_subject_has_a_length(bus: Bus, police: Attempts) -> None:
    """What every replica keeps of a message is bounded before anybody has looked at it."""
    token = "x" * 1900
    assert "error" not in await police.puts(f"case.{token}.VictimDetected.police", b"")
    credentials = bus.layout.home("police") / "broker.creds"
    long = Junk(f"case.{token}{token}.VictimDetected.police")
    with flooding(bus.broker.url, credentials, bus.layout.tls, long) as flood:
        await eventually(lambda: flood.ended > 0)
    assert len(await bus.log()) == 1


async def test_a_connection_has_so_many_subscriptions(bus: Bus, police: Attempts) -> None:
    """Each costs every broker memory; a service needs about ten."""
    for number in range(MOST_SUBSCRIPTIONS):
        await police.client.subscribe(f"_INBOX_police.{number}")
    await police.client.flush()
    assert police.forbidden == []
    assert police.client.stats["reconnects"] == 0
    await police.client.subscribe("_INBOX_police.more")
    await eventually(lambda: police.client.stats["reconnects"] > 0)  # refused, our client begins anew


async def test_who_lacks_a_part_of_the_log_asks_and_is_answered(bus: Bus, police: Attempts) -> None:
    """Everybody hears who asks, by a name that the broker holds to; the answers come to the asker, from names that the
    broker holds to, and to nobody else.
    """
    async with attempting(bus, "ngo-fyren") as ngo:
        heard = await ngo.client.subscribe("need.*.*.*")
        answers = await police.client.subscribe(found_by_others("police"))
        await asyncio.gather(ngo.client.flush(), police.client.flush())
        assert await police.may_publish("need.17.19.police")
        assert (await heard.next_msg(timeout=5)).subject == "need.17.19.police"
        assert await ngo.may_publish("found.police.17.ngo-fyren", b"what stood there", **{"ce-id": "1"})
        answer = await answers.next_msg(timeout=5)
        assert (answer.data, answer.headers) == (b"what stood there", {"ce-id": "1"})
        for subject in ("need.17.19.ngo-fyren", "need.17.police", "found.police.17.ngo-fyren", "found.police.17"):
            assert not await police.may_publish(subject), subject
        for subject in ("found.>", "found.ngo-fyren.*.*", "found.*.*.police"):
            assert not await police.may_subscribe(subject), subject


async def test_nobody_writes_into_anothers_inbox_asked_or_not(bus: Bus, police: Attempts) -> None:
    """Nor to the place where it follows the log: an answer goes where the answerer may publish, and nowhere else."""
    async with attempting(bus, "ngo-fyren") as ngo:
        await police.client.subscribe("need.*.*.*")
        await police.client.flush()
        await ngo.client.publish("need.1.1.ngo-fyren", b"", reply="_INBOX_ngo-fyren.asked")
        await ngo.client.flush()
    for subject in ("_INBOX_ngo-fyren.asked", "_INBOX_ngo-fyren.x", "deliver.ngo-fyren.x", "deliver.police.x"):
        assert not await police.may_publish(subject), subject
    for subject in ("deliver.>", "deliver.ngo-fyren.*", "deliver.ngo-fyren.x"):
        assert not await police.may_subscribe(subject), subject
    assert await police.may_subscribe("deliver.police.x")


async def test_a_changed_mandate_changes_the_rights(bus: Bus, police: Attempts) -> None:
    """Provisioning again and telling the brokers is enough, also for a connection that stands: no file is handed out
    anew, and no key changes.
    """
    assert await police.may_publish(f"case.{CASE}.InvestigationOpened.police")
    credentials = bus.layout.home("police") / "broker.creds"
    old, before = credentials.read_bytes(), bus.signer("police").key_id
    provision(bus.folder, bus.mandates, datetime.now(UTC))
    fewer = Mandate(bus.mandates["police"].kind)
    fewer.may_issue(EVENTS["VictimDetected"])
    provision(bus.folder, {"police": fewer}, datetime.now(UTC))
    assert credentials.read_bytes() == old and bus.signer("police").key_id == before
    await tell_the_brokers(bus)
    await eventually(lambda: police.client.is_connected)
    assert await police.may_publish(f"case.{CASE}.VictimDetected.police")
    assert not await police.may_publish(f"case.{CASE}.InvestigationOpened.police")
    provision(bus.folder, bus.mandates, datetime.now(UTC))
    await tell_the_brokers(bus)
    async with attempting(bus, "police") as anew:
        assert await anew.may_publish(f"case.{CASE}.InvestigationOpened.police")


async def tell_the_brokers(bus: Bus) -> None:
    """What `stafett provision` does last."""
    await bus.layout.admission(datetime.now(UTC)).enforce([bus.broker.url], bus.layout.tls, datetime.now(UTC))


async def test_credentials_of_an_earlier_kind_are_replaced_and_void(bus: Bus) -> None:
    """Those of a bus of before, whose rights stood in the token itself, would go round what has changed since."""
    admission = bus.layout.admission(datetime.now(UTC))
    moment, credentials = int(datetime.now(UTC).timestamp()) - 60, bus.layout.home("police") / "broker.creds"
    user = Credentials.read(credentials.read_bytes()).user
    rights = {"pub": {"allow": [">"]}, "sub": {"allow": [">"]}, "subs": -1, "data": -1, "payload": -1}
    token = admission.operator.account.token(user.public, "police", {"type": "user", **rights}, moment)
    earlier = bus.folder / "earlier.creds"
    write_private(earlier, credentials_file(token, user))
    async with bus.connected(earlier, allow_reconnect=False):
        pass
    credentials.write_bytes(earlier.read_bytes())
    (bus.layout.folder / "broker" / "agencies.seed").unlink()  # of before the agencies had an account of their own
    provision(bus.folder, bus.mandates, datetime.now(UTC))
    await tell_the_brokers(bus)
    assert Credentials.read(credentials.read_bytes()).user == user
    with pytest.raises(NatsError, match="Authorization"):
        async with bus.connected(earlier, allow_reconnect=False):
            pass
    async with attempting(bus, "police") as now:
        assert await now.may_publish(f"case.{CASE}.VictimDetected.police")
        assert not await now.may_publish("anything")


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
    await eventually(lambda: bus.nodes["ngo-fyren"].health().ready)
    assert len(await bus.log()) == 1
