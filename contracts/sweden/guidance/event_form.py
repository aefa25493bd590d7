"""The form in which a person fills in an event: its fields, with plain words and what each may hold.

It follows from the event's class alone. What a case adds to it stands in `contracts.sweden.guidance.actions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, JsonValue
from pydantic_core import to_jsonable_python

from contracts.event.case_event import CaseEvent
from contracts.event.fact import Fact
from contracts.sweden.labels.swedish import LABELS
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId, AgencyKind
from contracts.vocabulary.wording import Wording

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "alert_id": ("alerts",),
    "appeal_id": ("appeals", "benefit_appeals"),
    "application_id": ("reflection_periods", "permits"),
    "appointment_id": ("guardians",),
    "assessment_id": ("needs",),
    "awaited_id": ("awaited",),
    "charge_id": ("charges",),
    "claim_id": ("claims",),
    "compensation_id": ("compensation",),
    "concern_id": ("child_concerns",),
    "consent_id": ("consents",),
    "consultation_id": ("consultations",),
    "decision_id": ("assistance_decisions", "claims"),
    "extends": ("permits",),
    "inspection_id": ("inspections",),
    "interview_id": ("interviews",),
    "investigation_id": ("investigation",),
    "offer_id": ("offers",),
    "permit_id": ("permits",),
    "plan_id": ("plan", "integration_plan"),
    "question_id": ("offer_questions",),
    "receipt_id": ("receipts",),
    "request_id": ("reflection_periods", "permits", "returns", "erasures"),
    "support_ids": ("support",),
}
"""For each field that names a part of the case, the fields of the view where such parts stand."""


class FieldType(StrEnum):
    """What a field holds: a `choice` from a closed list, a `part` of the case, an `agency`, a `group` of fields, or a
    value that the person writes.
    """

    TEXT = "text"
    NUMBER = "number"
    YES_OR_NO = "yes-or-no"
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"
    PART = "part"
    AGENCY = "agency"
    GROUP = "group"


class Choice(Fact):
    """A value that a field may hold, and its label."""

    value: str
    label: Wording


def labelled(value: StrEnum) -> Choice:
    """A value of a closed list, with its label."""
    return Choice(value=value.value, label=LABELS.value(value))


class FormField(Fact):
    """A field of an event.

    Attributes:
        name: its name in the event's schema.
        label: its plain words.
        type: what it holds.
        several: True if it holds a list of such values.
        required: True if the event cannot be sent without it.
        default: the value that the case or the event's schema suggests; None: no value.
        choices: the values that a `choice` or a `part` may have.
        kinds: the kinds of agency among which an `agency` is chosen.
        fields: the fields of a `group`.
    """

    name: str
    label: Wording
    type: FieldType
    several: bool
    required: bool
    default: JsonValue = None
    choices: tuple[Choice, ...] = ()
    kinds: tuple[AgencyKind, ...] = ()
    fields: tuple[FormField, ...] = ()


@dataclass(frozen=True)
class Shape:
    """The kind of value of a field, by its annotation. `members`: of its list. `group`: the fact that it holds."""

    holds: FieldType
    several: bool = False
    members: tuple[StrEnum, ...] = ()
    group: type[Fact] | None = None


@cache
def form_of(event: type[CaseEvent]) -> tuple[FormField, ...]:
    """The fields of an event that a person fills in, in the order of its schema; `occurred_at` is not among them."""
    asked = _kinds_asked(event)
    return tuple(
        field.model_copy(update={"kinds": asked.get(field.name, _ANYBODY)}) if field.type is FieldType.AGENCY else field
        for field in _fields(event)
        if field.name != "occurred_at"
    )


@cache
def shape_of(holder: type[Fact], name: str) -> Shape:
    """Tell the shape of a field of an event, or of another fact, by its annotation."""
    hint, several = get_type_hints(holder, include_extras=True)[name], False
    while (origin := get_origin(hint)) in (Annotated, Union, UnionType, tuple):
        if origin is Annotated and _AGENCY_ID in hint.__metadata__:
            return Shape(FieldType.AGENCY, several)
        several = several or origin is tuple
        hint = next(one for one in get_args(hint) if one is not type(None))
    if name in PARTS:
        return Shape(FieldType.PART, several)
    if origin is Literal:
        return Shape(FieldType.CHOICE, several, members=get_args(hint))
    if issubclass(hint, StrEnum):
        return Shape(FieldType.CHOICE, several, members=tuple(hint))
    if issubclass(hint, Fact):
        return Shape(FieldType.GROUP, several, group=hint)
    return Shape(next((written for kind, written in _WRITTEN.items() if issubclass(hint, kind)), FieldType.TEXT))


_AGENCY_ID: Final = get_args(AgencyId)[1]
_ANYBODY: Final = tuple(kind for kind in AgencyKind if kind in ANY_AGENCY)
_WRITTEN: Final[Mapping[type, FieldType]] = {
    bool: FieldType.YES_OR_NO,
    int: FieldType.NUMBER,
    AwareDatetime: FieldType.MOMENT,
    datetime: FieldType.MOMENT,
    date: FieldType.DAY,
}
"""The types of what a person writes, each before the type that it is also one of."""


def _fields(holder: type[Fact]) -> tuple[FormField, ...]:
    return tuple(_field(holder, name) for name in holder.model_fields)


def _field(holder: type[Fact], name: str) -> FormField:
    shape, field = shape_of(holder, name), holder.model_fields[name]
    return FormField(
        name=name,
        label=LABELS.field(holder, name),
        type=shape.holds,
        several=shape.several,
        required=field.is_required(),
        default=None if field.is_required() or field.default == () else to_jsonable_python(field.default),
        choices=tuple(map(labelled, shape.members)),
        kinds=_ANYBODY if shape.holds is FieldType.AGENCY else (),
        fields=() if shape.group is None else _fields(shape.group),
    )


def _kinds_asked(event: type[CaseEvent]) -> Mapping[str, tuple[AgencyKind, ...]]:
    """For each field whose agencies are asked to do something, the kinds that can (R24); told from the example."""
    example = event.canonical()
    asked = example.addressees()
    found: dict[str, tuple[AgencyKind, ...]] = {}
    for name in event.model_fields:
        if shape_of(event, name).holds is FieldType.AGENCY:
            for agency in values_of(getattr(example, name)):
                if agency in asked:
                    found[name] = tuple(kind for kind in AgencyKind if kind in asked[agency])
    return found


@cache
def asked_outside(event: type[CaseEvent], name: str) -> bool:
    """True if a field names agencies outside the bus (R33); told from the example."""
    example = event.canonical()
    return not example.outsiders().isdisjoint(values_of(getattr(example, name)))


def values_of(value: Any) -> tuple[Any, ...]:
    """The values that a field holds: of a list all, of nothing none."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
