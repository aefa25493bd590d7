"""Compensation that the state pays a victim of crime: somebody applies for the victim, an authority decides (R27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.reimbursement import Outcome
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.participants import Participation
from contracts.view.parts.proceedings import Compensation
from contracts.vocabulary.agencies import CRIME_VICTIM_AUTHORITY, AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.choices import Purpose
from contracts.vocabulary.codes import SEK
from contracts.vocabulary.parts import Part

APPLY_FOR_THE_VICTIM: Final = kinds(
    AgencyKind.LEGAL_COUNSEL, AgencyKind.NGO, AgencyKind.MUNICIPALITY, AgencyKind.COORDINATOR
)
PAYS: Final = kinds(AgencyKind.CRIME_VICTIM_AUTHORITY)


class CompensationClaimed(
    CaseEvent, chapter=Chapter.LEGAL_PROCEEDINGS, issuers=APPLY_FOR_THE_VICTIM, after_closure=True
):
    """Somebody applies for the state's compensation on the victim's behalf; the Crime Victim Authority takes part."""

    claimed_on: Day
    amount_sek: Annotated[SEK | None, Field(ge=1)] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-11-25T09:00:00Z",
        "claimed_on": "2024-11-25",
        "amount_sek": 180000,
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {CRIME_VICTIM_AUTHORITY: PAYS}


class CompensationDecided(
    CaseEvent, chapter=Chapter.LEGAL_PROCEEDINGS, issuers=PAYS, role=Role.DECISION_MAKER, after_closure=True
):
    """The Crime Victim Authority decides the application: all of it, a part of it, or nothing."""

    compensation_id: EventId
    decided_on: Day
    outcome: Outcome
    amount_sek: SEK

    example: ClassVar[Example] = {
        "occurred_at": "2025-03-03T09:00:00Z",
        "compensation_id": "018e0a00-0000-7000-8000-000000000089",
        "decided_on": "2025-03-03",
        "outcome": "partly-granted",
        "amount_sek": 150000,
    }


@evolves(CompensationClaimed)
def compensation_claimed(case: CaseView, event: CompensationClaimed, by: Provenance) -> CaseView:
    claim = Compensation(
        id=by.event_id, claimed_by=by.agency, claimed_on=event.claimed_on, claimed_sek=event.amount_sek
    )
    joined = case.joined(
        CRIME_VICTIM_AUTHORITY,
        participation=Participation.DECIDES,
        since=event.occurred_at,
        parts=(Part.INVESTIGATION,),
    )
    return joined.advanced(compensation=(*case.compensation, claim))


@evolves(CompensationDecided)
def compensation_decided(case: CaseView, event: CompensationDecided, by: Provenance) -> CaseView:
    decided = {"decision": event.outcome, "awarded_sek": event.amount_sek}
    return case.advanced(compensation=replaced(case.compensation, event.compensation_id, **decided))


_COMPENSATION: Final = (
    f"{NOT_IN_THE_SOURCES}: Criminal Injuries Compensation Act (2014:322), sections 1, 4 and 15; Directive 2011/36/EU, "
    f"article 17 ({TO_BE_CHECKED})."
)

others_apply_the_crime_victim_authority_pays = mandate(
    "R27",
    CompensationClaimed,
    CompensationDecided,
    en="Counsel, an NGO, a municipality or a coordinator applies on the victim's behalf; the Crime Victim Authority "
    "decides.",
    sv="Ett biträde, en ideell organisation, en kommun eller en samordnare ansöker för den utsattas räkning; "
    "Brottsoffermyndigheten beslutar.",
    source=_COMPENSATION,
)


@rule(
    "R27",
    CompensationClaimed,
    en="An application for compensation takes the victim's consent to share the case with the Crime Victim Authority "
    "for what concerns the crime; one is decided before the next.",
    sv="En ansökan om brottsskadeersättning kräver den utsattas samtycke till att ärendet delas med "
    "Brottsoffermyndigheten i det som rör brottet; en avgörs före nästa.",
    source=_COMPENSATION,
)
def victim_wants_compensation(case: CaseView, event: CompensationClaimed, by: Provenance) -> Missing | None:
    if event.claimed_on > event.occurred_on:
        return missing("It is not claimed yet.", "Ansökan är inte gjord ännu.", by.agency)
    if any(each.decision is Decision.PENDING for each in case.compensation):
        return missing(
            "An application already awaits a decision.", "En ansökan väntar redan på beslut.", CRIME_VICTIM_AUTHORITY
        )
    if case.consents_to(CRIME_VICTIM_AUTHORITY, Purpose.INVESTIGATION, event.occurred_on):
        return None
    return missing(
        "No consent in force lets the Crime Victim Authority receive the case for: the investigation.",
        "Inget gällande samtycke låter Brottsoffermyndigheten ta emot ärendet för: utredningen.",
        "the victim",
    )


@rule(
    "R27",
    CompensationDecided,
    en="An application for compensation is decided once; nothing is paid after a refusal.",
    sv="En ansökan om brottsskadeersättning avgörs en gång; inget betalas vid avslag.",
    source=_COMPENSATION,
)
def compensation_is_decided_once(case: CaseView, event: CompensationDecided, by: Provenance) -> Missing | None:
    claim = with_id(case.compensation, event.compensation_id)
    if claim is None:
        return missing("There is no such application.", "Det finns ingen sådan ansökan.", *sorted(APPLY_FOR_THE_VICTIM))
    if claim.decision is not Decision.PENDING:
        return missing("The application is already decided.", "Ansökan är redan avgjord.", CRIME_VICTIM_AUTHORITY)
    if (event.outcome is Decision.REFUSED) is (event.amount_sek == 0):
        return None
    return missing(
        "The amount does not fit the outcome.", "Beloppet stämmer inte med utfallet.", CRIME_VICTIM_AUTHORITY
    )
