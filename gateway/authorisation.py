"""Authorisation: a caller's rights follow from the roles and scopes of the token, and from the agency's mandate."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.requests import Request

from bus.mandate import Mandate
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import NO_PERSON, Role
from contracts.vocabulary.wording import Wording
from gateway.auth import Caller, scopes
from gateway.http.problems import ProblemError, ProblemKind, insufficient_scope, missing_role
from gateway.middleware.authentication import caller_of

AUDITOR: Final = "auditor"
OVERSEERS: Final = frozenset({AUDITOR, Role.RECORDS_OFFICER})
"""The roles of those who oversee the agency's own people."""
ADMINISTRATOR: Final = "administrator"
"""The role of people who connect an agency's own systems to its service. It reads no case."""


class Authorisation:
    """The rights of callers at one agency's service. Every refusal is a ProblemError.

    Attributes:
        duties: the names of the events that the agency may issue.
        readers: the roles that may read.
        handlers: the roles that may handle personal details.
    """

    def __init__(self, mandate: Mandate) -> None:
        roles = {*mandate.roles.values(), *mandate.directory_roles.values()}
        self._kind: Final = mandate.kind
        self.duties: Final = mandate.duties
        self.readers: Final = frozenset({Role.CASEWORKER, AUDITOR, *roles} - NO_PERSON)
        self.handlers: Final = frozenset({Role.CASEWORKER, *mandate.roles.values()} - NO_PERSON)

    def reader(self, request: Request) -> Caller:
        """The caller. Raises a problem when no token is believed, or its roles or scopes do not allow this route."""
        caller = self._known(request)
        if caller.scopes is not None and (needed := scopes.needed_by(request)) not in caller.scopes:
            raise insufficient_scope(needed)
        return caller

    def worker(self, request: Request) -> Caller:
        """The caller, for a route that changes something at this agency. Also raises a problem for an auditor."""
        caller = self.reader(request)
        roles = self.readers - {AUDITOR}
        if caller.roles and not caller.roles & roles:
            raise missing_role(
                Wording(
                    "An auditor reads and verifies, and changes nothing.",
                    "En granskare läser och kontrollerar, och ändrar inget.",
                ),
                roles=sorted(roles),
            )
        return caller

    def overseer(self, request: Request) -> Caller:
        """The caller, for a route that shows what the agency's own people do. Raises a problem for other people."""
        caller = self.reader(request)
        if caller.roles and not caller.roles & OVERSEERS:
            raise missing_role(
                Wording(
                    "Only an auditor or a records officer of the agency may see this.",
                    "Bara en granskare eller en registeransvarig hos aktören får se det här.",
                ),
                roles=sorted(OVERSEERS),
            )
        return caller

    def auditor(self, request: Request) -> Caller:
        """The caller, for a route that shows what others knew at another time. Raises a problem for other people."""
        caller = self.reader(request)
        if caller.roles and AUDITOR not in caller.roles:
            raise missing_role(
                Wording("Only an auditor replays cases.", "Bara en granskare spelar upp ärenden."),
                role=AUDITOR,
            )
        return caller

    def records_officer(self, request: Request) -> Caller:
        """The caller, for a route that decides on the agency's records. Raises a problem for other people."""
        caller = self.reader(request)
        if caller.roles and Role.RECORDS_OFFICER not in caller.roles:
            raise missing_role(
                Wording(
                    "Only a records officer of the agency decides on its records.",
                    "Bara en registeransvarig hos aktören beslutar om dess handlingar.",
                ),
                role=Role.RECORDS_OFFICER,
            )
        return caller

    def administrator(self, request: Request, *also: str) -> Caller:
        """The caller, for a route that connects the agency's systems: an administrator, or a system with the scope.

        `also`: other roles that may take the route. Raises a problem for anybody else.
        """
        caller = caller_of(request.scope)
        allowed = {ADMINISTRATOR, *also}
        if not caller.system and not caller.roles & allowed:
            raise missing_role(
                Wording(
                    "The agency's administrators connect its systems.",
                    "Aktörens administratörer ansluter dess system.",
                ),
                roles=sorted(allowed),
            )
        if caller.scopes is not None and (needed := scopes.needed_by(request)) not in caller.scopes:
            raise insufficient_scope(needed)
        return caller

    def submitter(self, request: Request) -> Caller:
        """The caller, for a route that takes an event. Raises a problem when the caller may submit no event at all.

        When the event is known, call `require_issuer`.
        """
        caller = self._known(request)
        if caller.scopes is not None and not scopes.may_submit(caller.scopes):
            raise insufficient_scope(scopes.EVENTS_WRITE)
        return caller

    def require_issuer(self, caller: Caller, event: type[PublishedEvent]) -> None:
        """Raise a problem unless the caller has the role that the mandate demands for the event, and a scope for it.

        A system has no role. It may issue the events of a caseworker; any other event only with the scope for that
        event alone.
        """
        name, role = event.__name__, event.roles[self._kind]
        reaching = {scopes.EVENTS_WRITE, scopes.for_event(name)}
        if role in NO_PERSON:
            raise ProblemError(
                ProblemKind.NOT_ISSUABLE,
                Wording(f"{name} is issued by the service itself.", f"{name} registreras av tjänsten själv."),
                {"event": name},
            )
        if caller.roles:
            if role not in caller.roles:
                raise missing_role(
                    Wording(f"To issue {name} takes the role {role}.", f"Att registrera {name} kräver rollen {role}."),
                    role=role,
                    event=name,
                )
        elif role != Role.CASEWORKER:
            reaching = {scopes.for_event(name)}
        if caller.scopes is not None and not caller.scopes & reaching:
            raise insufficient_scope(scopes.for_event(name), event=name)

    def may_issue(self, caller: Caller, event: type[PublishedEvent]) -> bool:
        """True if `require_issuer` would raise no problem."""
        try:
            self.require_issuer(caller, event)
        except ProblemError:
            return False
        return True

    def handling_role(self, caller: Caller, wanted: Role | None = None) -> Role:
        """The role in which the caller handles personal details.

        `wanted`: the role that the caller asks for; None: caseworker if the caller has it, otherwise another of theirs.

        A system acts in the role of the service itself. Raises a problem when the caller does not have the role.
        """
        held = [role for role in Role if role in self.handlers & caller.roles]
        if not caller.roles:
            held = [Role.SERVICE]
        if not held:
            raise missing_role(
                Wording(
                    "Personal details are for those who handle cases.",
                    "Personuppgifter är för dem som handlägger ärenden.",
                ),
                roles=sorted(self.handlers),
            )
        if wanted is not None and wanted not in held:
            raise missing_role(
                Wording(f"The caller does not have the role {wanted}.", f"Den som frågar har inte rollen {wanted}."),
                role=wanted,
            )
        return wanted or held[0]

    def _known(self, request: Request) -> Caller:
        caller = caller_of(request.scope)
        roles = caller.roles & self.readers  # ignore roles that the mandate does not know
        if not roles and not caller.system:
            raise missing_role(
                Wording("No role of the token has business here.", "Ingen av rollerna i token har något att göra här."),
                roles=sorted(self.readers),
            )
        return caller if roles == caller.roles else replace(caller, roles=roles)
