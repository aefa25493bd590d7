"""A return is the victim's informed choice, and a child's return is safe: the events and rules that see to it (R10).

The rules judge each step of an application, so no order of events gets round them: a person who is found to be a child
after the application neither gets an approval nor travels before the safeguards are there. The file has over 250 lines
because the two events and the rules that rest on them are one subject.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.chapters.consent import Interpreter
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.children import best_interests, may_be_a_child, somebody_answers
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.sweden.chapters.return_journey import Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRequested
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves_part
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.child_protection import InterestsStep
from contracts.view.parts.voluntary_return import ChildsView, ReturnChoice, ReturnStage, VoluntaryReturn
from contracts.vocabulary.agencies import COORDINATOR, IOM, SWEDISH_PROFESSIONALS, AgencyKind, kinds
from contracts.vocabulary.codes import CountryCode, Language
from contracts.vocabulary.parts import Part


class Alternative(StrEnum):
    """The ways other than returning that the victim was told of."""

    SUPPORT_IN_SWEDEN = "support-in-sweden"
    REFLECTION_PERIOD = "reflection-period"
    RESIDENCE_PERMIT = "residence-permit"
    ASYLUM = "asylum"
    ANOTHER_COUNTRY = "another-country"


class ReceivingAuthority(StrEnum):
    """Who in the other country confirms that the person is received."""

    CHILD_PROTECTION = "child-protection-authority"
    CENTRAL_AUTHORITY = "central-authority"
    NATIONAL_CONTACT = "national-contact-on-trafficking"
    COURT = "court"


class ReturnChosen(CaseEvent, chapter=Chapter.VOLUNTARY_RETURN, issuers=SWEDISH_PROFESSIONALS, part=Part.SUPPORT):
    """The victim has chosen to return, informed of the alternatives; for a child the guardian or custodian consents."""

    destination: CountryCode
    alternatives: Annotated[
        tuple[Alternative, ...], Field(min_length=1, max_length=5, description="What the person was informed of.")
    ]
    explained_in: Annotated[Language, Field(description="The language in which it was explained.")]
    interpreter: Literal[Interpreter.NOT_NEEDED, Interpreter.IN_PERSON, Interpreter.BY_PHONE, Interpreter.BY_VIDEO]
    child_view: Annotated[ChildsView | None, Field(description="For a child: what the child says.")] = None
    guardian_consents: Annotated[
        bool, Field(description="For a child: the custodian or the appointed guardian consents.")
    ] = False

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-03T09:00:00Z",
        "destination": "RO",
        "alternatives": ["support-in-sweden", "residence-permit"],
        "explained_in": "ro",
        "interpreter": "in-person",
        "child_view": "agrees",
        "guardian_consents": True,
    }

    @model_validator(mode="after")
    def _alternatives_differ(self) -> Self:
        if len({*self.alternatives}) < len(self.alternatives):
            raise ValueError("an alternative is named twice")
        return self


class ReceptionConfirmed(
    CaseEvent,
    chapter=Chapter.VOLUNTARY_RETURN,
    issuers=kinds(AgencyKind.COORDINATOR, AgencyKind.IOM),
    part=Part.SUPPORT,
):
    """An authority of the country of return has confirmed that the child is received there, safely."""

    request_id: EventId
    country: CountryCode
    authority: ReceivingAuthority
    confirmed_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-15T09:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "country": "RO",
        "authority": "child-protection-authority",
        "confirmed_on": "2024-05-14",
    }


@evolves_part(ReturnChosen)
def return_chosen(case: CaseView, event: ReturnChosen, by: Provenance) -> CaseView:
    choice = ReturnChoice(
        id=by.event_id,
        destination=event.destination,
        child_view=event.child_view,
        guardian_consents=event.guardian_consents,
    )
    others = (one for one in case.return_choices if one.destination != event.destination)
    return case.changed(return_choices=(*others, choice))


@evolves_part(ReceptionConfirmed)
def reception_confirmed(case: CaseView, event: ReceptionConfirmed, by: Provenance) -> CaseView:
    return case.changed(returns=replaced(case.returns, event.request_id, reception_confirmed=True))


_CHOICE: Final = (
    f"{NOT_IN_THE_SOURCES}: manual of the Swedish Gender Equality Agency, step 6.1: a return is a voluntary and "
    "informed decision; Convention against trafficking (CETS 197), article 16 (to be checked by a lawyer)."
)
_CHILD: Final = (
    f"{NOT_IN_THE_SOURCES}: manual of the Swedish Gender Equality Agency, step 6.1: a separated child returns only if "
    "authorities of both countries find it in the child's best interests; CETS 197, article 16.7; Directive "
    "2011/36/EU, articles 13 and 16; Convention on the Rights of the Child, article 3 (to be checked by a lawyer)."
)

professionals_record_the_choice_coordinator_and_iom_the_reception = mandate(
    "R10",
    ReturnChosen,
    ReceptionConfirmed,
    en="Any professional in Sweden records the victim's choice to return; a coordinator or IOM records the word of the "
    "receiving country.",
    sv="Alla yrkesverksamma i Sverige registrerar den utsattas val att återvända; en samordnare eller IOM registrerar "
    "beskedet från det mottagande landet.",
    source=_CHOICE,
)


@rule(
    "R10",
    ReturnChosen,
    en="A child, or somebody who may be one, chooses to return together with a custodian or an appointed guardian, who "
    "consents; the child does not object.",
    sv="Ett barn, eller någon som kan vara ett barn, väljer att återvända tillsammans med en vårdnadshavare eller "
    "utsedd ställföreträdare, som samtycker; barnet motsätter sig det inte.",
    source=_CHILD,
    part=Part.SUPPORT,
)
def child_does_not_choose_alone(case: CaseView, event: ReturnChosen, by: Provenance) -> Missing | None:
    if not may_be_a_child(case):
        return None
    if not somebody_answers(case):
        return _nobody_answers()
    return _choice_is_no_childs(event)


@rule(
    "R10",
    ReceptionConfirmed,
    en="Reception is confirmed for an application that is not over, by its country of return, when it has been.",
    sv="Mottagandet bekräftas för en ansökan som inte är avslutad, av landet dit personen återvänder, när det har "
    "skett.",
    source=_CHILD,
    part=Part.SUPPORT,
)
def reception_is_in_the_country_of_return(case: CaseView, event: ReceptionConfirmed, by: Provenance) -> Missing | None:
    application = with_id(case.returns, event.request_id)
    if application is None or application.stage in (ReturnStage.REFUSED, ReturnStage.RETURNED):
        return missing("There is no such application.", "Det finns ingen sådan ansökan.", "any professional")
    if event.country != application.destination:
        return missing(
            f"The application is for a return to {application.destination}.",
            f"Ansökan gäller ett återvändande till {application.destination}.",
            by.agency,
        )
    if event.confirmed_on > event.occurred_on:
        return missing("It is not confirmed yet.", "Det är inte bekräftat ännu.", by.agency)
    return None


Step = ReturnRequested | ReturnCountersigned | ReturnApproved | TravelArranged | Returned


@rule(
    "R10",
    ReturnRequested,
    ReturnCountersigned,
    ReturnApproved,
    TravelArranged,
    en="A return is the victim's recorded, informed choice of that country, from the application until the journey.",
    sv="Ett återvändande är den utsattas registrerade, informerade val av det landet, från ansökan till resan.",
    source=_CHOICE,
    part=Part.SUPPORT,
)
def return_is_chosen(case: CaseView, event: Step, by: Provenance) -> Missing | None:
    country = _destination(case, event)
    if country is None or _choice(case, country) is not None:
        return None
    return missing(
        f"No choice of the person to return to {country} is recorded.",
        f"Personens val att återvända till {country} är inte registrerat.",
        "the person, through the agency in dialogue with the person",
    )


@rule(
    "R10",
    ReturnRequested,
    en="A return builds on a plan that was made, or last revised, with the person.",
    sv="Ett återvändande bygger på en plan som är gjord, eller senast reviderad, tillsammans med personen.",
    source=f"{NOT_IN_THE_SOURCES}: the manual of the Swedish Gender Equality Agency, step 6.1; the sources say that "
    "the plan is drafted in dialogue with the victim.",
    part=Part.SUPPORT,
)
def plan_is_made_with_the_person(case: CaseView, event: ReturnRequested, by: Provenance) -> Missing | None:
    if case.plan is None or not case.plan.made_without_victim:
        return None
    return missing(
        "The support plan in force was made without the person: revise it with them.",
        "Den gällande stödplanen är gjord utan personen: revidera den tillsammans med personen.",
        case.plan.drafted_by,
    )


@rule(
    "R10",
    ReturnRequested,
    ReturnCountersigned,
    ReturnApproved,
    TravelArranged,
    Returned,
    en="Somebody who is, or may be, a child returns only if it is assessed to be in the child's best interests, a safe "
    "custodian or an appointed guardian answers for the child and consents, and the child does not object; an approval "
    "and all that follows it also take the word of the receiving country.",
    sv="Den som är, eller kan vara, ett barn återvänder bara om det är prövat att det är för barnets bästa, en trygg "
    "vårdnadshavare eller utsedd ställföreträdare ansvarar för barnet och samtycker, och barnet inte motsätter sig "
    "det; ett beviljande och det som följer på det kräver också besked från det mottagande landet.",
    source=_CHILD,
    part=Part.SUPPORT,
)
def childs_return_is_safe(case: CaseView, event: Step, by: Provenance) -> Missing | None:
    country = _destination(case, event)
    if country is None or not may_be_a_child(case):
        return None
    assessed = best_interests(case, InterestsStep.RETURN, country)
    if assessed is None or not assessed.in_best_interests:
        return missing(
            f"It is not assessed that a return to {country} is in the child's best interests.",
            f"Det är inte prövat att ett återvändande till {country} är för barnets bästa.",
            AgencyKind.MIGRATION,
            AgencyKind.MUNICIPALITY,
        )
    if not somebody_answers(case):
        return _nobody_answers()
    choice = _choice(case, country)
    if choice is None or (lacks := _choice_is_no_childs(choice)) is not None:
        return lacks if choice is not None else _not_consented()
    if isinstance(event, ReturnRequested | ReturnCountersigned):
        return None
    application = with_id(case.returns, event.request_id)
    if application is not None and application.reception_confirmed:
        return None
    return missing(
        f"No authority in {country} has confirmed that the child is received there.",
        f"Ingen myndighet i {country} har bekräftat att barnet tas emot där.",
        COORDINATOR,
        IOM,
    )


def _destination(case: CaseView, event: Step) -> CountryCode | None:
    """The country of the return; None when there is no such application, to which another rule objects."""
    if isinstance(event, ReturnRequested):
        return event.destination
    application: VoluntaryReturn | None = with_id(case.returns, event.request_id)
    return None if application is None else application.destination


def _choice(case: CaseView, country: CountryCode) -> ReturnChoice | None:
    return next((one for one in case.return_choices if one.destination == country), None)


def _choice_is_no_childs(choice: ReturnChosen | ReturnChoice) -> Missing | None:
    """Return the thing that a choice lacks to be a child's, or None."""
    if choice.child_view is None or choice.child_view is ChildsView.OBJECTS:
        return missing("The child does not agree to return.", "Barnet går inte med på att återvända.", "the child")
    return None if choice.guardian_consents else _not_consented()


def _not_consented() -> Missing:
    return missing(
        "The custodian or guardian has not consented to the return.",
        "Vårdnadshavaren eller ställföreträdaren har inte samtyckt till återvändandet.",
        "the custodian",
        "the guardian",
    )


def _nobody_answers() -> Missing:
    return missing(
        "No safe custodian is traced and no guardian is appointed for the child.",
        "Ingen trygg vårdnadshavare är funnen och ingen ställföreträdare är utsedd för barnet.",
        AgencyKind.MIGRATION,
        AgencyKind.MUNICIPALITY,
    )
