"""The context that every handler gets: the node, the mandate, the rights of callers, the map and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from time import monotonic
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from bus.case.case_replica import CaseReplica
from bus.errors import UnknownCaseError
from bus.mandate import Mandate
from bus.node import Node
from bus.replay.past import StoredCase
from bus.replay.replaying import CaseReplayer
from contracts.calendar.days import swedish_day
from contracts.sweden.geography.areas import Map
from contracts.sweden.geography.contacts import ContactPoint
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId
from gateway.auth import Caller, TokenVerifier
from gateway.auth.pseudonyms import Pseudonyms
from gateway.authorisation import Authorisation
from gateway.http.parameters import is_uuid
from gateway.metrics import Metrics
from gateway.middleware.limits import Failures

_UNKNOWN_AFTER: Final = 0.025


@dataclass(frozen=True)
class GatewayContext:
    """One agency's service, as its handlers see it. Each app has one context, for as long as the app lives.

    Attributes:
        node: the agency's node on the bus.
        mandate: the events that the agency may issue, and in which roles.
        verifier: verifies the tokens of callers.
        clock: returns the present moment, with its zone.
        sweden: the agencies responsible for each area, and contacts.
        pseudonyms: makes the pseudonyms of callers.
        metrics: the metrics of the service.
        ending: is set when the service begins to stop.
        listening: the listeners to live updates that are connected now.
        wrong_codes: how often each caller gave a code that no receipt has.
        beside: the parts of the service beside the node; each returns its troubles in plain words.
    """

    node: Node
    mandate: Mandate
    verifier: TokenVerifier
    clock: Callable[[], datetime]
    sweden: Map
    pseudonyms: Pseudonyms
    metrics: Metrics
    ending: asyncio.Event
    listening: set[object] = field(default_factory=set)
    wrong_codes: Failures = field(default_factory=lambda: Failures(10, 600.0, monotonic))
    beside: list[Callable[[], tuple[str, ...]]] = field(default_factory=list)

    @cached_property
    def authorise(self) -> Authorisation:
        """The rights of callers at this agency."""
        return Authorisation(self.mandate)

    @property
    def agency(self) -> AgencyId:
        """The id of the agency whose service this is."""
        return self.node.settings.agency

    @property
    def today(self) -> date:
        """Today's Swedish day by the service's clock."""
        return swedish_day(self.clock())

    async def case(self, case_id: str) -> CaseReplica:
        """A case that the agency takes part in. Raises UnknownCaseError for every other id, known or not."""
        begun = monotonic()
        if is_uuid(case_id):
            case = await self.node.replica.case(case_id)
            if case.takes_part(self.agency):
                return case
        await unknown_since(begun)
        raise UnknownCaseError(case_id)

    async def opened(self, caller: Caller, case_id: str) -> CaseReplica:
        """The case, for a route that shows what is in it; first, it is on record that the caller opened the case today.

        Raises UnknownCaseError; raises StoreError when it cannot be recorded, so that nothing is shown.
        """
        case = await self.case(case_id)
        await self.node.openings.record(self.pseudonyms.of(caller), [case], self.today, system=caller.system)
        return case

    def opening(self, caller: Caller) -> Callable[[Iterable[str]], Awaitable[None]]:
        """Return what records, before it returns, that the caller opens cases today; see `opened`."""
        person = self.pseudonyms.of(caller)

        async def opening(case_ids: Iterable[str]) -> None:
            cases = [await self.node.replica.case(case_id) for case_id in case_ids]
            await self.node.openings.record(person, cases, self.today, system=caller.system)

        return opening

    def coordinator_near(self, case: CaseView) -> ContactPoint | None:
        """The regional coordinator of the place where the victim was met (R16); None when the place is not known."""
        municipality = self.sweden.municipalities.get(case.municipality or "")
        county = case.region if municipality is None else municipality.county_code
        return self.sweden.coordinator_in(county) if county in self.sweden.counties else None


async def replaying(context: GatewayContext, case_id: str) -> CaseReplayer:
    """Return the replayer of a case in the store of this agency. The caller has been allowed to open the case."""
    node = context.node
    stored = await StoredCase.read(case_id, context.agency, node.store, node.keyring)
    return CaseReplayer(stored, node.directory, context.clock(), lambda event: LABELS.event(event).label)


async def unknown_since(begun: float) -> None:
    """Wait until the gateway may answer that a case is unknown.

    `begun`: when it began to look for the case (seconds of `time.monotonic`).

    Another agency's case takes longer to look up than a case that does not exist. Because of the wait both answers take
    the same time, so a caller cannot tell them apart.
    """
    await asyncio.sleep(max(0.0, begun + _UNKNOWN_AFTER - monotonic()))


async def _context_of(request: Request) -> GatewayContext:
    context: GatewayContext = request.app.state.context
    return context


Context = Annotated[GatewayContext, Depends(_context_of)]
"""The type of a handler's parameter that gets the context of its app."""
