"""Forms of personal records: what agencies may write down about a person, one for each class of personal data.

A record is sealed and kept beside the log, where it can be deleted; no event contains it. Each field is there because
somebody who helps the person needs it. `str` and `repr` of a record do not show its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from personnummer import personnummer
from pydantic import AfterValidator, Field, ValidationError

from contracts.calendar.days import Day
from contracts.errors import InvalidEventError
from contracts.event.fact import Fact
from contracts.vocabulary.choices import DataClass
from contracts.vocabulary.codes import CountryCode, Language

Words = Annotated[str, Field(min_length=1, max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
PhoneNumber = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+46700000000"])]
"""An international number (E.164), without spaces."""

EMailAddress = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>()]+@[^\s@<>()]+\.[A-Za-z]{2,}$")]


def _exists(number: str) -> str:
    if not personnummer.valid(number):
        raise ValueError("no such number: its date or check digit is wrong")
    return number


IdentityNumber = Annotated[str, Field(pattern=r"^[0-9]{8}-[0-9]{4}$"), AfterValidator(_exists)]
"""A Swedish personal identity number or coordination number with its century, such as YYYYMMDD-NNNN."""

MAX_RECORD_BYTES: Final = 64 * 1024
"""The maximum size of a record as JSON, in bytes."""


class PersonalRecord(Fact):
    """One record of one class of personal data. `RECORDS` names the form of each class."""

    data_class: ClassVar[DataClass]

    def __repr_args__(self) -> list[tuple[str, Any]]:
        return []


class DocumentKind(StrEnum):
    """The kinds of document with which a person proves their identity."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity-card"
    RESIDENCE_PERMIT_CARD = "residence-permit-card"
    BIRTH_CERTIFICATE = "birth-certificate"
    OTHER = "other"


class IdentityDocument(Fact):
    """An identity document that somebody at the agency has seen."""

    kind: DocumentKind
    number: Name
    country: CountryCode
    valid_until: Day | None = None

    def __repr_args__(self) -> list[tuple[str, Any]]:
        return []


class Identity(PersonalRecord):
    """The identity of the person, as far as it is known."""

    data_class = DataClass.IDENTITY

    given_names: Name
    family_name: Name | None = None
    date_of_birth: Day | None = None
    citizenships: Annotated[tuple[CountryCode, ...], Field(max_length=5)] = ()
    identity_number: IdentityNumber | None = None
    document: IdentityDocument | None = None


class Contact(PersonalRecord):
    """The ways to reach the person, and whether they are safe: somebody else may have the phone."""

    data_class = DataClass.CONTACT

    phone: PhoneNumber | None = None
    e_mail: EMailAddress | None = None
    address: Words | None = None
    safe_to_call: bool
    safe_to_write: bool
    reached_through: Annotated[Words | None, Field(description="A person or an agency whom they trust.")] = None
    language: Language | None = None


class Health(PersonalRecord):
    """The facts about the person's health that their carers must know."""

    data_class = DataClass.HEALTH

    conditions: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    medication: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    allergies: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    pregnant: bool | None = None
    needs_at_once: Words | None = None
    cared_for_by: Words | None = None


class Relation(StrEnum):
    """The relation of a relative to the person."""

    CHILD = "child"
    PARENT = "parent"
    PARTNER = "partner"
    SIBLING = "sibling"
    OTHER = "other"


class Relative(Fact):
    """A relative of the person, where the relative is, and whether the relative is in danger."""

    relation: Relation
    name: Name | None = None
    date_of_birth: Day | None = None
    country: CountryCode | None = None
    lives_with_the_person: bool = False
    in_danger: bool = False

    def __repr_args__(self) -> list[tuple[str, Any]]:
        return []


class Family(PersonalRecord):
    """The relatives through whom somebody may threaten the person, or who need help together with the person."""

    data_class = DataClass.FAMILY

    relatives: Annotated[tuple[Relative, ...], Field(min_length=1, max_length=30)]


class Legal(PersonalRecord):
    """The reference numbers of the person's own matters at authorities, and who represents the person."""

    data_class = DataClass.LEGAL

    police_report: Name | None = None
    migration_file: Name | None = None
    court_case: Name | None = None
    counsel: Words | None = None
    counsel_phone: PhoneNumber | None = None
    guardian: Words | None = None


RECORDS: Final[Mapping[DataClass, type[PersonalRecord]]] = {
    form.data_class: form for form in (Identity, Contact, Health, Family, Legal)
}
"""The form of each class of personal data."""


def read_record(data_class: DataClass, data: bytes) -> PersonalRecord:
    """The record that these bytes of strict JSON state.

    Raises InvalidEventError, which names the fields that do not fit, and never a value.
    """
    try:
        return RECORDS[data_class].model_validate_json(data)
    except ValidationError as error:
        raise InvalidEventError.of(f"personal record of the class {data_class}", error) from None
