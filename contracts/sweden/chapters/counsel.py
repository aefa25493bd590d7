"""Counsel: a lawyer is appointed for the victim, in the criminal case or in the case on the right to stay (R27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.identification import Identification
from contracts.view.parts.proceedings import Counsel, CounselTask
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role, kinds

LAWYERS: Final = kinds(AgencyKind.LEGAL_COUNSEL)

WHO_LEARNS_OF_IT: Final = kinds(
    AgencyKind.COURT, AgencyKind.MIGRATION, AgencyKind.PROSECUTOR, AgencyKind.POLICE, AgencyKind.LEGAL_COUNSEL
)
"""A court or the Migration Agency appoints; the others record an appointment whose authority is not on the bus."""


class CounselAppointed(
    CaseEvent,
    chapter=Chapter.LEGAL_PROCEEDINGS,
    issuers=WHO_LEARNS_OF_IT,
    role={AgencyKind.COURT: Role.DECISION_MAKER, AgencyKind.MIGRATION: Role.DECISION_MAKER},
):
    """A court or the Migration Agency has appointed counsel for the victim. It gives the counsel no access to the case:
    a referral to it does, with the victim's consent.
    """

    task: CounselTask
    appointed_on: Day
    counsel: Annotated[AgencyId | None, Field(description="The counsel, where it is on the bus.")] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-15T09:00:00Z",
        "task": "counsel-for-the-injured-party",
        "appointed_on": "2024-04-15",
        "counsel": "legal-counsel-lagerlof",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {} if self.counsel is None else {self.counsel: LAWYERS}


@evolves(CounselAppointed)
def counsel_appointed(case: CaseView, event: CounselAppointed, by: Provenance) -> CaseView:
    counsel = Counsel(id=by.event_id, task=event.task, appointed_on=event.appointed_on, counsel=event.counsel)
    return case.advanced(counsel=(*case.counsel, counsel))


_COUNSEL: Final = (
    f"{NOT_IN_THE_SOURCES}: act on counsel for the injured party (1988:609), sections 1 and 4; act on public counsel "
    f"(1996:1620), sections 1 and 5; Directive 2011/36/EU, article 12.2 ({TO_BE_CHECKED})."
)

courts_and_migration_appoint_counsel = mandate(
    "R27",
    CounselAppointed,
    en="A court or the Migration Agency appoints counsel; the police, a prosecutor or the counsel may record it.",
    sv="En domstol eller Migrationsverket förordnar biträde; polis, åklagare eller biträdet får registrera det.",
    source=_COUNSEL,
)


@rule(
    "R27",
    CounselAppointed,
    en="Counsel for the injured party follows the opening of an investigation, and an appointment has been made.",
    sv="Ett målsägandebiträde förordnas när en förundersökning har inletts, och förordnandet har skett.",
    source=_COUNSEL,
)
def counsel_follows_an_investigation(case: CaseView, event: CounselAppointed, by: Provenance) -> Missing | None:
    if event.appointed_on > event.occurred_on:
        return missing("The counsel is not appointed yet.", "Biträdet är inte förordnat ännu.", AgencyKind.COURT)
    if event.task is not CounselTask.INJURED_PARTY or case.identification is Identification.FORMAL:
        return None
    return missing(
        "No preliminary investigation has been opened.",
        "Ingen förundersökning har inletts.",
        AgencyKind.POLICE,
        AgencyKind.PROSECUTOR,
    )
