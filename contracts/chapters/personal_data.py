"""Personal data: agencies record it beside the log and read it under a consent, and each reading is an event (R11).

The log has only the digest of a record's ciphertext, and the readings: reader, time, classes, purpose and consent.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.personal_details import has_accepted
from contracts.law.rule import (
    CONSENT_LIFTS_SECRECY,
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import with_id
from contracts.view.parts.personal_data import Reading, RecordedDetails
from contracts.vocabulary.agencies import ANY_AGENCY, Role
from contracts.vocabulary.choices import DataClass, Purpose
from contracts.vocabulary.codes import RecordId, Sha256

PersonPseudonym = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
"""An agency's own pseudonym for one of its people; only the agency can tell who it is."""


class PersonalDetailsRecorded(CaseEvent, chapter=Chapter.PERSONAL_DATA, issuers=ANY_AGENCY, role=Role.SERVICE):
    """An agency's service has sealed a record of one class of personal data and put it where it can be deleted."""

    record_id: RecordId
    data_class: DataClass
    digest: Annotated[Sha256, Field(description="Of the record's ciphertext.")]
    replaces: Annotated[RecordId | None, Field(description="An earlier record of the same agency and class.")] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T14:00:00Z",
        "record_id": "018e0a00-0000-7000-a000-000000000001",
        "data_class": "identity",
        "digest": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    }


class PersonalDetailsRead(CaseEvent, chapter=Chapter.PERSONAL_DATA, issuers=ANY_AGENCY, role=Role.SERVICE):
    """An agency's service has let one of its people read personal data: which, what for, and on what consent."""

    data_classes: Annotated[tuple[DataClass, ...], Field(min_length=1, max_length=5)]
    purpose: Purpose
    consent_id: EventId
    role: Role
    person: PersonPseudonym

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T09:00:00Z",
        "data_classes": ["identity", "contact"],
        "purpose": "support",
        "consent_id": "018e0a00-0000-7000-8000-000000000004",
        "role": "caseworker",
        "person": "3f9c2a7be01d4c55",
    }


@evolves(PersonalDetailsRecorded)
def personal_details_recorded(case: CaseView, event: PersonalDetailsRecorded, by: Provenance) -> CaseView:
    record = RecordedDetails(
        id=by.event_id,
        record_id=event.record_id,
        data_class=event.data_class,
        digest=event.digest,
        recorded_by=by.agency,
        recorded_at=event.occurred_at,
    )
    kept = tuple(each for each in case.personal_records if each.record_id != event.replaces)
    return case.advanced(personal_records=(*kept, record))


@evolves(PersonalDetailsRead)
def personal_details_read(case: CaseView, event: PersonalDetailsRead, by: Provenance) -> CaseView:
    reading = Reading(
        id=by.event_id,
        agency=by.agency,
        role=event.role,
        person=event.person,
        data_classes=event.data_classes,
        purpose=event.purpose,
        consent_id=event.consent_id,
        read_at=event.occurred_at,
    )
    return case.advanced(readings=(*case.readings, reading))


_SOURCE: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “The victim can however consent to being referred to an organisation or state agency "
    f"which may handle personal details.” {CONSENT_LIFTS_SECRECY}"
)
_VICTIM: Final = "the victim, through the agency in dialogue with the victim"

services_keep_account_of_personal_data = mandate(
    "R11",
    PersonalDetailsRecorded,
    PersonalDetailsRead,
    en="An agency's service records personal details and every reading of them; an auditor does neither.",
    sv="En aktörs tjänst registrerar personuppgifter och varje läsning av dem; en granskare gör ingetdera.",
    source=_SOURCE,
)


@rule(
    "R11",
    PersonalDetailsRecorded,
    en="Personal details are recorded only while a consent in force covers their class.",
    sv="Personuppgifter registreras endast medan ett gällande samtycke omfattar deras slag.",
    source=_SOURCE,
)
def consent_covers_what_is_recorded(case: CaseView, event: PersonalDetailsRecorded, by: Provenance) -> Missing | None:
    in_force = (consent for consent in case.consents if consent.in_force(event.occurred_on))
    if any(event.data_class in consent.data_classes for consent in in_force):
        return None
    return missing(
        f"No consent in force covers personal details of the class {event.data_class}.",
        f"Inget gällande samtycke omfattar personuppgifter av slaget {event.data_class}.",
        _VICTIM,
    )


@rule(
    "R11",
    PersonalDetailsRecorded,
    en="A record is new; what it replaces is a record of the same class by the same agency.",
    sv="En uppgift är ny; det som den ersätter är en uppgift av samma slag från samma aktör.",
    source=f"{NOT_IN_THE_SOURCES}: each agency corrects, and can delete, what it wrote itself; General Data Protection "
    "Regulation (EU) 2016/679, article 16.",
)
def own_record_is_replaced(case: CaseView, event: PersonalDetailsRecorded, by: Provenance) -> Missing | None:
    recorded = {record.record_id: record for record in case.personal_records}
    if event.record_id in recorded:
        return missing("There is already a record with this id.", "Det finns redan en uppgift med detta id.", by.agency)
    if event.replaces is None:
        return None
    old = recorded.get(event.replaces)
    if old is not None and (old.data_class, old.recorded_by) == (event.data_class, by.agency):
        return None
    return missing(
        "There is no such record of this agency's to replace.",
        "Aktören har ingen sådan uppgift att ersätta.",
        by.agency if old is None else old.recorded_by,
    )


@rule(
    "R11",
    PersonalDetailsRead,
    en="Personal details are read by an agency that accepted or opened the case, for a purpose and of classes that a "
    "consent in force, which the reading names, opens to it.",
    sv="Personuppgifter läses av en aktör som har tagit emot eller öppnat ärendet, för ett ändamål och av slag som ett "
    "gällande samtycke, som läsningen anger, öppnar för den.",
    source=_SOURCE,
)
def consent_opens_what_is_read(case: CaseView, event: PersonalDetailsRead, by: Provenance) -> Missing | None:
    if not has_accepted(case, by.agency):
        return missing(
            f"{by.agency} has not accepted the case.", f"{by.agency} har inte tagit emot ärendet.", by.agency
        )
    consent = with_id(case.consents, event.consent_id)
    if consent is None or not consent.in_force(event.occurred_on):
        return missing("No such consent is in force.", "Inget sådant samtycke gäller.", _VICTIM)
    if not consent.covers(by.agency, event.purpose, event.occurred_on):
        return missing(
            f"The consent does not let {by.agency} be told for this purpose.",
            f"Samtycket låter inte {by.agency} ta del för detta ändamål.",
            _VICTIM,
        )
    lacking = sorted(set(event.data_classes) - set(consent.data_classes))
    if not lacking:
        return None
    return missing(
        f"The consent does not cover: {', '.join(lacking)}.",
        f"Samtycket omfattar inte: {', '.join(lacking)}.",
        _VICTIM,
    )
