"""What the routes of one agency's gateway share: the node, the mandate, who may read and write, and the map."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from time import monotonic
from typing import Final

from starlette.requests import Request

from bus.agency import Agency
from bus.case_replica import CaseReplica
from bus.errors import UnknownCaseError
from bus.node import Node
from contracts.calendar.days import swedish_day
from contracts.event.published_event import PublishedEvent
from contracts.sweden.geography.areas import Map
from contracts.sweden.geography.contacts import ContactPoint
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import NO_PERSON, AgencyId, Role
from gateway import scopes
from gateway.auth import Caller, TokenVerifier
from gateway.auth.pseudonyms import Pseudonyms
from gateway.problems import Kind, ProblemError, insufficient_scope, missing_role
from gateway.serving.callers import caller_of

AUDITOR: Final = "auditor"
_UNKNOWN_AFTER: Final = 0.025
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Service:
    """One agency's service, as its routes see it."""

    node: Node
    mandate: Agency
    verifier: TokenVerifier
    clock: Callable[[], datetime]
    sweden: Map
    duties: frozenset[str] = field(init=False)
    readers: frozenset[str] = field(init=False)
    handlers: frozenset[Role] = field(init=False)
    _pseudonyms: Pseudonyms = field(init=False)

    def __post_init__(self) -> None:
        roles = {*self.mandate.roles.values(), *self.mandate.directory_roles.values()}
        object.__setattr__(self, "duties", self.mandate.duties)
        object.__setattr__(self, "readers", frozenset({Role.CASEWORKER, AUDITOR, *roles} - NO_PERSON))
        handlers = frozenset({Role.CASEWORKER, *self.mandate.roles.values()} - NO_PERSON)
        object.__setattr__(self, "handlers", handlers)
        object.__setattr__(self, "_pseudonyms", Pseudonyms.load_or_create(self.node.settings.home))

    @property
    def agency(self) -> AgencyId:
        """Whose service this is."""
        return self.node.settings.agency

    @property
    def today(self) -> date:
        """The Swedish day by the service's clock."""
        return swedish_day(self.clock())

    def caller(self, request: Request, scope: str | None = None) -> Caller:
        """Who calls. Raises a problem without a good token, or when its roles or scopes do not reach this route.

        The scope is the one that `gateway.scopes` finds for the route, unless the route names another.
        """
        caller = self._known(request)
        needed = scope or scopes.needed_by(request)
        if caller.scopes is not None and needed not in caller.scopes:
            raise insufficient_scope(needed)
        return caller

    def submitter(self, request: Request) -> Caller:
        """Who calls to submit an event; `require_role` says whether they may, once it is known which event it is."""
        caller = self._known(request)
        if caller.scopes is not None and not scopes.may_submit(caller.scopes):
            raise insufficient_scope(scopes.EVENTS_WRITE)
        return caller

    def worker(self, request: Request) -> Caller:
        """Who calls, to change something at this agency: an auditor reads and verifies, and changes nothing."""
        caller = self.caller(request)
        roles = self.readers - {AUDITOR}
        if caller.roles and not caller.roles & roles:
            raise missing_role("An auditor reads and verifies, and changes nothing.", roles=sorted(roles))
        return caller

    def _known(self, request: Request) -> Caller:
        caller = caller_of(request.scope)
        roles = caller.roles & self.readers  # others mean nothing here
        if not roles and not caller.system:
            raise missing_role("No role of the token has business here.", roles=sorted(self.readers))
        return caller if roles == caller.roles else replace(caller, roles=roles)

    def pseudonym(self, caller: Caller) -> str:
        """What may be kept and shown of who calls: 16 hexadecimal digits, the same for the same person."""
        return self._pseudonyms.of(caller)

    def keyed_digest(self, content: bytes) -> str:
        """By what a request is known again whose content may not be kept."""
        return self._pseudonyms.digest(content)

    def role(self, caller: Caller, wanted: Role | None = None) -> Role:
        """The role in which the caller handles personal details: the one wanted, or a caseworker before any other.

        A system has none of its people's: it is the service itself. Raises a problem where the role is not theirs.
        """
        held = [role for role in Role if role in self.handlers & caller.roles]
        if not caller.roles:
            held = [Role.SERVICE]
        if not held:
            raise missing_role("Personal details are for those who handle cases.", roles=sorted(self.handlers))
        if wanted is not None and wanted not in held:
            raise missing_role(f"The caller does not have the role {wanted}.", role=wanted)
        return wanted or held[0]

    def require_role(self, caller: Caller, event: type[PublishedEvent]) -> None:
        """Raise a problem unless the caller may issue the event: by the role that the mandate asks, and by scope.

        A system has no role. It issues what takes a caseworker, and anything else only when its scope names the event.
        """
        name, role = event.__name__, event.roles[self.mandate.kind]
        reaching = {scopes.EVENTS_WRITE, scopes.for_event(name)}
        if role in NO_PERSON:
            raise ProblemError(Kind.NOT_ISSUABLE, f"{name} is issued by the service itself.", {"event": name})
        if caller.roles:
            if role not in caller.roles:
                raise missing_role(f"To issue {name} takes the role {role}.", role=role, event=name)
        elif role != Role.CASEWORKER:
            reaching = {scopes.for_event(name)}
        if caller.scopes is not None and not caller.scopes & reaching:
            raise insufficient_scope(scopes.for_event(name), event=name)

    async def case(self, case_id: str) -> CaseReplica:
        """A case that the agency takes part in. Raises UnknownCaseError for any other, whether it exists or not."""
        begun = monotonic()
        if is_uuid(case_id):
            case = await self.node.replica.case(case_id)
            if case.takes_part(self.agency):
                return case
        await unknown_since(begun)
        raise UnknownCaseError(case_id)

    def coordinator_near(self, case: CaseView) -> ContactPoint | None:
        """The regional coordinator of the place where the victim was met (R16), where that is known."""
        municipality = self.sweden.municipalities.get(case.municipality or "")
        county = case.region if municipality is None else municipality.county_code
        return self.sweden.coordinator_in(county) if county in self.sweden.counties else None


async def unknown_since(begun: float) -> None:
    """Wait until a case that was looked for since `begun` (monotonic seconds) can be said to be unknown: at the same
    moment whether there is none, or it is another agency's, which takes a little longer to find out.
    """
    await asyncio.sleep(max(0.0, begun + _UNKNOWN_AFTER - monotonic()))


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its canonical form."""
    return _UUID.fullmatch(text) is not None
