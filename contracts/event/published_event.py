"""The base of every published event, about a case or the directory: issuers, roles, version, example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import ClassVar, Self

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, to_json

from contracts.calendar.days import Moment, swedish_day
from contracts.event.fact import Example, Fact
from contracts.vocabulary.agencies import AgencyKind, Role


class PublishedEvent(Fact):
    """A fact with a published schema, the agency kinds and roles that may state it, and one canonical `example`.

    `sealed`: True: only participants of the case can read the data, each the parts that it reads; False: everybody can.
    """

    occurred_at: Moment = Field(description="When the fact occurred, as opposed to when it was recorded.")

    issuers: ClassVar[frozenset[AgencyKind]]
    roles: ClassVar[Mapping[AgencyKind, Role]]
    version: ClassVar[int]
    sealed: ClassVar[bool] = True
    example: ClassVar[Example]

    @classmethod
    def _published(
        cls, issuers: frozenset[AgencyKind], role: Role | Mapping[AgencyKind, Role], version: int, *, sealed: bool
    ) -> None:
        """Note who may issue the event and whether its data is sealed.

        `role`: one role for all kinds of issuer, or one for each kind; a kind without one takes a caseworker.
        """
        named = dict.fromkeys(issuers, role) if isinstance(role, Role) else role
        cls.issuers, cls.version, cls.sealed = issuers, version, sealed
        cls.roles = {kind: named.get(kind, Role.CASEWORKER) for kind in sorted(issuers)}

    @classmethod
    def may_be_issued_by(cls, kind: AgencyKind, role: str) -> bool:
        """True if the mandate of this kind of agency lets people of this role issue the event."""
        return cls.roles.get(kind) == role

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        rendered = handler.resolve_ref_schema(handler(schema))
        if "example" in cls.__dict__:
            rendered["examples"] = [cls.example]
        return rendered

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents type, such as `se.nrm.VictimDetected.v1`."""
        return f"se.nrm.{cls.__name__}.v{cls.version}"

    @classmethod
    def schema_uri(cls) -> str:
        """The CloudEvents `dataschema` that names this version's JSON Schema."""
        return f"urn:x-stafett:schema:{cls.__name__}.v{cls.version}"

    @classmethod
    def canonical(cls) -> Self:
        """The canonical example as an event."""
        return cls.model_validate_json(to_json(cls.example))

    @cached_property
    def occurred_on(self) -> date:
        """The Swedish day on which the fact occurred: the day that rules count from."""
        return swedish_day(self.occurred_at)
