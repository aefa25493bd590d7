"""Guardians: asked for at the chief guardian, and discharged (R14). The appointment stands in `child_safeguards`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.children import best_interests, may_be_a_child
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.child_safeguards import RESPONSIBLE
from contracts.sweden.chapters.return_choice import Step
from contracts.sweden.chapters.return_journey import TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRequested
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import with_id
from contracts.view.parts.child_protection import GuardianKind, InterestsStep
from contracts.view.parts.participants import Participation
from contracts.view.parts.voluntary_return import ChildsView
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.parts import Part

CHIEF_GUARDIANS: Final = kinds(AgencyKind.CHIEF_GUARDIAN)


class DischargeReason(StrEnum):
    """Why a guardian is discharged."""

    CAME_OF_AGE = "came-of-age"
    CUSTODIAN_FOUND = "custodian-found"
    SPECIAL_CUSTODIAN_APPOINTED = "special-custodian-appointed"
    UNSUITABLE = "unsuitable"
    AT_OWN_REQUEST = "at-own-request"
    LEFT_THE_COUNTRY = "left-the-country"
    OTHER = "other"


class GuardianRequested(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=RESPONSIBLE):
    """Social services or the Migration Agency apply for a guardian; a chief guardian on the bus takes part."""

    guardian: GuardianKind
    chief_guardian: Annotated[
        AgencyId | None, Field(description="The chief guardian of the municipality, where it is on the bus.")
    ] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-10T10:00:00Z",
        "guardian": "guardian-for-an-unaccompanied-child",
        "chief_guardian": "chief-guardian-stockholm",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {} if self.chief_guardian is None else {self.chief_guardian: CHIEF_GUARDIANS}


class GuardianDischarged(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=RESPONSIBLE | CHIEF_GUARDIANS,
    role={AgencyKind.CHIEF_GUARDIAN: Role.DECISION_MAKER},
):
    """A guardian does not answer for the child any more."""

    appointment_id: EventId
    discharged_on: Day
    reason: DischargeReason

    example: ClassVar[Example] = {
        "occurred_at": "2024-07-01T09:00:00Z",
        "appointment_id": "018e0a00-0000-7000-8000-000000000091",
        "discharged_on": "2024-07-01",
        "reason": "custodian-found",
    }


@evolves(GuardianRequested)
def guardian_requested(case: CaseView, event: GuardianRequested, by: Provenance) -> CaseView:
    if event.chief_guardian is None:
        return case.advanced()
    return case.joined(event.chief_guardian, participation=Participation.DECIDES, since=event.occurred_at).advanced()


@evolves(GuardianDischarged)
def guardian_discharged(case: CaseView, event: GuardianDischarged, by: Provenance) -> CaseView:
    return case.advanced(guardians=tuple(each for each in case.guardians if each.id != event.appointment_id))


_GUARDIANS: Final = (
    f"{NOT_IN_THE_SOURCES}: act on guardians for unaccompanied children (2005:429), sections 2, 3, 5, 6 and 7; act on "
    f"special representatives for children (1999:997), sections 6 and 7 ({TO_BE_CHECKED})."
)

authorities_apply_and_discharge = mandate(
    "R14",
    GuardianRequested,
    GuardianDischarged,
    en="Social services or the Migration Agency apply for a guardian; they or the chief guardian record that one is "
    "discharged.",
    sv="Socialtjänsten eller Migrationsverket ansöker om en ställföreträdare; de eller överförmyndaren registrerar när "
    "en entledigas.",
    source=_GUARDIANS,
)


@rule(
    "R14",
    GuardianRequested,
    GuardianDischarged,
    en="A guardian is asked for when somebody is, or may be, a child; one who was appointed is discharged, when it has "
    "happened.",
    sv="En ställföreträdare söks för den som är, eller kan vara, ett barn; den som är utsedd entledigas, när det har "
    "skett.",
    source=_GUARDIANS,
)
def guardians_come_and_go(
    case: CaseView, event: GuardianRequested | GuardianDischarged, by: Provenance
) -> Missing | None:
    if isinstance(event, GuardianRequested):
        if may_be_a_child(case):
            return None
        return missing("The person is an adult.", "Personen är vuxen.", *sorted(RESPONSIBLE))
    if with_id(case.guardians, event.appointment_id) is None:
        return missing("There is no such guardian.", "Det finns ingen sådan ställföreträdare.", *sorted(RESPONSIBLE))
    if event.discharged_on <= event.occurred_on:
        return None
    return missing("The guardian is not discharged yet.", "Ställföreträdaren är inte entledigad ännu.", by.agency)


@rule(
    "R10",
    ReturnRequested,
    ReturnCountersigned,
    ReturnApproved,
    TravelArranged,
    en="A child's own view is heard before it is assessed whether a return is in the child's best interests, unless "
    "the child is too young to say.",
    sv="Barnets egen inställning hörs innan det prövas om ett återvändande är för barnets bästa, utom när barnet är "
    "för litet för att säga något.",
    source=f"{NOT_IN_THE_SOURCES}: Convention on the Rights of the Child (law in Sweden by act 2018:1197), article 12; "
    f"Aliens Act (2005:716), chapter 1, section 11 ({TO_BE_CHECKED}).",
    part=Part.SUPPORT,
)
def child_is_heard(case: CaseView, event: Step, by: Provenance) -> Missing | None:
    if not may_be_a_child(case):
        return None
    application = None if isinstance(event, ReturnRequested) else with_id(case.returns, event.request_id)
    country = event.destination if isinstance(event, ReturnRequested) else application and application.destination
    assessed = best_interests(case, InterestsStep.RETURN, country) if country else None
    choice = next((one for one in case.return_choices if one.destination == country), None)
    too_young = choice is not None and choice.child_view is ChildsView.TOO_YOUNG
    if assessed is None or assessed.child_heard or too_young:
        return None
    return missing(
        "The child was not heard when the best interests were assessed.",
        "Barnet hördes inte när barnets bästa prövades.",
        *sorted(RESPONSIBLE),
    )
