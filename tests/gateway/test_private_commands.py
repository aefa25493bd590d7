"""Commands on the private subjects, and what the key of an agency's systems can do, and what it cannot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from harness.bus import Bus
from harness.gateways import Gateway, gateways, of_a_system
from harness.private import as_service, as_systems, in_stream, private_server
from harness.sharing import now
from harness.waiting import eventually
from nats.aio.msg import Msg

from bus.nats.client import Client
from bus.nats.private_subjects import STREAM
from bus.operator.private_broker import SERVICE_KEY, SYSTEMS_KEY, private_accounts
from bus.operator.provision import provision
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from services import mandate_of
from stafett.commands.main import main
from stafett.embedded.private_broker import PrivateServer

NGO, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "police", "coordinator")
MANDATES = {agency: mandate_of(agency) for agency in AGENCIES}
DETECTION = json.loads(VictimDetected.canonical().model_dump_json())


@dataclass
class Answer:
    """The answer to a command: the status, the content and the headers."""

    status: int
    content: Any
    headers: dict[str, str]


@dataclass
class Systems:
    """The NGO's systems, with the connections of its private broker."""

    bus: Bus
    server: PrivateServer
    ngo: Gateway
    client: Client
    forbidden: list[str]

    async def command(self, event: str, data: Any, case_id: str | None = None, **headers: str) -> Answer:
        """The answer to a command of a caseworker, or with another token where `Authorization` says so."""
        sent = self.ngo.authorised(()) | {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {} if case_id is None else {"Stafett-Case": case_id}
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        to = f"agency.{NGO}.command.{event}"
        answer = await self.client.request(to, content, headers={k: v for k, v in sent.items() if v}, timeout=10)
        told = dict(answer.headers or {})
        return Answer(int(told["Stafett-Status"]), json.loads(answer.data), told)

    async def refused(self, subject: str, content: bytes = b"", reply: str = "") -> bool:
        """Whether the broker refuses to take a message."""
        before = len(self.forbidden)
        await self.client.publish(subject, content, reply=reply)
        await self.client.flush()
        await self.client.flush()
        return len(self.forbidden) > before


@asynccontextmanager
async def systems(tmp_path: Path) -> AsyncIterator[Systems]:
    """The NGO's systems beside its service."""
    forbidden: list[str] = []

    async def failed(error: Exception) -> None:
        forbidden.append(str(error))

    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path) as server:
            async with gateways(bus, tmp_path, private=server) as at:
                await eventually(lambda: not any(part() for part in at[NGO].app.context.beside))
                async with as_systems(bus, server, NGO, error_cb=failed) as client:
                    yield Systems(bus, server, at[NGO], client, forbidden)


async def test_commands_are_answered_as_over_http(tmp_path: Path) -> None:
    """The same status and the same content for what is taken, what a rule refuses and what does not fit."""
    async with systems(tmp_path) as own:
        opened = await own.command("VictimDetected", DETECTION)
        assert opened.status == 201 and opened.content["version"] == 1
        case_id = opened.content["case_id"]
        assert opened.headers["location"] == f"/v1/cases/{case_id}"
        until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        consent = json.loads(ConsentGiven.canonical().model_dump_json())
        consent |= {"occurred_at": now(), "recipients": [POLICE], "valid_until": until}
        taken = await own.command("ConsentGiven", consent, case_id)
        assert (taken.status, taken.content.get("version")) == (201, 2), taken
        unlawful = {"offer_id": str(uuid4()), "occurred_at": now()}
        reader = {"Authorization": own.ngo.authorised(("auditor",))["Authorization"]}
        for event, data, case, headers in (
            ("ReferralAccepted", unlawful, case_id, {}),  # no such offer
            ("ConsentGiven", {"recipients": 3}, case_id, {}),
            ("ConsentGiven", consent, str(uuid4()), {}),
            ("ConsentGiven", consent, "not-a-case", {}),
            ("NoSuchEvent", {}, case_id, {}),
            ("ReflectionPeriodGranted", {}, case_id, {}),  # another agency's
            ("ConsentGiven", consent, None, {}),  # it opens no case
            ("ConsentGiven", consent, case_id, {"If-Match": '"stale"'}),
            ("ConsentGiven", consent, case_id, {"If-Match": "W/weak"}),
            ("ConsentGiven", consent, case_id, reader),
            ("ConsentGiven", consent | {"note": "Call Ioana Petrescu on Storgatan 5"}, case_id, {}),
        ):
            answer = await own.command(event, data, case, **headers)
            path = "/v1/cases" if case is None else f"/v1/cases/{case}/events"
            http = await own.ngo.http.post(
                path, json={"type": event, "data": data}, headers=own.ngo.authorised(()) | headers
            )
            assert answer.status == http.status_code >= 400, (event, case, answer)
            assert without_instance(answer.content) == without_instance(http.json())
            assert answer.headers["content-type"] == http.headers["content-type"] == "application/problem+json"


def without_instance(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem without what differs each time."""
    return {name: value for name, value in problem.items() if name != "instance"}


async def test_a_command_takes_a_token(tmp_path: Path) -> None:
    """The key of the systems alone opens no case; a system's token has its scopes."""
    async with systems(tmp_path) as own:
        assert (await own.command("VictimDetected", DETECTION, Authorization="")).status == 401
        assert (await own.command("VictimDetected", DETECTION, Authorization="Bearer x")).status == 401
        for scope, status in (("cases:read", 403), ("events:write:ConsentGiven", 403), ("events:write", 201)):
            token = of_a_system(own.ngo.issuer, NGO, datetime.now(UTC), scope)
            answer = await own.command("VictimDetected", DETECTION, Authorization=f"Bearer {token}")
            assert answer.status == status


async def test_a_faststream_application_sends_a_typed_command(tmp_path: Path) -> None:
    """An event's class is the content of its request."""
    async with systems(tmp_path) as own:
        key = str(own.bus.layout.home(NGO) / SYSTEMS_KEY)
        async with NatsBroker(own.server.url, security=NatsNKey(key), logger=None) as broker:
            token = own.ngo.authorised(())["Authorization"]
            answer = await broker.request(
                VictimDetected.canonical(),
                f"agency.{NGO}.command.VictimDetected",
                headers={"Authorization": token, "Idempotency-Key": "intake-7"},
                timeout=10,
            )
        assert answer.headers["Stafett-Status"] == "201"
        assert (await answer.decode())["version"] == 1  # type: ignore[index]


async def test_a_command_is_taken_once(tmp_path: Path) -> None:
    """Under its idempotency key: sent again, it is answered as the first time; with other content it is refused."""
    async with systems(tmp_path) as own:
        answers = await asyncio.gather(
            *(own.command("VictimDetected", DETECTION, Idempotency_Key="intake-1") for _ in range(3))
        )
        assert {answer.status for answer in answers} <= {201, 409}
        again = await own.command("VictimDetected", DETECTION, Idempotency_Key="intake-1")
        first = next(answer for answer in answers if answer.status == 201)
        assert (again.status, again.content) == (201, first.content)
        other = await own.command("VictimDetected", DETECTION | {"region": "12"}, Idempotency_Key="intake-1")
        assert other.status == 422
        assert (await own.ngo.get("/v1/cases")).json()["total"] == 1


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{},"type":"ConsentGiven"', b'{}},{"data":{', b"\xff", b"[]", b"[" * 10_000]
)
async def test_what_is_no_event_is_refused(tmp_path: Path, data: bytes) -> None:
    """Also what would be another command when it is put beside the name of the event."""
    async with systems(tmp_path) as own:
        answer = await own.command("VictimDetected", data)
        assert answer.status in (400, 422), answer
        assert (await own.ngo.get("/v1/cases")).json()["total"] == 0


async def test_the_key_of_the_systems_follows_and_commands_and_nothing_else(tmp_path: Path) -> None:
    """It changes nothing in the stream, and reaches no other agency, no log and no other part of the broker."""
    async with systems(tmp_path) as own:
        await own.command("VictimDetected", DETECTION)
        await own.bus.level()
        for subject in (
            f"$JS.API.STREAM.PURGE.{STREAM}",
            f"$JS.API.STREAM.DELETE.{STREAM}",
            f"$JS.API.STREAM.UPDATE.{STREAM}",
            f"$JS.API.STREAM.MSG.DELETE.{STREAM}",
            "$JS.API.STREAM.CREATE.OTHER",
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.INFO.CASES",
            "$JS.API.CONSUMER.CREATE.CASES.mine",
            f"agency.{NGO}.event.VictimDetected.{uuid4()}",
            f"agency.{NGO}.forget.erased.{uuid4()}",
            f"agency.{POLICE}.command.VictimDetected",
            f"case.{uuid4()}.VictimDetected.{NGO}",
            "$SYS.REQ.SERVER.PING",
            "_INBOX_service.x.y",
        ):
            assert await own.refused(subject), subject
        for subject in (f"agency.{NGO}.>", f"agency.{NGO}.command.*", "$JS.>", "_INBOX_service.>", ">"):
            before = len(own.forbidden)
            await own.client.subscribe(subject)
            await own.client.flush()
            await own.client.flush()
            assert len(own.forbidden) > before, subject


async def test_no_answer_of_the_broker_becomes_an_entry(tmp_path: Path) -> None:
    """Neither one to a request that names a subject of the stream for it, nor a consumer that delivers there."""
    async with systems(tmp_path) as own:
        await own.command("VictimDetected", DETECTION)
        entry = f"agency.{NGO}.event.VictimDetected.{uuid4()}"
        async with as_service(own.bus, own.server, NGO) as service:
            await eventually(lambda: has_case(service))
            before = [message.subject for message in await in_stream(service)]
            reading = await own.client.jetstream().pull_subscribe(f"agency.{NGO}.>", durable="mine", stream=STREAM)
            await reading.fetch(1)
            for subject, content in (
                (f"$JS.API.STREAM.INFO.{STREAM}", b""),
                (f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.mine", b'{"batch":5,"no_wait":true}'),
                (f"agency.{NGO}.command.VictimDetected", b"{}"),
            ):
                assert not await own.refused(subject, content, reply=entry)
            for deliver in (entry, f"$JS.API.STREAM.MSG.DELETE.{STREAM}", f"agency.{NGO}.command.VictimDetected"):
                config = {"name": "push", "deliver_subject": deliver, "ack_policy": "none"}
                asked = json.dumps({"stream_name": STREAM, "config": config}).encode()
                await own.client.request(f"$JS.API.CONSUMER.CREATE.{STREAM}.push", asked, timeout=5)
                await asyncio.sleep(0.2)
                await own.client.request(f"$JS.API.CONSUMER.DELETE.{STREAM}.push", b"", timeout=5)
            assert [message.subject for message in await in_stream(service)] == before
        assert (await own.ngo.get("/v1/cases")).json()["total"] == 1


async def has_case(service: Client) -> bool:
    """Whether the stream tells an event of a case."""
    return any(".event." in message.subject for message in await in_stream(service))


async def test_an_agencys_systems_see_their_own_stream_alone(tmp_path: Path) -> None:
    """On one server for several agencies each has accounts of its own."""
    async with systems(tmp_path) as own:
        await own.command("VictimDetected", DETECTION)
        async with as_systems(own.bus, own.server, POLICE) as police:
            reading = await police.jetstream().pull_subscribe(">", durable="all", stream=STREAM)
            found: list[Msg] = []
            async with asyncio.timeout(30):
                while True:
                    try:
                        found += await reading.fetch(100, timeout=1)
                    except TimeoutError:
                        if found:
                            break
        subjects = {message.subject for message in found}
        assert subjects and all(subject.startswith(f"agency.{POLICE}.directory.") for subject in subjects)


def test_an_operator_prints_the_accounts_for_a_server_of_the_agencys_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second run prints the same, because it keeps the keys; only their owner may read them."""
    provision(tmp_path, {NGO: MANDATES[NGO]}, datetime.now(UTC))
    printed = []
    for _ in range(2):
        assert main(["private-broker", NGO, "--home", str(tmp_path)]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    home = tmp_path / "agencies" / NGO
    assert all((home / name).stat().st_mode & 0o777 == 0o600 for name in (SERVICE_KEY, SYSTEMS_KEY))
    assert (home / SYSTEMS_KEY).read_text().strip() not in printed[0]
    assert printed[0].endswith(private_accounts({NGO: home}, print))
