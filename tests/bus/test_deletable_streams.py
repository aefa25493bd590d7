"""KEYS and PERSONAL at the real server: the agencies that may write, read and delete there, and their consumers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from harness.attempting import Attempts, attempting
from harness.bus import Bus

from bus.errors import StoreError
from bus.nats.erasable_streams import granted_to

CASE = "6277108f-022a-485b-b068-f79939c87872"
GRANT = f"key.{CASE}.case.1.ngo-fyren.police.0"
RECORD = f"personal.{CASE}.health.1.police"
OWN_CONSUMER = f"$JS.API.CONSUMER.CREATE.KEYS.keys-police.{granted_to('police')}"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose nodes do not run."""
    async with Bus(tmp_path, "police", "ngo-fyren", "coordinator", start=False) as running:
        yield running


@pytest.fixture
async def police(bus: Bus) -> AsyncIterator[Attempts]:
    """Somebody with the police's credentials."""
    async with attempting(bus, "police") as attempts:
        yield attempts


@pytest.fixture
async def coordinator(bus: Bus) -> AsyncIterator[Attempts]:
    """Somebody with the national coordinator's credentials."""
    async with attempting(bus, "coordinator") as attempts:
        yield attempts


def keys_request(stream: str = "KEYS", **config: Any) -> dict[str, Any]:
    """A request for the police's consumer of KEYS."""
    named = {"name": "keys-police", "durable_name": "keys-police", "ack_policy": "explicit"}
    return {"stream_name": stream, "config": named | config}


ELSEWHERE = (
    f"key.{CASE}.case.1.ngo-fyren.ngo-fyren.0",
    f"key.{CASE}.case.1.police.ngo-fyren.0",
    f"key.{CASE}.case.1.police.police.0.more",
    f"key.{CASE}.case.1.police.police",
    f"key.{CASE}.case.1.police.0",
    f"personal.{CASE}.health.1.ngo-fyren",
    f"personal.{CASE}.health.1.police.more",
    f"personal.{CASE}.health.police",
    f"clock.set.{CASE}",
    f"clock.due.{CASE}",
)


async def test_streams_of_another_version_are_not_taken_for_ours(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else everything that is put there would wait for ever; the operator is told what to do."""
    await bus.create_streams()
    monkeypatch.setattr("bus.nats.erasable_streams.KEY_SUBJECTS", "key.*.*.*.*.*")
    with pytest.raises(StoreError, match="the stream KEYS is that of another version"):
        await bus.create_streams()


async def test_an_agency_writes_in_its_own_name_alone(police: Attempts) -> None:
    """It grants as itself, and puts records as itself."""
    assert [subject for subject in ELSEWHERE if await police.may_publish(subject)] == []
    assert (await police.puts(GRANT, b"grant"))["stream"] == "KEYS"
    assert (await police.puts(RECORD, b"record"))["stream"] == "PERSONAL"


STREAM_VERBS = (
    "STREAM.CREATE",
    "STREAM.UPDATE",
    "STREAM.DELETE",
    "STREAM.PURGE",
    "STREAM.INFO",
    "STREAM.MSG.DELETE",
    "STREAM.SNAPSHOT",
    "STREAM.RESTORE",
    "STREAM.LEADER.STEPDOWN",
    "STREAM.PEER.REMOVE",
    "DIRECT.GET",
    "CONSUMER.CREATE",
    "CONSUMER.NAMES",
    "CONSUMER.LIST",
)
FORBIDDEN = (
    *(f"{verb}.{stream}" for stream in ("KEYS", "PERSONAL") for verb in STREAM_VERBS),
    "STREAM.MSG.GET.KEYS",
    "CONSUMER.CREATE.KEYS.keys-police",
    "CONSUMER.CREATE.KEYS.keys-police.>",
    "CONSUMER.CREATE.KEYS.keys-police.key.>",
    "CONSUMER.CREATE.KEYS.keys-police.key.*.*.*.*.police.*",
    "CONSUMER.CREATE.KEYS.keys-police.key.*.*.*.ngo-fyren.>",
    "CONSUMER.CREATE.KEYS.keys-ngo-fyren.key.*.*.*.ngo-fyren.>",
    "CONSUMER.CREATE.KEYS.keys-ngo-fyren.key.*.*.*.police.>",
    "CONSUMER.DURABLE.CREATE.KEYS.keys-police",
    "CONSUMER.MSG.NEXT.KEYS.keys-ngo-fyren",
    "CONSUMER.INFO.KEYS.keys-ngo-fyren",
    "CONSUMER.DELETE.KEYS.keys-ngo-fyren",
    "CONSUMER.CREATE.PERSONAL.keys-police",
    "CONSUMER.CREATE.PERSONAL.keys-police.personal.>",
    f"DIRECT.GET.KEYS.{GRANT}",
    f"DIRECT.GET.PERSONAL.{RECORD}",
)


async def test_an_agency_administers_none_of_them(police: Attempts) -> None:
    """Neither stream nor another's consumer, and no consumer of its own with another filter."""
    assert [verb for verb in FORBIDDEN if await police.may_publish(f"$JS.API.{verb}")] == []
    assert not await police.may_publish("$JS.ACK.KEYS.keys-ngo-fyren.1.1.1.1.0", b"+ACK")


@pytest.mark.parametrize("subject", ["key.>", granted_to("police"), "personal.>", GRANT])
async def test_an_agency_hears_none_of_them_as_they_are_written(police: Attempts, subject: str) -> None:
    """Not even what is meant for it: that it fetches."""
    assert not await police.may_subscribe(subject)


@pytest.mark.parametrize(
    "request_",
    [
        keys_request(),
        keys_request(filter_subject="key.>"),
        keys_request(filter_subject=granted_to("ngo-fyren")),
        keys_request(filter_subjects=["key.>"]),
        keys_request(filter_subjects=[granted_to("police"), granted_to("ngo-fyren")]),
        keys_request(filter_subject=granted_to("police"), filter_subjects=[granted_to("ngo-fyren")]),
        keys_request("PERSONAL", filter_subject=granted_to("police")),
    ],
    ids=["none", "all", "another's", "all of several", "two", "both ways", "another stream"],
)
async def test_a_consumer_has_the_filter_that_its_subject_names(police: Attempts, request_: dict[str, Any]) -> None:
    """The subject of the request passes; the broker refuses one whose content says otherwise."""
    assert "error" in await police.asks(OWN_CONSUMER, **request_)
    assert (await police.asks("$JS.API.CONSUMER.INFO.KEYS.keys-police"))["error"]["code"] == 404


async def test_a_consumer_does_not_change_its_filter(police: Attempts) -> None:
    """Once it exists, it is not talked into another; and a filter cannot hide a wildcard in the middle."""
    assert "error" not in await police.asks(OWN_CONSUMER, **keys_request(filter_subject=granted_to("police")))
    assert "error" in await police.asks(OWN_CONSUMER, **keys_request(filter_subject="key.>"))
    trick = "key.>.1.1.police.x.0"
    create = "$JS.API.CONSUMER.CREATE.KEYS.keys-police"
    assert "error" in await police.asks(f"{create}.{trick}", **keys_request(filter_subject=trick))
    info = await police.asks("$JS.API.CONSUMER.INFO.KEYS.keys-police")
    assert info["config"]["filter_subject"] == granted_to("police")


async def test_a_consumer_of_the_log_reads_no_other_stream(police: Attempts) -> None:
    """Whichever stream or filter its request names."""
    for subject in ("replica-police", "replica-police.key.>"):
        for filtered in ({}, {"filter_subject": "key.>"}):
            request: dict[str, Any] = {"stream_name": "KEYS", "config": {"name": "replica-police", **filtered}}
            assert "error" in await police.asks(f"$JS.API.CONSUMER.CREATE.CASES.{subject}", **request)


async def test_grants_to_others_are_not_delivered(bus: Bus, police: Attempts) -> None:
    """Its consumer brings what was granted to it, and nothing else that lies in the stream."""
    await police.puts(GRANT, b"to the ngo")
    async with attempting(bus, "ngo-fyren") as ngo:
        await ngo.puts(f"key.{CASE}.case.1.police.ngo-fyren.0", b"to the police")
    created = await police.asks(OWN_CONSUMER, **keys_request(filter_subject=granted_to("police")))
    assert created["num_pending"] == 1
    fetch = "$JS.API.CONSUMER.MSG.NEXT.KEYS.keys-police"
    delivered = await police.client.request(fetch, b"", timeout=5, old_style=True)  # it comes on its own subject
    assert delivered.data == b"to the police"
    assert await police.may_publish(delivered.reply, b"+ACK")


@pytest.mark.parametrize(
    "target",
    [
        f"personal.{CASE}.health.1.ngo-fyren",
        f"key.{CASE}.case.1.police.ngo-fyren.0",
        "$JS.API.STREAM.PURGE.PERSONAL",
    ],
)
async def test_a_consumer_that_pushes_writes_nothing_for_its_maker(bus: Bus, police: Attempts, target: str) -> None:
    """The broker itself sends for such a consumer, past its maker's rights: but to no stream, and not to itself."""
    await police.puts(f"case.{CASE}.VictimDetected.police", b"{}")
    config = {"name": "replica-police", "ack_policy": "none", "deliver_subject": target}
    create = "$JS.API.CONSUMER.CREATE.CASES.replica-police"
    pending = (await police.asks(create, stream_name="CASES", config=config))["num_pending"]
    async with bus.connected() as administrator:
        jetstream = administrator.jetstream()
        # One made after it, that somebody listens to, is served: so the first had its chance.
        heard = await jetstream.subscribe("case.>", ordered_consumer=True)
        await heard.next_msg(timeout=5)
        assert (await jetstream.consumer_info("CASES", "replica-police")).num_pending == pending > 0
        counts = [(await jetstream.stream_info(stream)).state.messages for stream in ("KEYS", "PERSONAL")]
    assert counts == [0, 0]


@pytest.mark.parametrize(("stream", "subject"), [("KEYS", GRANT), ("PERSONAL", RECORD)])
async def test_what_is_written_stays_until_the_coordinator_deletes_it(
    bus: Bus, police: Attempts, coordinator: Attempts, stream: str, subject: str
) -> None:
    """A second message on the subject is refused, whoever wrote the first; deleted, it is gone from the disk too."""
    secret = uuid4().hex.encode()
    assert (await police.puts(subject, secret))["seq"] == 1
    assert on_disk(bus, secret)
    for headers in (None, {"Nats-Rollup": "sub"}, {"Nats-Rollup": "all"}, {"Nats-TTL": "1s"}):
        assert "error" in await police.puts(subject, b"other", headers)
    whole_case = f"{subject.split('.')[0]}.{CASE}.>"
    info = await coordinator.asks(f"$JS.API.STREAM.INFO.{stream}", subjects_filter=whole_case)
    assert info["state"]["subjects"] == {subject: 1}
    found = await coordinator.asks(f"$JS.API.STREAM.MSG.GET.{stream}", last_by_subj=subject)
    assert (await coordinator.asks(f"$JS.API.STREAM.MSG.DELETE.{stream}", seq=found["message"]["seq"]))["success"]
    assert not on_disk(bus, secret)
    assert (await police.puts(subject, b"again"))["seq"] == 2
    assert police.forbidden == coordinator.forbidden == []


def on_disk(bus: Bus, content: bytes) -> bool:
    """Whether the broker's files hold these bytes."""
    return any(content in path.read_bytes() for path in bus.jetstream.rglob("*") if path.is_file())


async def test_a_personal_record_is_read_by_its_subject(bus: Bus, police: Attempts) -> None:
    """By any agency: what it gets is ciphertext, and who may open it the case's keys decide."""
    await police.puts(RECORD, b"sealed")
    async with attempting(bus, "ngo-fyren") as ngo:
        found = await ngo.asks("$JS.API.STREAM.MSG.GET.PERSONAL", last_by_subj=RECORD)
    assert found["message"]["subject"] == RECORD


async def test_the_coordinator_deletes_and_no_more(coordinator: Attempts) -> None:
    """Not a stream's settings, not a purge, not the log, not in another's name."""
    verbs = ("CREATE", "UPDATE", "DELETE", "PURGE", "SNAPSHOT", "RESTORE", "MSG.DELETE")
    passed = [
        f"{verb}.{stream}"
        for stream in ("CASES", "KEYS", "PERSONAL")
        for verb in verbs
        if await coordinator.may_publish(f"$JS.API.STREAM.{verb}.{stream}", b'{"seq": 9}')
    ]
    assert passed == ["MSG.DELETE.KEYS", "MSG.DELETE.PERSONAL"]
    assert not await coordinator.may_publish(GRANT) and not await coordinator.may_publish(RECORD)


async def test_not_even_the_administrator_empties_them(bus: Bus) -> None:
    """A purge is refused by the streams themselves; messages go one by one, and are not read from a node that lags."""
    async with bus.connected() as client:
        administrator = Attempts(client, [])
        for stream in ("KEYS", "PERSONAL"):
            assert "error" in await administrator.asks(f"$JS.API.STREAM.PURGE.{stream}")
            config = (await administrator.asks(f"$JS.API.STREAM.INFO.{stream}"))["config"]
            assert "error" in await administrator.asks(
                f"$JS.API.STREAM.UPDATE.{stream}", **config | {"deny_purge": False}
            )
            assert config["storage"] == "file" and config["discard"] == "new" and config["max_msgs_per_subject"] == 1
            assert not config["deny_delete"] and not config["allow_direct"] and not config["allow_rollup_hdrs"]
