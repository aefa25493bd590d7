"""The safeguards of a child: the age is found, a guardian is appointed, and the child's best interests are assessed."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final, Self

from pydantic import model_validator

from contracts.calendar.days import Day
from contracts.chapters.consent import ConsentGiven, ConsentGiver
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.children import has_guardian, has_safe_custodian, may_be_a_child
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part
from contracts.view.parts.child_protection import AgeBasis, BestInterests, Guardian, GuardianKind, InterestsStep
from contracts.vocabulary.agencies import SWEDISH_PROFESSIONALS, AgencyKind, Role, kinds
from contracts.vocabulary.choices import AgeBand
from contracts.vocabulary.codes import CountryCode
from contracts.vocabulary.parts import Part

RESPONSIBLE: Final = kinds(AgencyKind.MUNICIPALITY, AgencyKind.MIGRATION)
"""Social services, and the Migration Agency for a child who seeks asylum."""


class AgeFound(StrEnum):
    """Whether the person is a child."""

    ADULT = "adult"
    MINOR = "minor"


class AgeAssessed(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=SWEDISH_PROFESSIONALS):
    """It is found whether the person is a child: presumed, from documents, or assessed."""

    age: AgeFound
    basis: AgeBasis

    example: ClassVar[Example] = {"occurred_at": "2024-04-10T09:00:00Z", "age": "minor", "basis": "documents"}


class GuardianAppointed(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=RESPONSIBLE | kinds(AgencyKind.CHIEF_GUARDIAN),
    role={AgencyKind.CHIEF_GUARDIAN: Role.DECISION_MAKER},
):
    """A chief guardian or a court has appointed somebody for the child."""

    guardian: GuardianKind
    appointed_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-12T09:00:00Z",
        "guardian": "guardian-for-an-unaccompanied-child",
        "appointed_on": "2024-04-11",
    }


class BestInterestsAssessed(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=RESPONSIBLE, part=Part.SUPPORT):
    """Social services or the Migration Agency have assessed whether a step is in the child's best interests."""

    step: InterestsStep
    country: CountryCode | None = None
    in_best_interests: bool
    child_heard: bool

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-02T09:00:00Z",
        "step": "return",
        "country": "RO",
        "in_best_interests": True,
        "child_heard": True,
    }

    @model_validator(mode="after")
    def _a_journey_has_a_country(self) -> Self:
        if (self.country is None) is not (self.step is InterestsStep.INTERVIEW):
            raise ValueError("a return and a transfer name a country, an interview names none")
        return self


@evolves(AgeAssessed)
def age_assessed(case: CaseView, event: AgeAssessed, by: Provenance) -> CaseView:
    return case.advanced(age_band=AgeBand(event.age), age_basis=event.basis)


@evolves(GuardianAppointed)
def guardian_appointed(case: CaseView, event: GuardianAppointed, by: Provenance) -> CaseView:
    guardian = Guardian(id=by.event_id, kind=event.guardian, appointed_on=event.appointed_on)
    return case.advanced(guardians=(*case.guardians, guardian))


@evolves_part(BestInterestsAssessed)
def best_interests_assessed(case: CaseView, event: BestInterestsAssessed, by: Provenance) -> CaseView:
    assessed = BestInterests(
        id=by.event_id,
        step=event.step,
        country=event.country,
        in_best_interests=event.in_best_interests,
        assessed_by=by.agency,
        child_heard=event.child_heard,
    )
    others = (one for one in case.best_interests if (one.step, one.country) != (event.step, event.country))
    return case.changed(best_interests=(*others, assessed))


_INTERESTS: Final = (
    f"{NOT_IN_THE_SOURCES}: Convention on the Rights of the Child (law in Sweden by act 2018:1197), articles 3 and 12; "
    "Directive 2011/36/EU, articles 13, 14 and 16."
)
_GUARDIANS: Final = (
    f"{NOT_IN_THE_SOURCES}: act on guardians for unaccompanied children (2005:429), sections 1 to 3; act on special "
    "representatives for children (1999:997), sections 1 to 3; Parental Code, chapter 6 (to be checked by a lawyer)."
)
_AGE: Final = (
    f"{NOT_IN_THE_SOURCES}: Directive 2011/36/EU, article 13.2: somebody who may be a child is presumed to be one; "
    "Aliens Act, chapter 13, sections 17 and 18, on assessing age (to be checked by a lawyer)."
)

professionals_find_the_age_authorities_safeguard = mandate(
    "R14",
    AgeAssessed,
    GuardianAppointed,
    BestInterestsAssessed,
    en="Any professional records how it is known whether the person is a child; social services and the Migration "
    "Agency assess the child's best interests; they or the chief guardian record who is appointed for the child.",
    sv="Alla yrkesverksamma registrerar hur man vet om personen är ett barn; socialtjänsten och Migrationsverket "
    "prövar barnets bästa; de eller överförmyndaren registrerar vem som är utsedd för barnet.",
    source=_INTERESTS,
)


@rule(
    "R14",
    AgeAssessed,
    en="Nobody is presumed to be an adult, only an assessment replaces an assessment, and only social services or the "
    "Migration Agency assess an age or find that a child is an adult.",
    sv="Ingen antas vara vuxen, bara en bedömning ersätter en bedömning, och bara socialtjänsten eller "
    "Migrationsverket bedömer en ålder eller finner att ett barn är vuxet.",
    source=_AGE,
)
def age_is_found_with_care(case: CaseView, event: AgeAssessed, by: Provenance) -> Missing | None:
    if event.basis is AgeBasis.PRESUMED and event.age is AgeFound.ADULT:
        return missing(
            "Only a child is presumed; documents or an assessment show an adult.",
            "Bara barn kan antas; handlingar eller en bedömning visar att någon är vuxen.",
            *sorted(RESPONSIBLE),
        )
    if case.age_basis is AgeBasis.ASSESSMENT and event.basis is not AgeBasis.ASSESSMENT:
        return missing(
            "The age is already assessed; a new assessment may find otherwise.",
            "Åldern är redan bedömd; en ny bedömning kan visa något annat.",
            *sorted(RESPONSIBLE),
        )
    made_adult = case.age_band is AgeBand.MINOR and event.age is AgeFound.ADULT
    if (made_adult or event.basis is AgeBasis.ASSESSMENT) and by.kind not in RESPONSIBLE:
        return missing(
            "Social services or the Migration Agency find this.",
            "Detta finner socialtjänsten eller Migrationsverket.",
            *sorted(RESPONSIBLE),
        )
    return None


@rule(
    "R14",
    GuardianAppointed,
    BestInterestsAssessed,
    en="A guardian is appointed, and best interests are assessed, for a child or somebody who may be one; the "
    "appointment has been made.",
    sv="En ställföreträdare utses, och barnets bästa prövas, för ett barn eller någon som kan vara ett barn; den "
    "som registreras är redan utsedd.",
    source=_GUARDIANS,
)
def safeguards_are_for_a_child(
    case: CaseView, event: GuardianAppointed | BestInterestsAssessed, by: Provenance
) -> Missing | None:
    if not may_be_a_child(case):
        return missing("The person is an adult.", "Personen är vuxen.", *sorted(RESPONSIBLE))
    if isinstance(event, GuardianAppointed) and event.appointed_on > event.occurred_on:
        return missing(
            "The guardian is not appointed yet.", "Ställföreträdaren är inte utsedd ännu.", "the chief guardian"
        )
    return None


@rule(
    "R3",
    ConsentGiven,
    en="For a child, or somebody who may be one, a safe custodian or an appointed guardian consents; an adult consents "
    "without a custodian. A special representative consents to an investigation alone.",
    sv="För ett barn, eller någon som kan vara ett barn, samtycker en trygg vårdnadshavare eller en utsedd "
    "ställföreträdare; en vuxen samtycker utan vårdnadshavare. En särskild företrädare samtycker bara till en "
    "brottsutredning.",
    source=f"{NOT_IN_THE_SOURCES}: Parental Code, chapter 6, section 11; Public Access to Information and Secrecy Act "
    "(2009:400), chapter 12, section 3; acts 2005:429 and 1999:997. A child of 15 or more may have a say of her own, "
    "which depends on the matter: to be checked by a lawyer.",
)
def child_has_somebody_who_consents(case: CaseView, event: ConsentGiven, by: Provenance) -> Missing | None:
    if not may_be_a_child(case):
        if event.given_by is not ConsentGiver.CUSTODIAN:
            return None
        return missing("An adult has no custodian.", "En vuxen har ingen vårdnadshavare.", "the victim")
    if event.given_by is ConsentGiver.VICTIM:
        return missing(
            "The person is, or may be, a child: a custodian or a guardian consents.",
            "Personen är, eller kan vara, ett barn: en vårdnadshavare eller ställföreträdare samtycker.",
            "the custodian",
            "the guardian",
        )
    if event.given_by is ConsentGiver.CUSTODIAN and has_safe_custodian(case):
        return None
    if event.given_by is ConsentGiver.APPOINTED_GUARDIAN and (
        has_guardian(case, *event.purposes) or has_safe_custodian(case)
    ):
        return None
    return missing(
        "Nobody is traced or appointed who may consent to this for the child.",
        "Ingen vårdnadshavare är funnen, och ingen ställföreträdare utsedd, som får samtycka till detta för barnet.",
        *sorted(RESPONSIBLE),
    )
