"""Interviews with the victim, and the prosecutor's word on an offence that the victim was made to commit (R27).

The rules read the event itself and who the person is: a police officer need not read plans of support to follow them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.children import may_be_a_child
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.identification import INVESTIGATORS
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.proceedings import Interview, InterviewPlace, NonPunishment, NonPunishmentDecision
from contracts.vocabulary.agencies import AgencyKind, Role, kinds
from contracts.vocabulary.parts import Part


class ChildsRepresentative(StrEnum):
    """Who looks after a child's rights at an interview."""

    CUSTODIAN = "custodian"
    GUARDIAN = "guardian"
    SPECIAL_REPRESENTATIVE = "special-representative"


class InterviewPlanned(
    CaseEvent, chapter=Chapter.LEGAL_PROCEEDINGS, issuers=INVESTIGATORS, part=Part.INVESTIGATION, details=("place",)
):
    """The police or a prosecutor plan an interview with the victim; those who support the victim prepare for it."""

    planned_on: Day
    place: InterviewPlace

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-16T09:00:00Z",
        "planned_on": "2024-04-22",
        "place": "police-station",
    }


class InterviewHeld(
    CaseEvent,
    chapter=Chapter.LEGAL_PROCEEDINGS,
    issuers=INVESTIGATORS,
    part=Part.INVESTIGATION,
    details=("place", "recorded_on_video"),
):
    """The victim has been interviewed, as planned or without a plan."""

    interview_id: Annotated[EventId | None, Field(description="The interview as it was planned.")] = None
    held_on: Day
    place: InterviewPlace
    recorded_on_video: bool
    counsel_present: bool
    child_represented_by: Annotated[
        ChildsRepresentative | None, Field(description="For a child: who looks after the child's rights.")
    ] = None
    best_interests_considered: Annotated[
        bool, Field(description="For a child: it was found beforehand that the interview is in the child's interests.")
    ] = False

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-22T13:00:00Z",
        "interview_id": "018e0a00-0000-7000-8000-000000000082",
        "held_on": "2024-04-22",
        "place": "police-station",
        "recorded_on_video": True,
        "counsel_present": True,
    }


class NonPunishmentConsidered(
    CaseEvent,
    chapter=Chapter.LEGAL_PROCEEDINGS,
    issuers=kinds(AgencyKind.PROSECUTOR),
    role=Role.INVESTIGATION_LEADER,
    part=Part.INVESTIGATION,
):
    """A prosecutor has considered whether the victim is prosecuted for an offence that the exploitation compelled."""

    result: NonPunishment
    decided_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-06-03T09:00:00Z",
        "result": "not-prosecuted",
        "decided_on": "2024-06-03",
    }


@evolves(InterviewPlanned)
def interview_planned(case: CaseView, event: InterviewPlanned, by: Provenance) -> CaseView:
    planned = Interview(id=by.event_id, planned_on=event.planned_on)
    return case.advanced(interviews=(*case.interviews, planned))


@evolves(InterviewHeld)
def interview_held(case: CaseView, event: InterviewHeld, by: Provenance) -> CaseView:
    if event.interview_id is not None:
        return case.advanced(interviews=replaced(case.interviews, event.interview_id, held_on=event.held_on))
    unplanned = Interview(id=by.event_id, planned_on=None, held_on=event.held_on)
    return case.advanced(interviews=(*case.interviews, unplanned))


@evolves_part(NonPunishmentConsidered)
def non_punishment_considered(case: CaseView, event: NonPunishmentConsidered, by: Provenance) -> CaseView:
    decision = NonPunishmentDecision(id=by.event_id, result=event.result, decided_on=event.decided_on)
    return case.changed(non_punishment=(*case.non_punishment, decision))


_INTERVIEWS: Final = (
    f"{NOT_IN_THE_SOURCES}: Code of Judicial Procedure (1942:740), chapter 23, sections 6 and 10; ordinance on "
    f"preliminary investigations (1947:948), sections 5 to 6 ({TO_BE_CHECKED})."
)
_OF_CHILDREN: Final = (
    f"{NOT_IN_THE_SOURCES}: ordinance on preliminary investigations (1947:948), sections 17 to 19; act on special "
    "representatives for children (1999:997), sections 1 and 3; Convention on the Rights of the Child, articles 3 and "
    f"12; Directive 2011/36/EU, article 15 ({TO_BE_CHECKED})."
)
_NON_PUNISHMENT: Final = (
    f"{NOT_IN_THE_SOURCES}: Directive 2011/36/EU, article 8, as amended by Directive (EU) 2024/1712; CETS 197, article "
    f"26; Code of Judicial Procedure (1942:740), chapter 20, section 7, and chapter 23, section 4 a ({TO_BE_CHECKED})."
)

investigators_interview_the_prosecutor_spares = mandate(
    "R27",
    InterviewPlanned,
    InterviewHeld,
    NonPunishmentConsidered,
    en="The police and prosecutors interview the victim; a prosecutor considers whether a victim who was made to "
    "commit an offence is prosecuted for it.",
    sv="Polis och åklagare hör den utsatta; en åklagare överväger om den som tvingats begå ett brott ska åtalas för "
    "det.",
    source=f"{_INTERVIEWS} {_NON_PUNISHMENT}",
)


@rule(
    "R27",
    InterviewHeld,
    en="An interview is recorded when it has been held; one that was planned is held once.",
    sv="Ett förhör registreras när det har hållits; ett planerat förhör hålls en gång.",
    source=_INTERVIEWS,
)
def interview_has_been_held(case: CaseView, event: InterviewHeld, by: Provenance) -> Missing | None:
    if event.held_on > event.occurred_on:
        return missing("The day has not come yet.", "Dagen har inte kommit ännu.", by.agency)
    if event.interview_id is None:
        return None
    planned = with_id(case.interviews, event.interview_id)
    if planned is not None and planned.held_on is None:
        return None
    return missing("No such interview is planned.", "Inget sådant förhör är planerat.", *sorted(INVESTIGATORS))


@rule(
    "R27",
    NonPunishmentConsidered,
    en="A decision on an offence that was compelled is recorded when it has been made.",
    sv="Ett beslut om ett framtvingat brott registreras när det har fattats.",
    source=_NON_PUNISHMENT,
    part=Part.INVESTIGATION,
)
def punishment_is_considered(case: CaseView, event: NonPunishmentConsidered, by: Provenance) -> Missing | None:
    if event.decided_on <= event.occurred_on:
        return None
    return missing("It is not decided yet.", "Det är inte beslutat ännu.", by.agency)


@rule(
    "R27",
    InterviewHeld,
    en="A child, or somebody who may be one, is interviewed only with a custodian, a guardian or a special "
    "representative who looks after the child's rights, when that is found to be in the child's best interests.",
    sv="Ett barn, eller någon som kan vara ett barn, hörs bara med en vårdnadshavare, god man eller särskild "
    "företrädare som bevakar barnets rätt, när det har bedömts vara förenligt med barnets bästa.",
    source=_OF_CHILDREN,
)
def child_is_not_heard_alone(case: CaseView, event: InterviewHeld, by: Provenance) -> Missing | None:
    if not may_be_a_child(case):
        return None
    if event.child_represented_by is None:
        return missing(
            "Nobody is said to look after the child's rights at the interview.",
            "Det anges inte vem som bevakar barnets rätt vid förhöret.",
            "the custodian",
            "the guardian",
            "a court, which appoints a special representative",
        )
    if event.best_interests_considered:
        return None
    return missing(
        "It is not said that the interview was found to be in the child's best interests.",
        "Det anges inte att förhöret har bedömts vara förenligt med barnets bästa.",
        by.agency,
    )
