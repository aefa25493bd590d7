"""Reflection periods: thirty days in which the victim can recover and decide whether to cooperate (R5).

Other agencies apply, and the Migration Agency decides. The law on applicants changed on 2022-08-01. The file has over
250 lines because one application and its end are one subject.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.event.upcasting import PUBLICATIONS, Data
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
from contracts.sweden.chapters.identification import INVESTIGATORS
from contracts.sweden.granted_rights import CLOCK_OR_MIGRATION, MIGRATION_DECIDES, right_ends_once
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.legal_status import Decision, PermitKind, ReflectionPeriod
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import MIGRATION, AgencyKind, Role, kinds
from contracts.vocabulary.choices import DeadlineKind, Ending, ResidenceSituation
from contracts.vocabulary.codes import Language
from contracts.vocabulary.parts import Part

APPLICANTS: Final = INVESTIGATORS | kinds(AgencyKind.MUNICIPALITY)
"""Every kind that some ruleset lets apply; the ruleset in force says which."""

APPLICANT_ROLES: Final = {
    AgencyKind.POLICE: Role.INVESTIGATION_LEADER,
    AgencyKind.PROSECUTOR: Role.INVESTIGATION_LEADER,
    AgencyKind.MUNICIPALITY: Role.SOCIAL_WELFARE_BOARD,
}
"""The role that applies at each kind of applicant."""

SOCIAL_WELFARE_BOARD_SINCE: Final = date(2022, 8, 1)
"""From this day a municipality's social welfare board may apply for a reflection period, without an investigation."""


class ReflectionRefusal(StrEnum):
    """Why the Migration Agency refuses a reflection period."""

    NO_REASON_TO_PRESUME = "no-reason-to-presume-a-victim"
    HAS_RIGHT_TO_STAY = "has-right-to-stay"
    PUBLIC_ORDER = "public-order-or-security"
    INCOMPLETE = "incomplete-application"
    OTHER = "other"


class ReflectionPeriodRequested(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=APPLICANTS,
    role=APPLICANT_ROLES,
    version=2,
    part=Part.STAY,
    details=("note",),
):
    """An application for thirty days in which the victim can recover and decide whether to cooperate."""

    informed_in: Language
    without_right_to_stay: Annotated[
        bool,
        Field(
            description="The board has found that an EU citizen has no right of residence, or that a permit which was "
            "found has ended."
        ),
    ] = False
    note: Text | None = None

    example: ClassVar[Example] = {"occurred_at": "2024-03-06T10:00:00Z", "informed_in": "ro"}


@PUBLICATIONS.upcasts("se.nrm.ReflectionPeriodRequested.v1")
def nobody_asked_about_the_right_to_stay(data: Data) -> Data:
    """Upcast from version 1, in which a board could not say that a right which was found is gone."""
    return {**data, "without_right_to_stay": False}


class ReflectionPeriodGranted(
    CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=MIGRATION_DECIDES, role=Role.DECISION_MAKER
):
    """The Migration Agency grants the period; its first and last day are days of it."""

    request_id: EventId
    decided_on: Day
    starts_on: Day
    ends_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-08T12:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000009",
        "decided_on": "2024-03-08",
        "starts_on": "2024-03-08",
        "ends_on": "2024-04-06",
    }


class ReflectionPeriodRefused(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=MIGRATION_DECIDES,
    role=Role.DECISION_MAKER,
    part=Part.STAY,
    details=("reason",),
):
    """The Migration Agency refuses the period, and why."""

    request_id: EventId
    decided_on: Day
    reason: ReflectionRefusal

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-08T12:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000009",
        "decided_on": "2024-03-08",
        "reason": "has-right-to-stay",
    }


class ReflectionPeriodEnded(
    CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=frozenset(CLOCK_OR_MIGRATION), role=CLOCK_OR_MIGRATION
):
    """The reflection period is over: its thirty days have run out, or the Migration Agency has revoked it."""

    request_id: EventId
    ended_on: Annotated[Day, Field(description="The last day on which it was in force.")]
    ending: Ending = Ending.RAN_OUT

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-06T22:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000009",
        "ended_on": "2024-04-06",
        "ending": "ran-out",
    }


@evolves(ReflectionPeriodRequested)
def reflection_period_requested(case: CaseView, event: ReflectionPeriodRequested, by: Provenance) -> CaseView:
    return case.joined(
        MIGRATION, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.STAY,)
    ).advanced(
        reflection_periods=(*case.reflection_periods, ReflectionPeriod(id=by.event_id, requested_by=by.agency)),
    )


@evolves(ReflectionPeriodGranted)
def reflection_period_granted(case: CaseView, event: ReflectionPeriodGranted, by: Provenance) -> CaseView:
    return with_keeper(case, event.occurred_at, by).advanced(
        reflection_periods=replaced(
            case.reflection_periods,
            event.request_id,
            decision=Decision.GRANTED,
            starts_on=event.starts_on,
            ends_on=event.ends_on,
        )
    )


@evolves(ReflectionPeriodRefused)
def reflection_period_refused(case: CaseView, event: ReflectionPeriodRefused, by: Provenance) -> CaseView:
    return case.advanced(
        reflection_periods=replaced(case.reflection_periods, event.request_id, decision=Decision.REFUSED)
    )


@evolves(ReflectionPeriodEnded)
def reflection_period_ended(case: CaseView, event: ReflectionPeriodEnded, by: Provenance) -> CaseView:
    return case.advanced(
        reflection_periods=replaced(case.reflection_periods, event.request_id, ends_on=event.ended_on, ended=True)
    )


_THIRTY_DAYS: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “When a preliminary investigation is initiated by a preliminary investigation leader, "
    "a reflection period of 30 days can be applied for. The application for the reflection period is processed by the "
    "Swedish Migration Agency.” Aliens Act (2005:716), chapter 5, section 15, second paragraph."
)

others_apply_migration_decides = mandate(
    "R5",
    ReflectionPeriodRequested,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodEnded,
    en="An investigation leader or a municipality applies for a reflection period; only the Migration Agency decides.",
    sv="Förundersökningsledare eller kommun ansöker om betänketid; endast Migrationsverket beslutar.",
    source=_THIRTY_DAYS,
)


@rule(
    "R5",
    ReflectionPeriodRequested,
    en="An investigation leader applies for a reflection period once a preliminary investigation is open.",
    sv="En förundersökningsledare ansöker om betänketid när en förundersökning har inletts.",
    source=_THIRTY_DAYS,
)
def investigation_leader_applies(case: CaseView, event: ReflectionPeriodRequested, by: Provenance) -> Missing | None:
    if by.kind not in INVESTIGATORS:
        return missing(
            "Only an investigation leader may apply for a reflection period on that day.",
            "Den dagen fick endast en förundersökningsledare ansöka om betänketid.",
            *sorted(INVESTIGATORS),
        )
    return _needs_open_investigation(case)


@rule(
    "R5",
    ReflectionPeriodRequested,
    en="An investigation leader with an open investigation, or a municipality's social welfare board without one, "
    "applies for a reflection period.",
    sv="En förundersökningsledare med en inledd förundersökning, eller en kommuns socialnämnd utan en sådan, ansöker "
    "om betänketid.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 5, section 15, as in force from 2022-08-01.",
)
def investigation_leader_or_social_welfare_board_applies(
    case: CaseView, event: ReflectionPeriodRequested, by: Provenance
) -> Missing | None:
    return _needs_open_investigation(case) if by.kind in INVESTIGATORS else None


def _needs_open_investigation(case: CaseView) -> Missing | None:
    if case.under_investigation:
        return None
    return missing("No preliminary investigation is open.", "Ingen förundersökning pågår.", *sorted(INVESTIGATORS))


MAY_BE_GONE: Final = frozenset(
    {ResidenceSituation.EU_CITIZEN, ResidenceSituation.TEMPORARY_PERMIT, ResidenceSituation.WORK_PERMIT}
)
"""The rights to stay of which the case knows that they were found, and not whether they still hold."""


@rule(
    "R5",
    ReflectionPeriodRequested,
    en="A social welfare board applies for a reflection period for a person who has no right to stay in Sweden.",
    sv="En socialnämnd ansöker om betänketid för den som saknar rätt att vistas i Sverige.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 5, section 15, second paragraph; an EU citizen's "
    "right of residence: chapter 3 a. That a permit which was found may have ended is to be checked by a lawyer.",
)
def board_applies_for_whom_has_no_right_to_stay(
    case: CaseView, event: ReflectionPeriodRequested, by: Provenance
) -> Missing | None:
    if by.kind is not AgencyKind.MUNICIPALITY:
        return None
    if not case.has_permit(event.occurred_on, *PermitKind):
        if case.residence in (ResidenceSituation.IRREGULAR, ResidenceSituation.UNKNOWN):
            return None
        if case.residence in MAY_BE_GONE and event.without_right_to_stay:
            return None
        if case.residence in MAY_BE_GONE:
            return missing(
                "The person was found with a right to stay, and the application does not say that it is gone.",
                "Personen hade rätt att vistas här vid upptäckten, och ansökan anger inte att den har upphört.",
                by.agency,
            )
    return missing(
        "The person has the right to stay in Sweden, and needs no reflection period for it.",
        "Personen har rätt att vistas i Sverige och behöver ingen betänketid för det.",
    )


@rule(
    "R5",
    ReflectionPeriodRequested,
    en="One application for a reflection period is decided before the next, and none is made while a period runs.",
    sv="En ansökan om betänketid avgörs före nästa, och ingen görs medan en betänketid löper.",
    source=f"{NOT_IN_THE_SOURCES}: follows from one decision for each application.",
)
def one_application_at_a_time(case: CaseView, event: ReflectionPeriodRequested, by: Provenance) -> Missing | None:
    if case.awaits_reflection_decision():
        return missing("An application already awaits a decision.", "En ansökan väntar redan på beslut.", MIGRATION)
    if case.in_reflection_period(event.occurred_on, event.occurred_on):
        return missing("A reflection period is already running.", "En betänketid löper redan.")
    return None


@rule(
    "R5",
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    en="An application for a reflection period is decided once.",
    sv="En ansökan om betänketid avgörs en gång.",
    source=_THIRTY_DAYS,
)
def application_is_decided_once(
    case: CaseView, event: ReflectionPeriodGranted | ReflectionPeriodRefused, by: Provenance
) -> Missing | None:
    application = with_id(case.reflection_periods, event.request_id)
    if application is None:
        return missing("There is no such application.", "Det finns ingen sådan ansökan.", *sorted(APPLICANTS))
    if application.decision is not Decision.PENDING:
        return missing("The application is already decided.", "Ansökan är redan avgjord.", *sorted(APPLICANTS))
    return None


@rule(
    "R5",
    ReflectionPeriodGranted,
    en="A reflection period is thirty days.",
    sv="Betänketiden är trettio dagar.",
    source=_THIRTY_DAYS,
)
def period_is_thirty_days(case: CaseView, event: ReflectionPeriodGranted, by: Provenance) -> Missing | None:
    # Two ways to count are usual: the thirty days begin on the day of the decision, or on the day after it.
    if (event.ends_on - event.starts_on).days in (29, 30):
        return None
    return missing("The period is not thirty days.", "Tiden är inte trettio dagar.", MIGRATION)


@rule(
    "R5",
    ReflectionPeriodEnded,
    en="A reflection period that was granted and is not over ends once; only the Migration Agency revokes one.",
    sv="En beviljad betänketid som inte är över upphör en gång; endast Migrationsverket återkallar en.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 7, section 7 a, on revoking, {TO_BE_CHECKED}; a "
    "clock that runs out is an event.",
)
def period_ends_once(case: CaseView, event: ReflectionPeriodEnded, by: Provenance) -> Missing | None:
    return right_ends_once(with_id(case.reflection_periods, event.request_id), event.ended_on, event.ending, by)


@falls_due(DeadlineKind.REFLECTION_PERIOD)
def reflection_period_is_over(deadline: Deadline) -> ReflectionPeriodEnded:
    return ReflectionPeriodEnded(
        occurred_at=deadline.due_at, request_id=deadline.subject, ended_on=deadline.last_day, ending=Ending.RAN_OUT
    )


reflection_period_ends_after_its_last_day = runs_out(
    "R5",
    ReflectionPeriodEnded,
    "request_id",
    "A reflection period runs out when its last Swedish day is over, not before.",
    "En betänketid löper ut när dess sista svenska dag är slut, inte tidigare.",
    decided=lambda ended: ended.ending is Ending.REVOKED,
)
