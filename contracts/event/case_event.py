"""The base of every event about a case, and the registry of them all.

An event states a fact in the past tense. Its data never changes shape once published: a change is a
new version, with a new schema and an upcaster (`contracts.event.upcasting`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role
from contracts.vocabulary.parts import Part


class Chapter(StrEnum):
    """The part of a case's life that an event belongs to; clocks and statistics run beside all of them."""

    DETECTION = "detection"
    CONSULTATION = "consultation"
    CONSENT = "consent"
    PERSONAL_DATA = "personal-data"
    REFERRAL = "referral"
    IDENTIFICATION = "identification"
    LEGAL_PROCEEDINGS = "legal-proceedings"
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
    STATISTICS = "statistics"


class CaseEvent(PublishedEvent):
    """A fact about one case. Subclasses name their chapter, the agency kinds that may issue them and in which role,
    whether they travel in clear, and whether they may follow when the case is closed.

    Every concrete subclass is found in `EVENTS` by its name.
    """

    chapter: ClassVar[Chapter]
    after_closure: ClassVar[bool]
    part: ClassVar[Part]
    """The part of the case that the details lie in; the core when the event has none and changes no other part."""
    details: ClassVar[frozenset[str]]
    """The names of the fields that only the readers of `part` read; every participant reads the other fields."""
    answers_an_offer: ClassVar[bool]
    """True if an agency that is only offered the case may issue it: a question or an answer to the offer."""
    always_detailed: ClassVar[bool]
    """True if a detail must be given, so that every event of this type has details."""

    @classmethod
    def core_fields(cls) -> tuple[str, ...]:
        """The names of the fields that every participant reads."""
        return tuple(name for name in cls.model_fields if name not in cls.details)

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        """The agencies that the event asks to do something, each with the kinds that could do it (R24)."""
        return {}

    def outsiders(self) -> frozenset[AgencyId]:
        """The agencies that are asked outside the bus, because the directory has none of them (R33)."""
        return frozenset()

    def __init_subclass__(
        cls,
        *,
        chapter: Chapter,
        issuers: frozenset[AgencyKind],
        role: Role | Mapping[AgencyKind, Role] = Role.CASEWORKER,
        version: int = 1,
        sealed: bool = True,
        after_closure: bool = False,
        answers_an_offer: bool = False,
        part: Part = Part.CORE,
        details: tuple[str, ...] | None = None,
        among: dict[str, type[CaseEvent]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.chapter, cls.after_closure, cls.part = chapter, after_closure, part
        cls.answers_an_offer = answers_an_offer
        cls._published(issuers, role, version, sealed=sealed)
        if (EVENTS if among is None else among).setdefault(cls.__name__, cls) is not cls:
            raise TypeError(f"two events are named {cls.__name__}")

    @classmethod
    def __pydantic_init_subclass__(cls, details: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        """Note the details: by default, every field but the moment, in an event of another part than the core."""
        super().__pydantic_init_subclass__(**kwargs)
        every = () if cls.part is Part.CORE else tuple(name for name in cls.model_fields if name != "occurred_at")
        cls.details = frozenset(every if details is None else details)
        cls.always_detailed = any(cls.model_fields[name].is_required() for name in cls.details)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an event comes from: its id, the agency that issued it, and when it was recorded (UTC)."""

    event_id: str
    agency: AgencyId
    kind: AgencyKind
    recorded_at: datetime


EVENTS: Final[dict[str, type[CaseEvent]]] = {}
"""Every event about a case in its current version, by name."""
