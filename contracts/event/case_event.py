"""What every event about a case has in common: its name, version, issuers, their roles and its canonical example.

An event states a fact in the past tense. Its data never changes shape once published: a change is a
new version, with a new schema and an upcaster (`contracts.event.upcasting`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, to_json

from contracts.event.pii_guard import without_personal_details
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role

SWEDISH_TIME: Final = ZoneInfo("Europe/Stockholm")
"""Days in rules (a period's end, the day a law takes effect) are Swedish days."""

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
FIRST_MOMENT: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST_MOMENT: Final = datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The range of every day and moment that an event states: sums with days of it never leave Python's calendar."""


def swedish_day(moment: datetime) -> date:
    """The Swedish day on which a moment (any zone, never naive) lies; beyond the range, the day at its end.

    Envelopes state moments too, and only events have their range.
    """
    return min(max(moment, FIRST_MOMENT), LAST_MOMENT).astimezone(SWEDISH_TIME).date()


class Chapter(StrEnum):
    """The part of a case's life that an event belongs to; clocks run beside all of them."""

    DETECTION = "detection"
    CONSULTATION = "consultation"
    CONSENT = "consent"
    PERSONAL_DATA = "personal-data"
    REFERRAL = "referral"
    IDENTIFICATION = "identification"
    LEGAL_STATUS = "legal-status"
    ASSISTANCE = "assistance"
    REIMBURSEMENT = "reimbursement"
    VOLUNTARY_RETURN = "voluntary-return"
    LABOUR = "labour"
    TRANSNATIONAL = "transnational"
    LONG_TERM = "long-term"
    CLOSURE = "closure"
    ERASURE = "erasure"
    CLOCKS = "clocks"


def _in_range(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("the year is not from 1900 to 2200")
    return day


def _in_utc(moment: datetime) -> datetime:
    # Compared before the change of zone, which overflows near the ends of the calendar.
    if not FIRST_MOMENT <= moment <= LAST_MOMENT:
        raise ValueError("the year in UTC is not from 1900 to 2200")
    return moment.astimezone(UTC)


Day = Annotated[date, AfterValidator(_in_range)]
"""A day of the years 1900 to 2200; every day that an event or a record states is one."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time with its offset (RFC 3339), of the years 1900 to 2200, kept in UTC."""

Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(without_personal_details)]
"""De-identified free text: 1 to 2,000 characters, and nothing in it that looks like personal details."""

EventId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""The id of an earlier event of the same case: a UUID in its canonical form."""

CaseId = EventId
"""The random token of a case: a UUID in its canonical form."""

Example = dict[str, JsonValue]
"""An event's canonical example, as JSON."""


class Fact(BaseModel):
    """A frozen, strict value: unknown fields and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class PublishedEvent(Fact):
    """A fact with a published schema: which agency kinds may state it, in which role, and one canonical `example`.

    `sealed` says whether only those who take part in the case can read its data, or everybody on the bus.
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
        """Note who may issue the event and whether its data is sealed; a role is one for all its issuers, or caseworker
        where none is named.
        """
        named = dict.fromkeys(issuers, role) if isinstance(role, Role) else role
        cls.issuers, cls.version, cls.sealed = issuers, version, sealed
        cls.roles = {kind: named.get(kind, Role.CASEWORKER) for kind in sorted(issuers)}

    @classmethod
    def may_be_issued_by(cls, kind: AgencyKind, role: str) -> bool:
        """Whether people of this role at agencies of this kind may issue it, as far as mandates go."""
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


class CaseEvent(PublishedEvent):
    """A fact about one case. Subclasses name their chapter, the agency kinds that may issue them and in which role, and
    whether they travel in clear.

    Every concrete subclass is found in `EVENTS` by its name.
    """

    chapter: ClassVar[Chapter]

    def __init_subclass__(
        cls,
        *,
        chapter: Chapter,
        issuers: frozenset[AgencyKind],
        role: Role | Mapping[AgencyKind, Role] = Role.CASEWORKER,
        version: int = 1,
        sealed: bool = True,
        among: dict[str, type[CaseEvent]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.chapter = chapter
        cls._published(issuers, role, version, sealed=sealed)
        if (EVENTS if among is None else among).setdefault(cls.__name__, cls) is not cls:
            raise TypeError(f"two events are named {cls.__name__}")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an event comes from: its id, the agency that issued it, and when it was recorded (UTC)."""

    event_id: str
    agency: AgencyId
    kind: AgencyKind
    recorded_at: datetime


EVENTS: Final[dict[str, type[CaseEvent]]] = {}
"""Every event about a case in its current version, by name."""
