"""Consent: the victim lets recipients have the case, for purposes and until a last day, and can withdraw at any time.

A consent is a record of its own, never a yes or no: each names its recipients, purposes and classes of data. The file
has over 250 lines because giving, withdrawing and running out, with their rules, are one subject.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.event.upcasting import PUBLICATIONS, Data
from contracts.law.deadlines import Deadline, falls_due, runs_out
from contracts.law.participation import without_consent
from contracts.law.rule import (
    CONSENT_LIFTS_SECRECY,
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.law.time_kept import with_keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import with_id
from contracts.view.parts.consent import Consent
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId, Role
from contracts.vocabulary.choices import DataClass, DeadlineKind, Purpose
from contracts.vocabulary.codes import Language, Sha256, TextId


class ConsentForm(StrEnum):
    """How the consent was given."""

    WRITTEN = "written"
    ORAL = "oral"


class ConsentGiver(StrEnum):
    """Who may consent: the victim, or for a child somebody with custody or appointed in their place."""

    VICTIM = "victim"
    CUSTODIAN = "custodian"
    APPOINTED_GUARDIAN = "appointed-guardian"


class Interpreter(StrEnum):
    """How it was interpreted to the victim; consents recorded before anybody asked say `not-recorded`."""

    NOT_NEEDED = "not-needed"
    IN_PERSON = "in-person"
    BY_PHONE = "by-phone"
    BY_VIDEO = "by-video"
    NOT_RECORDED = "not-recorded"


class ConsentGiven(CaseEvent, chapter=Chapter.CONSENT, issuers=ANY_AGENCY, version=3):
    """The victim consents; the agency in dialogue with the victim records it.

    A signed form stays with the agency, and its digest shows later that it is the one; it need not be at hand when the
    consent is recorded.
    """

    recipients: Annotated[tuple[AgencyId, ...], Field(min_length=1, max_length=50)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=8)]
    data_classes: Annotated[tuple[DataClass, ...], Field(max_length=5)] = ()
    valid_until: Annotated[Day, Field(description="The last day on which the consent is in force.")]
    given_by: ConsentGiver = ConsentGiver.VICTIM
    form: ConsentForm
    explained_in: Annotated[Language, Field(description="The language in which it was explained.")]
    interpreter: Interpreter = Interpreter.NOT_RECORDED
    form_digest: Annotated[Sha256 | None, Field(description="Of the signed form, as the agency keeps it.")] = None
    explained_text: Annotated[TextId | None, Field(description="By its id in GET /v1/consent-texts.")] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T13:00:00Z",
        "recipients": ["municipality-0180", "police"],
        "purposes": ["support", "investigation", "legal-status"],
        "data_classes": ["identity", "contact"],
        "valid_until": "2024-09-04",
        "given_by": "victim",
        "form": "written",
        "explained_in": "ro",
        "interpreter": "in-person",
        "form_digest": "9b74c9897bac770ffc029102a200c5de1b1a2a1d0a6f6d2b3f0d1c2e4a5b6c7d",
        "explained_text": "consent-2026-1",
    }

    @model_validator(mode="after")
    def _a_form_is_written(self) -> Self:
        if self.form_digest is not None and self.form is not ConsentForm.WRITTEN:
            raise ValueError("what is said has no form to sign")
        return self


@PUBLICATIONS.upcasts("se.nrm.ConsentGiven.v1")
def nobody_asked_about_an_interpreter(data: Data) -> Data:
    """Upcast from version 1, which had no fields for the interpreter and for the signed form."""
    return {**data, "interpreter": Interpreter.NOT_RECORDED, "form_digest": None}


@PUBLICATIONS.upcasts("se.nrm.ConsentGiven.v2")
def nobody_named_the_text(data: Data) -> Data:
    """Upcast from version 2, which had no field for the text that was explained."""
    return {**data, "explained_text": None}


class ConsentWithdrawn(CaseEvent, chapter=Chapter.CONSENT, issuers=ANY_AGENCY, after_closure=True):
    """The victim withdraws a consent: all of it, or only the recipients, purposes and data classes named."""

    consent_id: EventId
    recipients: tuple[AgencyId, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    data_classes: tuple[DataClass, ...] = ()

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-10T09:00:00Z",
        "consent_id": "018e0a00-0000-7000-8000-000000000004",
        "recipients": ["police"],
    }

    @property
    def whole(self) -> bool:
        """True if the event names no recipients, purposes or data classes, so that it withdraws the whole consent."""
        return not (self.recipients or self.purposes or self.data_classes)


class ConsentExpired(CaseEvent, chapter=Chapter.CONSENT, issuers=ANY_AGENCY, role=Role.CLOCK, after_closure=True):
    """The last day of a consent is over: nothing more may be shared under it."""

    consent_id: EventId

    example: ClassVar[Example] = {
        "occurred_at": "2024-09-04T22:00:00Z",
        "consent_id": "018e0a00-0000-7000-8000-000000000004",
    }


@evolves(ConsentGiven)
def consent_given(case: CaseView, event: ConsentGiven, by: Provenance) -> CaseView:
    consent = Consent(
        id=by.event_id,
        recipients=event.recipients,
        purposes=event.purposes,
        data_classes=event.data_classes,
        given_at=event.occurred_at,
        valid_until=event.valid_until,
    )
    return with_keeper(case, event.occurred_at, by).advanced(consents=(*case.consents, consent))


@evolves(ConsentWithdrawn)
def consent_withdrawn(case: CaseView, event: ConsentWithdrawn, by: Provenance) -> CaseView:
    consents = tuple(
        left
        for consent in case.consents
        if (left := consent if consent.id != event.consent_id else _what_is_left(consent, event)) is not None
    )
    return without_consent(case.changed(consents=consents), event).advanced()


@evolves(ConsentExpired)
def consent_expired(case: CaseView, event: ConsentExpired, by: Provenance) -> CaseView:
    consents = tuple(consent for consent in case.consents if consent.id != event.consent_id)
    return without_consent(case.changed(consents=consents), event).advanced()


def _what_is_left(consent: Consent, withdrawn: ConsentWithdrawn) -> Consent | None:
    """The consent after the withdrawal; None when no recipient or no purpose is left."""
    named = frozenset(withdrawn.recipients)
    recipients = tuple(r for r in consent.recipients if r not in named)
    purposes = tuple(p for p in consent.purposes if p not in withdrawn.purposes)
    if withdrawn.whole or not recipients or not purposes:
        return None
    data_classes = tuple(d for d in consent.data_classes if d not in withdrawn.data_classes)
    return consent.model_copy(update={"recipients": recipients, "purposes": purposes, "data_classes": data_classes})


_SOURCE: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “With the victim's consent, s/he may be referred to the relevant state agency or "
    f"NGO.” {CONSENT_LIFTS_SECRECY}"
)

participants_record_consent = mandate(
    "R3",
    ConsentGiven,
    ConsentWithdrawn,
    ConsentExpired,
    en="The agency in dialogue with the victim records consent and its withdrawal; the clock its end.",
    sv="Den aktör som har dialogen med den utsatta registrerar samtycke och återkallelse; klockan dess slut.",
    source=_SOURCE,
)


@rule(
    "R3",
    ConsentGiven,
    en="A consent is in force from the day it is given until a day that it names.",
    sv="Ett samtycke gäller från dagen då det lämnas till och med en dag som det anger.",
    source=f"{NOT_IN_THE_SOURCES}: what practice expects of consent to share information.",
)
def consent_has_a_future(case: CaseView, event: ConsentGiven, by: Provenance) -> Missing | None:
    if event.valid_until >= event.occurred_on:
        return None
    return missing(
        "The consent ends before it is given.", "Samtycket upphör innan det lämnas.", "the victim", by.agency
    )


@rule(
    "R3",
    ConsentWithdrawn,
    en="What is withdrawn is part of a consent that was given and is not yet withdrawn.",
    sv="Det som återkallas ingår i ett samtycke som har lämnats och ännu inte är återkallat.",
    source=f"{NOT_IN_THE_SOURCES}: a withdrawal must not seem to take effect when it names the wrong consent; General "
    "Data Protection Regulation (EU) 2016/679, article 7(3), on withdrawing consent.",
)
def withdrawal_names_a_consent(case: CaseView, event: ConsentWithdrawn, by: Provenance) -> Missing | None:
    consent = with_id(case.consents, event.consent_id)
    if consent is None:
        return missing(
            "There is no such consent, or it is already withdrawn.",
            "Det finns inget sådant samtycke, eller så är det redan återkallat.",
            by.agency,
        )
    if (
        set(event.recipients) <= set(consent.recipients)
        and set(event.purposes) <= set(consent.purposes)
        and set(event.data_classes) <= set(consent.data_classes)
    ):
        return None
    return missing(
        "The consent does not hold all that is withdrawn.",
        "Samtycket omfattar inte allt som återkallas.",
        by.agency,
    )


@falls_due(DeadlineKind.CONSENT)
def consent_is_over(deadline: Deadline) -> ConsentExpired:
    return ConsentExpired(occurred_at=deadline.due_at, consent_id=deadline.subject)


consent_expires_after_its_last_day = runs_out(
    "R3",
    ConsentExpired,
    "consent_id",
    "A consent expires when its last Swedish day is over, not before.",
    "Ett samtycke går ut när dess sista svenska dag är slut, inte tidigare.",
)
