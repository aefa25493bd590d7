"""Child protection: a concern for a child reaches social services at once, and a custodian is found (R14).

The file has over 250 lines because the concern, its assessment and the search for a custodian are one duty.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.children import may_be_a_child
from contracts.law.deadlines import Deadline, falls_due, runs_out
from contracts.law.rule import (
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    TO_BE_CHECKED,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.law.time_kept import with_keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, leaves_more
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.child_protection import ChildConcern
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import (
    ANY_AGENCY,
    SWEDISH_PROFESSIONALS,
    AgencyId,
    AgencyKind,
    Role,
    is_named_as,
    kinds,
)
from contracts.vocabulary.choices import AgeBand, DeadlineKind
from contracts.vocabulary.parts import Part

TRACERS: Final = kinds(AgencyKind.MUNICIPALITY, AgencyKind.MIGRATION)
"""Social services, and the Migration Agency for a child who seeks asylum."""


class Concern(StrEnum):
    """What a report of concern is about."""

    EXPLOITATION = "exploitation"
    VIOLENCE = "violence"
    NEGLECT = "neglect"
    NO_GUARDIAN = "no-guardian"
    RISK_OF_DISAPPEARING = "risk-of-disappearing"
    RETURN_TO_EXPLOITERS = "return-to-exploiters"
    OTHER = "other"


class ProtectionMeasure(StrEnum):
    """What social services do after assessing the need for protection."""

    NONE_NEEDED = "none-needed"
    INQUIRY_OPENED = "inquiry-opened"
    PLACED_WITH_CONSENT = "placed-with-consent"
    TAKEN_INTO_IMMEDIATE_CARE = "taken-into-immediate-care"


class Custodian(StrEnum):
    """Who answers for the child."""

    PARENT = "parent"
    RELATIVE = "relative"
    APPOINTED_GUARDIAN = "appointed-guardian"
    NOBODY_FOUND = "nobody-found"


class ChildConcernReported(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=SWEDISH_PROFESSIONALS,
    part=Part.SUPPORT,
    details=("concern", "immediate_danger", "note"),
):
    """A professional reports concern for a child to a municipality's social services; it is a duty, and takes no
    consent. A person of unknown age is presumed to be a child.
    """

    municipality: AgencyId
    concern: Concern
    immediate_danger: bool = False
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T10:00:00Z",
        "municipality": "municipality-0180",
        "concern": "exploitation",
        "immediate_danger": False,
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.municipality: kinds(AgencyKind.MUNICIPALITY)}


class ChildConcernAssessed(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=kinds(AgencyKind.MUNICIPALITY),
    part=Part.SUPPORT,
    details=("measure",),
):
    """Social services have assessed the need for protection: the same day or the next, and late rather than never."""

    concern_id: EventId
    protection_needed: bool
    measure: ProtectionMeasure

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T09:00:00Z",
        "concern_id": "018e0a00-0000-7000-8000-000000000038",
        "protection_needed": True,
        "measure": "placed-with-consent",
    }


class ChildAssessmentOverdue(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=ANY_AGENCY, role=Role.CLOCK):
    """The day after the report has passed without an assessment of the child's need for protection."""

    concern_id: EventId

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T23:00:00Z",
        "concern_id": "018e0a00-0000-7000-8000-000000000038",
    }


class CustodianTraced(CaseEvent, chapter=Chapter.ASSISTANCE, issuers=TRACERS, part=Part.SUPPORT, details=("note",)):
    """The search for who answers for an unaccompanied child has come to an end, or to a first one."""

    custodian: Custodian
    safe_for_the_child: bool
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-07T09:00:00Z",
        "custodian": "appointed-guardian",
        "safe_for_the_child": True,
    }


@evolves(ChildConcernReported)
def child_concern_reported(case: CaseView, event: ChildConcernReported, by: Provenance) -> CaseView:
    concern = ChildConcern(
        id=by.event_id, reported_by=by.agency, municipality=event.municipality, reported_on=event.occurred_on
    )
    timed = with_keeper(case, event.occurred_at, by)
    return timed.joined(
        event.municipality, participation=Participation.PROTECTS, since=event.occurred_at, parts=(Part.SUPPORT,)
    ).advanced(age_band=AgeBand.MINOR, child_concerns=(*case.child_concerns, concern))


@evolves(ChildConcernAssessed)
def child_concern_assessed(case: CaseView, event: ChildConcernAssessed, by: Provenance) -> CaseView:
    assessed = {"assessed_on": event.occurred_on, "protection_needed": event.protection_needed}
    return case.advanced(child_concerns=replaced(case.child_concerns, event.concern_id, **assessed))


@evolves(ChildAssessmentOverdue)
def child_assessment_overdue(case: CaseView, event: ChildAssessmentOverdue, by: Provenance) -> CaseView:
    return case.advanced(child_concerns=replaced(case.child_concerns, event.concern_id, overdue=True))


@evolves(CustodianTraced)
def custodian_traced(case: CaseView, event: CustodianTraced, by: Provenance) -> CaseView:
    found = event.custodian is not Custodian.NOBODY_FOUND and event.safe_for_the_child
    # Earlier nothing took a custodian back, so the doubt is a field of its own.
    in_doubt = leaves_more(by) and case.custodian_traced and not found
    return case.advanced(custodian_traced=case.custodian_traced or found, custodian_in_doubt=in_doubt)


_DUTY: Final = (
    f"{NOT_IN_THE_SOURCES}: Social Services Act (2001:453), chapter 14, section 1, on reports of concern, and chapter "
    "11, section 1 a, on assessing the need for protection at once; that it is the same or the next day is "
    f"{TO_BE_CHECKED}, and so are the sections of Social Services Act (2025:400), since July 2025."
)

_TRACING: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “tracing a parent or some other person responsible for the actual custody of an "
    "unaccompanied minor who is a victim”. Act (2005:429) on guardians for unaccompanied children, section 2; "
    "Ordinance (1994:361) on the reception of asylum seekers, section 2 d."
)

professionals_report_social_services_assess = mandate(
    "R14",
    ChildConcernReported,
    ChildConcernAssessed,
    ChildAssessmentOverdue,
    CustodianTraced,
    en="Any professional reports concern for a child; social services assess it; they or the Migration Agency trace a "
    "custodian; the clock says when an assessment is overdue.",
    sv="Alla yrkesverksamma anmäler oro för ett barn; socialtjänsten bedömer den; den eller Migrationsverket söker en "
    "vårdnadshavare; klockan säger när en bedömning dröjer.",
    source=_DUTY,
)


@rule(
    "R14",
    ChildConcernReported,
    en="A report of concern is about a child, or somebody who may be one, and goes to a municipality.",
    sv="En orosanmälan gäller ett barn, eller någon som kan vara ett barn, och går till en kommun.",
    source=f"{_DUTY} Directive 2011/36/EU, article 13.2: somebody who may be a child is presumed to be one.",
)
def concern_is_for_a_child(case: CaseView, event: ChildConcernReported, by: Provenance) -> Missing | None:
    if not may_be_a_child(case):
        return missing("The person is an adult.", "Personen är vuxen.", "the victim, who may consent to a referral")
    if is_named_as(event.municipality, AgencyKind.MUNICIPALITY):
        return None
    return missing(
        f"{event.municipality} is no municipality.", f"{event.municipality} är ingen kommun.", AgencyKind.MUNICIPALITY
    )


@rule(
    "R14",
    ChildConcernAssessed,
    en="A report of concern is assessed once, by the municipality that it went to.",
    sv="En orosanmälan bedöms en gång, av kommunen som den gick till.",
    source=_DUTY,
)
def concern_is_assessed_once(case: CaseView, event: ChildConcernAssessed, by: Provenance) -> Missing | None:
    concern = with_id(case.child_concerns, event.concern_id)
    if concern is None:
        return missing("There is no such report of concern.", "Det finns ingen sådan orosanmälan.", "any professional")
    if by.agency != concern.municipality:
        return missing(
            f"The report went to {concern.municipality}.",
            f"Anmälan gick till {concern.municipality}.",
            concern.municipality,
        )
    if concern.assessed_on is None:
        return None
    return missing("The concern is already assessed.", "Oron är redan bedömd.", by.agency)


@rule(
    "R14",
    CustodianTraced,
    en="A custodian is traced for an unaccompanied child.",
    sv="En vårdnadshavare söks för ett ensamkommande barn.",
    source=_TRACING,
)
def custodian_is_for_a_child(case: CaseView, event: CustodianTraced, by: Provenance) -> Missing | None:
    if may_be_a_child(case):
        return None
    return missing("The person is an adult.", "Personen är vuxen.", "nobody")


@falls_due(DeadlineKind.CHILD_ASSESSMENT)
def assessment_is_overdue(deadline: Deadline) -> ChildAssessmentOverdue:
    return ChildAssessmentOverdue(occurred_at=deadline.due_at, concern_id=deadline.subject)


assessment_is_overdue_after_the_next_day = runs_out(
    "R14",
    ChildAssessmentOverdue,
    "concern_id",
    "An assessment is overdue when the Swedish day after the report is over without it, not before.",
    "En bedömning är försenad när den svenska dagen efter anmälan är slut utan den, inte tidigare.",
)
