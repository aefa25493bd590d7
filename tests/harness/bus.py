"""A whole bus in one process: a real nats-server, and as many nodes as wanted, each over its own files.

async with Bus(tmp_path, "police", "ngo-fyren") as bus:
    receipt = await bus.detect("ngo-fyren")
    await bus.level()
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from nats.js.errors import NotFoundError
from pydantic_core import to_json

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import Envelope, parse
from bus.envelope.signing import Signer
from bus.errors import EnvelopeError
from bus.mandate import Mandate
from bus.nats.client import Client
from bus.nats.log import STREAM, LogMessage
from bus.nats.tls import connection_options
from bus.node import Node
from bus.operator.bootstrap import establish
from bus.operator.provision import ONE_BROKER, Layout, provision
from bus.sealing.content import ContentKey
from bus.settings import BusSettings
from bus.store import OutboxStatus
from bus.submission.outbox import Outbox
from bus.submission.submission import Receipt, Submission
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.sweden.chapters.duty_to_keep import duties_of
from contracts.vocabulary.agencies import kind_named_by
from harness.waiting import eventually
from stafett.embedded.broker import Broker

FIVE = ("police", "migration", "municipality-0180", "ngo-fyren", "coordinator")


def full_mandate(agency: str) -> Mandate:
    """A mandate with everything that the contracts let this kind of agency issue, and no reactions."""
    kind = kind_named_by(agency)
    assert kind is not None
    mandate = Mandate(kind)
    for event in (*EVENTS.values(), *DIRECTORY_EVENTS.values()):
        if kind in event.issuers:
            mandate.may_issue(event, role=event.roles[kind])
    mandate.keeps = duties_of(kind)
    return mandate


def an_event(event: type[CaseEvent], **changes: Any) -> CaseEvent:
    """An event's canonical example with some fields changed."""
    return event.model_validate_json(to_json({**event.example, **changes}))


class Bus:
    """A broker and the nodes of some agencies; leaving it ends all.

    `mandates`: those that differ from everything the kind may issue. `stores`: eventsourcing's environment by agency.
    `settings`: what every node's BusSettings should say otherwise.
    """

    def __init__(
        self,
        folder: Path,
        *agencies: str,
        mandates: Mapping[str, Mandate] | None = None,
        stores: Mapping[str, Mapping[str, str]] | None = None,
        sync: str = "always",
        start: bool = True,
        keeping_time: tuple[str, ...] = (),
        mutual: bool = True,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.agencies = agencies
        self.mandates = {agency: (mandates or {}).get(agency) or full_mandate(agency) for agency in agencies}
        self.layout: Layout = provision(folder, self.mandates, datetime.now(UTC))
        own = self.layout.broker_certificates(ONE_BROKER)
        self.broker = Broker(folder / "broker", self.layout.broker_trust, sync=sync, certificates=own, mutual=mutual)
        self.nodes: dict[str, Node] = {}
        self._stores = stores or {}
        self._settings = settings
        self._start = start
        self._keeping_time = keeping_time

    async def __aenter__(self) -> Self:
        try:
            await self.start_broker()
            await self.create_streams()
            if self._start:
                await asyncio.gather(*map(self.start_node, self.agencies))
                await self.ready()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._end()

    async def _end(self) -> None:
        self.resume()
        await asyncio.gather(*map(self.stop_node, tuple(self.nodes)))
        self.broker.stop()

    # The broker

    async def start_broker(self) -> None:
        """Start the broker over what its folder holds, and wait for it."""
        self.broker.start()
        await asyncio.to_thread(self.broker.wait_until_healthy)

    async def create_streams(self) -> None:
        """Create the log and admit the agencies, as provisioning does."""
        await establish(
            [self.broker.url],
            self.layout,
            self.mandates,
            replicas=1,
            now=lambda: datetime.now(UTC),
            new_id=lambda: str(uuid4()),
        )

    def pause(self) -> None:
        """Freeze the broker: connections stay, nothing answers."""
        assert self.broker.process is not None
        os.kill(self.broker.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.broker.process.pid, os.WSTOPPED)  # on a busy machine it runs on for a moment

    def resume(self) -> None:
        """Let a frozen broker go on."""
        if self.broker.process is not None and self.broker.process.poll() is None:
            os.kill(self.broker.process.pid, signal.SIGCONT)

    @property
    def jetstream(self) -> Path:
        """Where the broker keeps the log."""
        return self.broker.folder / "jetstream"

    async def back_up(self) -> Path:
        """Stop the broker in good order, copy the log's files, start it again."""
        copy = self.folder / f"backup-{uuid4()}"
        await asyncio.to_thread(self.broker.stop)
        await asyncio.to_thread(shutil.copytree, self.jetstream, copy)
        await self.start_broker()
        await self.ready()
        return copy

    async def roll_back(self, copy: Path | None) -> None:
        """Replace the log by an older copy of it, or by nothing, while the broker is down; it stays down."""
        await asyncio.to_thread(self.broker.kill)
        await asyncio.to_thread(shutil.rmtree, self.jetstream)
        if copy is not None:
            await asyncio.to_thread(shutil.copytree, copy, self.jetstream)

    @asynccontextmanager
    async def connected(self, credentials: Path | None = None, **options: Any) -> AsyncIterator[Client]:
        """A client of the broker, by default with the administrator's credentials."""
        client = Client()
        await client.connect(self.broker.url, **self.connection(credentials) | options)
        try:
            yield client
        finally:
            await client.close()

    def connection(self, credentials: Path | None = None) -> dict[str, Any]:
        """What a client connects with, by default with the administrator's credentials."""
        return {
            "user_credentials": str(credentials or self.layout.administrator),
            **connection_options(self.layout.tls),
        }

    async def log(self) -> list[LogMessage]:
        """Every message about a case in the log, read with the administrator's credentials."""
        return [message for message in await self.whole_log() if DIRECTORY_ID not in message.subject]

    @property
    def founded(self) -> int:
        """How many events of the directory the log begins with: one for each agency."""
        return len(self.agencies)

    async def whole_log(self) -> list[LogMessage]:
        """The log with the directory, which it begins with."""
        async with self.connected() as client:
            jetstream = client.jetstream()
            try:
                last = (await jetstream.stream_info(STREAM)).state.last_seq
            except NotFoundError:
                return []
            messages: list[LogMessage] = []
            subscription = await jetstream.subscribe("case.>", ordered_consumer=True) if last else None
            while subscription is not None and (not messages or messages[-1].sequence < last):
                message = await subscription.next_msg(timeout=10)
                sequence = message.metadata.sequence.stream
                own = {n: v for n, v in (message.headers or {}).items() if not n.startswith("Nats-")}
                messages.append(LogMessage(sequence, message.subject, own, message.data))
            return messages

    async def envelopes(self) -> list[Envelope]:
        """The log's messages that are well-formed envelopes, in order."""
        found = []
        for message in await self.log():
            try:
                found.append(parse(message.headers, message.data))
            except EnvelopeError:
                continue
        return found

    # The nodes

    def settings(self, agency: str) -> BusSettings:
        """An agency's settings on this bus."""
        known: dict[str, Any] = {
            "agency": agency,
            "home": self.layout.home(agency),
            "root": self.layout.root,
            "servers": (self.broker.url,),
            "monitors": (self.broker.monitor,),
            "keeps_time": agency in self._keeping_time,
            "store": self._stores.get(agency, {}),
        }
        return BusSettings(**(known | self._settings))

    def signer(self, agency: str) -> Signer:
        """An agency's signing key."""
        return Signer.load(agency, self.layout.home(agency) / "signing.pem")

    async def start_node(self, agency: str) -> Node:
        """Start an agency's node over what its folder holds; it is not ready yet."""
        node = Node(
            self.settings(agency),
            self.mandates[agency],
            now=lambda: datetime.now(UTC),
            new_id=lambda: str(uuid4()),
        )
        try:
            await node.start()
        finally:
            self.nodes[agency] = node  # not before: nobody looks at one that has not learnt yet what its store holds
        return node

    async def stop_node(self, agency: str) -> None:
        """Stop an agency's node."""
        await self.nodes.pop(agency).stop()

    async def ready(self, *agencies: str, within: float = 20.0) -> None:
        """Wait until these nodes, or all that run, are ready."""
        nodes = [self.nodes[agency] for agency in agencies or tuple(self.nodes)]
        await eventually(lambda: all(node.health().ready for node in nodes), within)

    def outbox(self, agency: str) -> Outbox:
        """An agency's outbox."""
        return self.nodes[agency].outbox

    async def submit(self, agency: str, event: CaseEvent, case_id: str | None = None, **more: Any) -> Receipt:
        """Issue an event at an agency."""
        return await self.nodes[agency].submit(Submission(event, case_id, **more))

    async def detect(self, agency: str, **more: Any) -> Receipt:
        """Open a case at an agency."""
        return await self.submit(agency, VictimDetected.canonical(), **more)

    async def consent(self, agency: str, case_id: str, **more: Any) -> Receipt:
        """Record one more consent: an event that any participant may issue again and again."""
        return await self.submit(agency, ConsentGiven.canonical(), case_id, **more)

    async def shared_case(self) -> str:
        """A case that every agency of the bus takes part in."""
        opener, *others = self.agencies
        case_id = (await self.detect(opener)).case_id
        await self.submit(opener, an_event(ConsentGiven, recipients=others), case_id)
        for other in others:
            offer = await self.submit(opener, an_event(CaseReferred, recipient=other), case_id)
            await self.level()
            await self.offered(case_id, other)
            await self.submit(other, an_event(ReferralAccepted, offer_id=offer.event_id), case_id)
        await self.level()
        await self.readable(case_id)
        return case_id

    async def level(self, *agencies: str, client: Client | None = None) -> None:
        """Wait until these replicas, or all, have taken everything that is in the log now; over a client, if given."""
        async with self.connected() if client is None else nullcontext(client) as asking:
            last = (await asking.jetstream().stream_info(STREAM)).state.last_seq
        async with asyncio.timeout(30):
            await asyncio.gather(*(self.nodes[a].replica.reached(last) for a in agencies or tuple(self.nodes)))

    async def delivered(self, agency: str, event_id: str, within: float = 20.0) -> Receipt:
        """Wait until an event of an agency is in the log; its receipt."""
        receipt: Receipt | None = None

        async def is_delivered() -> bool:
            nonlocal receipt
            receipt = await self.outbox(agency).receipt(event_id)
            return receipt is not None and receipt.status is OutboxStatus.DELIVERED

        await eventually(is_delivered, within)
        assert receipt is not None
        return receipt

    async def quarantined(self, agency: str) -> list[tuple[int, str]]:
        """What an agency's replica set aside: (sequence, reason), in order."""
        found = await self.nodes[agency].store.quarantined(10_000, 0)
        return sorted((item.sequence, item.reason) for item in found)

    async def digests(self, case_id: str) -> dict[str, tuple[int, str]]:
        """The version and digest of a case at each replica that takes part in it."""
        cases = {agency: await node.replica.case(case_id) for agency, node in self.nodes.items()}
        views = {agency: case.view for agency, case in cases.items() if case.view.takes_part(agency)}
        return {agency: (view.version, view.digest) for agency, view in views.items()}

    async def agreed_version(self, case_id: str, client: Client | None = None) -> int:
        """The version of a case, which every participant must show with the same digest, and all others chain alike."""
        await self.level(client=client)
        await self.readable(case_id)

        async def agree() -> bool:
            return len(set((await self.digests(case_id)).values())) == 1

        with suppress(AssertionError):
            await eventually(agree)  # what the log lost may still be put back
        digests = await self.digests(case_id)
        assert len(set(digests.values())) == 1, digests
        chains = {
            (case.chain.version, case.chain.hash)
            for case in [await n.replica.case(case_id) for n in self.nodes.values()]
        }
        assert len(chains) == 1, chains
        ((version, _),) = chains
        return version

    async def readable(self, case_id: str, within: float = 20.0) -> None:
        """Wait until all who take part in a case, as whoever reads furthest sees it, have the keys to read it."""

        async def all_read() -> bool:
            cases = {agency: await node.replica.case(case_id) for agency, node in self.nodes.items()}
            furthest = max(cases.values(), key=lambda case: (not case.previewed, case.view.version)).view
            taking_part = [agency for agency in self.nodes if furthest.takes_part(agency)]
            return bool(taking_part) and not any(cases[agency].unreadable for agency in taking_part)

        await eventually(all_read, within)

    async def offered(self, case_id: str, agency: str) -> None:
        """Wait until an agency takes part in a case, or has the preview of an offer of it."""

        async def knows() -> bool:
            return (await self.nodes[agency].replica.case(case_id)).concerns(agency)

        await eventually(knows)

    async def key(self, agency: str, case_id: str) -> ContentKey:
        """The key under which the next event of a case is sealed, as an agency holds it."""
        key = (await self.nodes[agency].replica.case(case_id)).keys.current
        assert key is not None
        return key
