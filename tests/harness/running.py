"""A whole bus in processes of its own, as `stafett up` runs it, and its callers over HTTP.

async with Callers(embedded) as callers:
    case_id = await callers.shared_case()
    answer = await callers.issue("ngo", case_id, CONSENT)
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final, Self

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from bus.nats.client import Client
from bus.nats.log import STREAM, LogMessage
from bus.nats.tls import connection_options
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.event.case_event import CaseEvent
from harness.waiting import eventually
from stafett.commands.main import main
from stafett.embedded.broker import Broker
from stafett.embedded.bus import FIVE, Embedded


def an_event(event: type[CaseEvent], **changes: Any) -> dict[str, Any]:
    """The body that issues an event: its canonical example with some fields changed."""
    return {"type": event.__name__, "data": {**event.example, **changes}}


DETECTION: Final = an_event(VictimDetected)
CONSENT: Final = an_event(ConsentGiven, recipients=list(FIVE), purposes=["support"])
QUESTION: Final = an_event(ConsultationRequested)


class Callers:
    """People at the agencies of a running bus."""

    def __init__(self, bus: Embedded) -> None:
        self.bus = bus
        self._tokens: dict[tuple[str, str], str] = {}

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        self.http = httpx.AsyncClient(timeout=30, limits=limits)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.aclose()

    def headers(self, agency: str, role: str = "caseworker") -> dict[str, str]:
        """What somebody with a role at an agency sends along."""
        if (agency, role) not in self._tokens:
            self._tokens[agency, role] = self.bus.token(agency, role)
        return {"Authorization": f"Bearer {self._tokens[agency, role]}"}

    async def get(self, agency: str, path: str) -> httpx.Response:
        """Read something at an agency."""
        return await self.http.get(f"{self.bus.url(agency)}{path}", headers=self.headers(agency))

    async def post(self, agency: str, path: str, body: Mapping[str, Any], key: str | None = None) -> httpx.Response:
        """Send something to an agency, under an idempotency key if one is given."""
        headers = self.headers(agency) | ({} if key is None else {"Idempotency-Key": key})
        return await self.http.post(f"{self.bus.url(agency)}{path}", json=body, headers=headers)

    async def issue(self, agency: str, case_id: str, body: Mapping[str, Any], key: str | None = None) -> httpx.Response:
        """Issue an event about a case."""
        return await self.post(agency, f"/v1/cases/{case_id}/events", body, key)

    async def said(self, agency: str, body: Mapping[str, Any], case_id: str | None = None) -> dict[str, Any]:
        """What an agency says becomes part of the log; the answer. Without a case it opens one."""
        answer = await (self.post(agency, "/v1/cases", body) if case_id is None else self.issue(agency, case_id, body))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def shared_case(self) -> str:
        """A case that all five agencies take part in."""
        opener, *others = (agency for agency in FIVE if agency != "coordinator")
        case_id = str((await self.said(opener, DETECTION))["case_id"])
        await self.said(opener, CONSENT, case_id)
        await self.said(opener, QUESTION, case_id)
        version = 0
        for other in others:
            offer = await self.said(opener, an_event(CaseReferred, recipient=other), case_id)
            version = (await self.accepts(other, case_id, offer["event_id"]))["version"]
        await self.reached(case_id, version)
        return case_id

    async def accepts(self, agency: str, case_id: str, offer_id: str) -> dict[str, Any]:
        """An agency accepts an offer, once it has the preview; the answer."""
        answers: list[httpx.Response] = []

        async def knows_the_offer() -> bool:
            answers.append(await self.issue(agency, case_id, an_event(ReferralAccepted, offer_id=offer_id)))
            return answers[-1].status_code != 404

        await eventually(knows_the_offer)
        assert answers[-1].status_code == 201, answers[-1].text
        return dict(answers[-1].json())

    async def view(self, agency: str, case_id: str) -> dict[str, Any] | None:
        """What an agency sees of a case; None when it does not see it."""
        answer = await self.get(agency, f"/v1/cases/{case_id}")
        return dict(answer.json()) if answer.status_code == 200 else None

    async def reached(self, case_id: str, version: int, within: float = 20.0) -> None:
        """Wait until all five see a version of a case, or a later one."""

        async def all_see_it() -> bool:
            views = await asyncio.gather(*(self.view(agency, case_id) for agency in FIVE))
            return all(view is not None and view["version"] >= version for view in views)

        await eventually(all_see_it, within)

    async def agreed_version(self, case_id: str, version: int) -> int:
        """The version of a case that all five, at the given version or later, show with the same digest."""
        await self.reached(case_id, version)
        views = await asyncio.gather(*(self.view(agency, case_id) for agency in FIVE))
        seen = {agency: (view or {}).get("digest") for agency, view in zip(FIVE, views, strict=True)}
        assert len(set(seen.values())) == 1, seen
        return int((views[0] or {})["version"])

    async def history(self, agency: str, case_id: str) -> list[dict[str, Any]]:
        """The events of a case as an agency has them, part by part."""
        events: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            answer = await self.get(agency, f"/v1/cases/{case_id}/events?limit=500&after={after}")
            assert answer.status_code == 200, answer.text
            part = answer.json()
            events += part["items"]
            after = part["next"]
        return events

    async def quarantined(self, agency: str) -> dict[int, str]:
        """What an agency set aside in the present incarnation of the log: the reason by sequence."""
        items = (await self.get(agency, "/v1/quarantine?limit=100")).json()["items"]
        newest = max((item["incarnation"] for item in items), default=1)
        return {item["sequence"]: item["reason"] for item in items if item["incarnation"] == newest}

    async def metric(self, agency: str, name: str, **labels: str) -> float:
        """One number of an agency's metrics."""
        text = (await self.http.get(f"{self.bus.url(agency)}/metrics")).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return float(sample.value)
        raise AssertionError(f"no metric {name} with {labels}")

    async def ready(self, agency: str) -> bool:
        """Whether a service says that all is well."""
        try:
            return (await self.http.get(f"{self.bus.url(agency)}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def all_ready(self, within: float = 30.0) -> None:
        """Wait until every service is well."""

        async def well() -> bool:
            return all(await asyncio.gather(*map(self.ready, self.bus.agencies)))

        await eventually(well, within)

    async def nothing_pending(self, within: float = 30.0) -> None:
        """Wait until every outbox has delivered what it could."""

        async def empty() -> bool:
            counts = await asyncio.gather(
                *(self.metric(agency, "stafett_outbox", status="pending") for agency in self.bus.agencies)
            )
            return not any(counts)

        await eventually(empty, within)


async def connected(bus: Embedded) -> Client:
    """A client of the brokers with the administrator's credentials."""
    urls = [broker.url for broker in bus.brokers]
    options = connection_options(bus.layout.tls)
    client = Client()  # which, unlike nats-py's, does not wait for ever where a handshake takes too long
    await client.connect(urls, user_credentials=str(bus.layout.administrator), **options)
    return client


async def read_log(bus: Embedded) -> list[LogMessage]:
    """Every message in the log, read with the administrator's credentials."""
    client = await connected(bus)
    try:
        jetstream = client.jetstream()
        last = (await jetstream.stream_info(STREAM)).state.last_seq
        messages: list[LogMessage] = []
        subscription = await jetstream.subscribe("case.>", ordered_consumer=True) if last else None
        while subscription is not None and (not messages or messages[-1].sequence < last):
            message = await subscription.next_msg(timeout=10)
            sequence = message.metadata.sequence.stream
            messages.append(LogMessage(sequence, message.subject, message.headers or {}, message.data))
        return messages
    finally:
        await client.close()


async def leader_of(bus: Embedded) -> Broker:
    """The broker that leads the stream."""
    client = await connected(bus)
    try:
        placed = (await client.jetstream().stream_info("CASES")).cluster
    finally:
        await client.close()
    assert placed is not None
    return next(broker for broker in bus.brokers if broker.name == placed.leader)


async def times_in_log(bus: Embedded) -> Counter[str]:
    """How often each event stands in the log, by its id."""
    return Counter(message.headers.get("ce-id", "") for message in await read_log(bus))


def kill_service(bus: Embedded, agency: str) -> None:
    """End a service as a power cut would."""
    bus.services[agency].kill()
    bus.services[agency].join()


def frozen(process: int) -> None:
    """Freeze a process: connections stay, nothing answers."""
    os.kill(process, signal.SIGSTOP)


def thawed(process: int) -> None:
    """Let a frozen process go on."""
    os.kill(process, signal.SIGCONT)


def stafett(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """The command in a process of its own, with its output in pipes."""
    command = [Path(sys.executable).parent / "stafett", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command, text=True, **pipes)


def verified(home: Path, *agencies: str) -> dict[str, tuple[int, str]]:
    """What `stafett verify` says of each agency's store: exit status and output."""
    found = {}
    for agency in agencies:
        said = StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            status = main(["verify", agency, "--home", str(home)])
        found[agency] = status, said.getvalue()
    return found


def processes_over(folder: Path) -> list[psutil.Process]:
    """The processes that have a file of a folder open, as the bus over that folder does."""
    found = []
    for process in psutil.process_iter():
        try:
            names = [file.path for file in process.open_files()] + process.cmdline()
        except psutil.Error:
            continue
        if any(str(folder) in name for name in names) and process.pid != os.getpid():
            found.append(process)
    return found
