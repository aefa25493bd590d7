"""A bus for tests: a real broker, and the services of some agencies in this process, in a temporary folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Final

import httpx

from bus.node import Node
from bus.operator.bootstrap import establish
from bus.operator.provision import ONE_BROKER, Layout, provision
from bus.settings import BusSettings
from bus.submission.submission import Receipt, Submission
from bus.subscriber import Subscriber
from contracts.view.case_view import CaseView
from gateway.app import create_app
from gateway.auth import DevelopmentIssuer, TokenVerifier
from stafett.embedded.broker import Broker
from stafett.injected import new_id, now

if TYPE_CHECKING:
    from bus.mandate import Mandate
    from contracts.event.case_event import CaseEvent
    from contracts.vocabulary.agencies import AgencyId

_ISSUER: Final = "urn:x-stafett:testing"
_WITHIN: Final = 60.0


class Bus:
    """Agencies on a bus. `nodes`: the part of each on the bus; `http`: a client of the service of each."""

    def __init__(self, folder: Path, mandates: Mapping[AgencyId, Mandate]) -> None:
        self.nodes: dict[AgencyId, Node] = {}
        self.http: dict[AgencyId, httpx.AsyncClient] = {}
        self._mandates = mandates
        self._layout: Layout = provision(folder, mandates, now())
        self._issuer = DevelopmentIssuer.load_or_create(folder / "issuer", issuer=_ISSUER)
        certificates = self._layout.broker_certificates(ONE_BROKER)
        self._broker = Broker(folder / "broker", self._layout.broker_trust, certificates=certificates, mutual=True)

    async def issue(self, agency: AgencyId, event: CaseEvent, case_id: str | None = None) -> Receipt:
        """Issue an event at an agency, without a person's role; without a case, it opens one.

        Raises RefusedError when a rule refuses it, NotIssuableError when the mandate does not have it.
        """
        return await self.nodes[agency].submit(Submission(event, case_id))

    async def case(self, agency: AgencyId, case_id: str) -> CaseView:
        """A case as an agency reads it now. Raises LookupError when it does not read the case."""
        view = (await self.nodes[agency].replica.case(case_id)).view
        if not isinstance(view, CaseView) or not view.takes_part(agency):
            raise LookupError(f"{agency} reads no such case")
        return view

    def authorised(self, agency: AgencyId, *roles: str) -> dict[str, str]:
        """The header with which somebody who has these roles calls the service of an agency."""
        token = self._issuer.issue(agency, "somebody", roles or ("caseworker",), timedelta(hours=1), now)
        return {"Authorization": f"Bearer {token}"}

    async def until(self, holds: Callable[[], bool | Awaitable[bool]], within: float = _WITHIN) -> None:
        """Wait until a condition holds. Raises AssertionError when it does not within so many seconds."""
        deadline = monotonic() + within
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            if monotonic() > deadline:
                raise AssertionError(f"not within {within} s")
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def _running(self, subscribers: Mapping[AgencyId, Sequence[Subscriber]]) -> AsyncIterator[None]:
        self._broker.start()
        try:
            await asyncio.to_thread(self._broker.wait_until_healthy)
            await establish([self._broker.url], self._layout, self._mandates, replicas=1, now=now, new_id=new_id)
            async with AsyncExitStack() as stack:
                for agency in self._mandates:
                    await stack.enter_async_context(self._serving(agency, subscribers.get(agency, ())))
                await self.until(lambda: all(node.health().ready for node in self.nodes.values()))
                yield
        finally:
            self._broker.stop()

    @asynccontextmanager
    async def _serving(self, agency: AgencyId, subscribers: Sequence[Subscriber]) -> AsyncIterator[None]:
        node = Node(
            BusSettings(
                agency=agency,
                home=self._layout.home(agency),
                root=self._layout.root,
                servers=(self._broker.url,),
                monitors=(self._broker.monitor,),
            ),
            self._mandates[agency],
            now=now,
            new_id=new_id,
        )
        verifier = TokenVerifier.from_file(self._issuer.jwks, issuer=_ISSUER, audience=agency)
        app = create_app(node, self._mandates[agency], verifier=verifier, clock=now, subscribers=subscribers)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{agency}")
        async with app.router.lifespan_context(app), client as http:
            self.nodes[agency], self.http[agency] = node, http
            yield


@asynccontextmanager
async def running_bus(
    mandates: Mapping[AgencyId, Mandate], subscribers: Mapping[AgencyId, Sequence[Subscriber]]
) -> AsyncIterator[Bus]:
    """A bus of agencies with these mandates and subscribers, while the block lasts."""
    with TemporaryDirectory(prefix="stafett-") as folder:
        bus = Bus(Path(folder), mandates)
        async with bus._running(subscribers):
            yield bus
