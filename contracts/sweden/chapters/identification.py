"""Identification: a presumed victim is formally identified when a preliminary investigation is opened (R4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.chapters.detection import with_forms_of_version_1
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.event.upcasting import PUBLICATIONS
from contracts.law.participation import without_consent
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.identification import Identification, Investigation
from contracts.vocabulary.agencies import AgencyKind, Role, kinds
from contracts.vocabulary.choices import ExploitationForm
from contracts.vocabulary.parts import Part

INVESTIGATORS: Final = kinds(AgencyKind.POLICE, AgencyKind.PROSECUTOR)


class Offence(StrEnum):
    """The suspected offence, by chapter and section of the Criminal Code (brottsbalken)."""

    TRAFFICKING = "trafficking-4-1a"
    HUMAN_EXPLOITATION = "human-exploitation-4-1b"
    PROCURING = "procuring-6-12"
    OTHER = "other"


class InvestigationOutcome(StrEnum):
    """Why an investigation was closed."""

    CHARGES_BROUGHT = "charges-brought"
    NO_OFFENCE = "no-offence"
    OFFENCE_NOT_PROVABLE = "offence-not-provable"
    SUSPECT_NOT_FOUND = "suspect-not-found"
    TAKEN_OVER_ABROAD = "taken-over-abroad"
    OTHER = "other"


class InvestigationOpened(
    CaseEvent,
    chapter=Chapter.IDENTIFICATION,
    issuers=INVESTIGATORS,
    role=Role.INVESTIGATION_LEADER,
    version=2,
    part=Part.INVESTIGATION,
    details=("suspected_offence",),
):
    """An investigation leader opens a preliminary investigation: the victim is formally identified."""

    suspected_offence: Offence
    exploitation_forms: Annotated[tuple[ExploitationForm, ...], Field(min_length=1, max_length=9)]

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-06T08:00:00Z",
        "suspected_offence": "trafficking-4-1a",
        "exploitation_forms": ["labour"],
    }


PUBLICATIONS.upcasts("se.nrm.InvestigationOpened.v1")(with_forms_of_version_1)


class InvestigationClosed(
    CaseEvent,
    chapter=Chapter.IDENTIFICATION,
    issuers=INVESTIGATORS,
    role=Role.INVESTIGATION_LEADER,
    part=Part.INVESTIGATION,
    details=("outcome",),
):
    """The investigation has ended; the victim stays formally identified."""

    investigation_id: EventId
    outcome: InvestigationOutcome

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-20T14:00:00Z",
        "investigation_id": "018e0a00-0000-7000-8000-000000000008",
        "outcome": "charges-brought",
    }


@evolves(InvestigationOpened)
def investigation_opened(case: CaseView, event: InvestigationOpened, by: Provenance) -> CaseView:
    return case.advanced(
        identification=Identification.FORMAL,
        exploitation_forms=tuple(dict.fromkeys((*case.exploitation_forms, *event.exploitation_forms))),
        investigation=Investigation(id=by.event_id, led_by=by.agency, opened_on=event.occurred_on),
    )


@evolves(InvestigationClosed)
def investigation_closed(case: CaseView, event: InvestigationClosed, by: Provenance) -> CaseView:
    closed = case.investigation and case.investigation.model_copy(update={"closed_on": event.occurred_on})
    return without_consent(case.changed(investigation=closed), event, *((closed.led_by,) if closed else ())).advanced()


_SOURCE: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “a person is formally identified only when a preliminary investigation is initiated "
    "by a preliminary investigation leader, usually the Police or sometimes the Prosecutor.” Code of "
    "Judicial Procedure (1942:740), chapter 23, sections 1 and 3."
)
_THRESHOLD: Final = (
    f"{_SOURCE} The threshold “is rather low as it only requires that a person is suspected to be a victim of THB.”"
)

only_investigators_investigate = mandate(
    "R4",
    InvestigationOpened,
    InvestigationClosed,
    en="Only the police or a prosecutor opens and closes a preliminary investigation; a suspicion is enough to open "
    "one, and the victim is formally identified by it.",
    sv="Endast polis eller åklagare inleder och avslutar en förundersökning; misstanke räcker för att inleda den, och "
    "den utsatta är därmed formellt identifierad.",
    source=_THRESHOLD,
)


@rule(
    "R4",
    InvestigationOpened,
    InvestigationClosed,
    en="A case has at most one open investigation, and the one that is open is the one that closes.",
    sv="Ett ärende har högst en pågående förundersökning, och det är den som avslutas.",
    source=_SOURCE,
)
def one_investigation_at_a_time(
    case: CaseView, event: InvestigationOpened | InvestigationClosed, by: Provenance
) -> Missing | None:
    if isinstance(event, InvestigationOpened):
        if not case.under_investigation:
            return None
        return missing("An investigation is already open.", "En förundersökning pågår redan.")
    if case.under_investigation and case.investigation and case.investigation.id == event.investigation_id:
        return None
    return missing("No such investigation is open.", "Ingen sådan förundersökning pågår.", *sorted(INVESTIGATORS))
