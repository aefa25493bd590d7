"""The service that the documents describe: one agency's, or one that may do what every agency may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from contracts.directory.events import DIRECTORY_EVENTS, DirectoryEvent
from contracts.event.case_event import EVENTS, CaseEvent
from contracts.vocabulary.agencies import NO_PERSON, Role
from gateway.context import GatewayContext


@dataclass(frozen=True)
class Described:
    """A service as its documents see it.

    Attributes:
        agency: the agency's id.
        kind: its kind.
        roles: the events about cases that the agency may issue, and in which role.
        directory_roles: the same of the directory's.
        readers: the roles that may read.
        servers: the addresses of the brokers.
        discovery_url: where its OpenID provider describes itself, if known.
        token_endpoint: where its provider gives tokens, if known.
    """

    agency: str
    kind: str
    roles: Mapping[type[CaseEvent], Role]
    directory_roles: Mapping[type[DirectoryEvent], Role]
    readers: frozenset[str]
    servers: tuple[str, ...]
    discovery_url: str | None = None
    token_endpoint: str | None = None

    @classmethod
    def of(cls, context: GatewayContext) -> Self:
        """The service of a context, as it is known now."""
        settings, keys = context.node.settings, context.verifier.keys
        return cls(
            agency=context.agency,
            kind=context.mandate.kind,
            roles=context.mandate.roles,
            directory_roles=context.mandate.directory_roles,
            readers=context.authorise.readers,
            servers=settings.servers,
            discovery_url=keys.discovery_url,
            token_endpoint=keys.token_endpoint,
        )

    @classmethod
    def of_everybody(cls) -> Self:
        """A service that may issue every event: its documents have all that any agency's have."""
        return cls(
            agency="{agency}",
            kind="any",
            roles={event: _a_role(event) for event in EVENTS.values()},
            directory_roles={event: _a_role(event) for event in DIRECTORY_EVENTS.values()},
            readers=frozenset({role for event in EVENTS.values() for role in event.roles.values()} - NO_PERSON),
            servers=("nats://broker.example:4222",),
            discovery_url="https://login.example/.well-known/openid-configuration",
            token_endpoint="https://login.example/token",  # noqa: S106 - an address
        )

    @property
    def by_people(self) -> list[type[CaseEvent]]:
        """The events about cases that people issue; the service issues the others by itself."""
        return [event for event, role in self.roles.items() if role not in NO_PERSON]


def _a_role(event: type[CaseEvent] | type[DirectoryEvent]) -> Role:
    """The role of those who issue the event: a person's, where any kind of agency has one."""
    roles = sorted(event.roles.values(), key=lambda role: (role in NO_PERSON, role))
    return roles[0]
