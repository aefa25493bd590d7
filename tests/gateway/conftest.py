"""A police service whose broker is away: reads go on, writes wait. The fixtures replay events of the log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from harness.following import take

from bus.envelope.envelope import CONTENT_TYPE, GENESIS, SEALED_TYPE, Draft, Envelope, place
from bus.envelope.signing import Signer
from bus.errors import StoreError
from bus.nats.log import LogMessage
from bus.node import Node
from bus.operator.bootstrap import lacking
from bus.operator.provision import Layout, provision
from bus.sealing.content import ContentKey, open_sealed, seal
from bus.sealing.keyring import CASE
from bus.settings import BusSettings
from bus.store import Transaction
from contracts.event.published_event import PublishedEvent
from contracts.law.in_force import ruleset_in_force
from contracts.vocabulary.agencies import COORDINATOR
from gateway import logs
from gateway.app import GatewayApp, create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier
from services import mandate_of

NOW = datetime(2024, 12, 2, 12, 0, tzinfo=UTC)
AGENCIES = ("police", "municipality-0180", "migration", "coordinator", "ngo-fyren")
ISSUER = "urn:x-stafett:test-issuer"
DETECTION: dict[str, Any] = {
    "exploitation_forms": ["labour"],
    "indicators": ["wages-withheld"],
    "age_band": "adult",
    "residence": "irregular",
    "region": "01",
    "language": "ro",
    "interpreter_needed": True,
}


def now() -> datetime:
    """The tests' clock stands still."""
    return NOW


@dataclass
class Past:
    """What the log brought before the broker went away: events by any agency, chained and signed as on the bus."""

    node: Node
    layout: Layout
    sequence: int = 0
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    async def founds(self) -> None:
        """The directory that a bus begins with reaches the replica."""
        mandates = {agency: mandate_of(agency) for agency in AGENCIES}
        for envelope in lacking(self.node.directory, self.layout, mandates, now=now, new_id=lambda: str(uuid4())):
            await self._arrives(envelope)
            self.heads[envelope.case_id] = (envelope.version, envelope.hash)

    async def key(self, case_id: str) -> ContentKey:
        """The case's key, which the police hold whoever opened the case."""
        held = await self.node.keyring.of(case_id)
        if held:
            return held[0]
        key = ContentKey.new(case_id, CASE)
        transaction = Transaction()
        transaction.put_keys([self.node.keyring.wrapped(key, "police")])
        await self.node.store.write(transaction)
        return key

    async def opened(self, envelope: Envelope) -> bytes:
        """What is inside an envelope."""
        key = await self.key(envelope.case_id)
        return open_sealed(key, envelope.data, agency=envelope.agency, id=envelope.event_id)

    async def _arrives(self, envelope: Envelope) -> None:
        self.sequence += 1
        arrived = LogMessage(self.sequence, envelope.subject, dict(envelope.headers), envelope.data)
        try:
            await take(self.node.mechanism, [arrived], self.node.directory)
        except StoreError:  # on a busy machine a commit may be without an answer: a session would begin anew
            await self.node.replica.start()
            await take(self.node.mechanism, [arrived], self.node.directory)

    async def brings(
        self, agency: str, event: PublishedEvent, case_id: str | None = None, data: bytes | None = None
    ) -> Envelope:
        """An event reaches the replica, with other data than its own if so wanted; `root` signs by the root key."""
        case_id = case_id or str(uuid4())
        version, previous = self.heads.get(case_id, (0, GENESIS))
        event_id = str(uuid4())
        content = event.model_dump_json().encode() if data is None else data
        key = await self.key(case_id)
        recorded_at = max(NOW, event.occurred_at)
        draft = Draft(
            event_id=event_id,
            case_id=case_id,
            type=event.type_name(),
            schema_uri=event.schema_uri(),
            data=seal(key, content, agency=agency, id=event_id) if event.sealed else content,
            content_type=SEALED_TYPE if event.sealed else CONTENT_TYPE,
            ruleset=ruleset_in_force(event.occurred_on, recorded_at).id,
            recorded_at=recorded_at,
            correlation_id=event_id,
            causation_id=event_id,
        )
        signer = (
            Signer.load(COORDINATOR, self.layout.root_key)
            if agency == "root"
            else Signer.load(agency, self.layout.home(agency) / "signing.pem")
        )
        envelope = place(draft, version=version + 1, previous=previous, signer=signer)
        await self._arrives(envelope)
        self.heads[case_id] = (version + 1, envelope.hash)
        return envelope


@dataclass
class Edge:
    """One agency's gateway, and how to call it."""

    app: GatewayApp
    node: Node
    issuer: DevelopmentIssuer
    http: httpx.AsyncClient
    past: Past
    agency: str = "police"

    def token(self, *roles: str, subject: str = "somebody") -> str:
        """A token with these roles."""
        return self.issuer.issue(self.agency, subject, roles, timedelta(hours=1), now)

    def headers(self, *roles: str, **more: str) -> Mapping[str, str]:
        """The headers of a caller with these roles."""
        return {
            "Authorization": f"Bearer {self.token(*roles or ('caseworker',))}",
            **{n.replace("_", "-"): v for n, v in more.items()},
        }

    async def given_task(self, case_id: str, due: str | None, **more: str | tuple[str, ...]) -> str:
        """A reaction has put a task about a case before the caseworkers; its id. `more`: other attributes of `Task`."""
        await self.past.key(case_id)
        task_id = await self.node.tasks.ask(case_id, "ask", str(uuid4()), en="Ask.", sv="Fråga.", due=due, **more)
        assert task_id is not None
        return task_id


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, DevelopmentIssuer]:
    """Keys, directory and issuer, made once."""
    folder = tmp_path_factory.mktemp("provisioned")
    layout = provision(folder, {agency: mandate_of(agency) for agency in AGENCIES}, NOW)
    return layout, DevelopmentIssuer.load_or_create(folder / "issuer", issuer=ISSUER)


def built(
    provisioned: tuple[Layout, DevelopmentIssuer], agency: str, folder: Path, **more: Any
) -> tuple[GatewayApp, Node]:
    """An agency's gateway with an empty store of its own, and its node; neither runs yet."""
    layout, issuer = provisioned
    settings = BusSettings(
        agency=agency,
        home=layout.home(agency),
        root=layout.root,
        servers=("nats://127.0.0.1:1",),
        monitors=(),
        store={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / f"{agency}.db")},
    )
    node = Node(settings, mandate_of(agency), now=now, new_id=lambda: str(uuid4()))
    verifier = TokenVerifier.from_file(issuer.jwks, issuer=ISSUER, audience=agency, now=now)
    return create_app(node, mandate_of(agency), verifier=verifier, clock=now, **more), node


@asynccontextmanager
async def opened(
    provisioned: tuple[Layout, DevelopmentIssuer], agency: str, folder: Path, **more: Any
) -> AsyncIterator[Edge]:
    """An agency's gateway with an empty store of its own, called without a server between."""
    layout, issuer = provisioned
    app, node = built(provisioned, agency, folder, **more)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"http://{agency}") as http,
    ):
        past = Past(node, layout)
        await past.founds()
        yield Edge(app, node, issuer, http, past, agency)


@pytest.fixture
async def edge(provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path) -> AsyncIterator[Edge]:
    """The police's gateway with an empty store of its own."""
    async with opened(provisioned, "police", tmp_path) as edge:
        yield edge


@pytest.fixture
async def coordinator(provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path) -> AsyncIterator[Edge]:
    """The national coordinator's gateway with an empty store of its own."""
    async with opened(provisioned, "coordinator", tmp_path) as edge:
        yield edge


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Everything that the process logs, as it would stand on standard error."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = StringIO()
    logs.configure("police", stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
