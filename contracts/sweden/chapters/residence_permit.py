"""The temporary residence permit of six months or more, for which an investigation leader applies directly (R6).

It needs no reflection period before it, but a recorded dialogue with the victim and the providers. The file has over
250 lines because one application and its end are one subject.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
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
from contracts.sweden.granted_rights import CLOCK_OR_MIGRATION, MIGRATION_DECIDES, right_ends_once, with_a_permit
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.legal_status import Decision, Permit, PermitKind
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import MIGRATION, AgencyId, Role
from contracts.vocabulary.choices import DeadlineKind, Ending, ResidenceSituation
from contracts.vocabulary.parts import Part


class PermitRefusal(StrEnum):
    """Why the Migration Agency refuses a temporary permit."""

    NOT_NEEDED_FOR_THE_INVESTIGATION = "not-needed-for-the-investigation"
    NO_COOPERATION = "no-cooperation"
    TIES_TO_SUSPECTS_NOT_BROKEN = "ties-to-suspects-not-broken"
    PUBLIC_ORDER = "public-order-or-security"
    INCOMPLETE = "incomplete-application"
    OTHER = "other"


class ResidencePermitRequested(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=INVESTIGATORS,
    role=Role.INVESTIGATION_LEADER,
    part=Part.STAY,
    details=("note",),
):
    """An investigation leader applies for a temporary permit, after dialogue with the victim and the providers."""

    dialogue_with_victim_on: Day | None = None
    providers_consulted: Annotated[tuple[AgencyId, ...], Field(max_length=20)] = ()
    extends: Annotated[EventId | None, Field(description="The application whose permit this one is to prolong.")] = None
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-03T09:00:00Z",
        "dialogue_with_victim_on": "2024-04-02",
        "providers_consulted": ["municipality-0180", "ngo-fyren"],
    }


class ResidencePermitGranted(
    CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=MIGRATION_DECIDES, role=Role.DECISION_MAKER
):
    """The Migration Agency grants the permit; its first and last day are days of it."""

    request_id: EventId
    decided_on: Day
    valid_from: Day
    valid_until: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-05T12:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000029",
        "decided_on": "2024-04-05",
        "valid_from": "2024-04-05",
        "valid_until": "2024-10-04",
    }

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.valid_until < self.valid_from:
            raise ValueError("ends before it starts")
        return self


class ResidencePermitRefused(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=MIGRATION_DECIDES,
    role=Role.DECISION_MAKER,
    part=Part.STAY,
    details=("reason",),
):
    """The Migration Agency refuses the permit, and why."""

    request_id: EventId
    decided_on: Day
    reason: PermitRefusal

    example: ClassVar[Example] = {
        "occurred_at": "2024-04-05T12:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000029",
        "decided_on": "2024-04-05",
        "reason": "not-needed-for-the-investigation",
    }


class ResidencePermitEnded(
    CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=frozenset(CLOCK_OR_MIGRATION), role=CLOCK_OR_MIGRATION
):
    """A time-limited permit of any kind is over: its time has run out, or the Migration Agency has revoked it."""

    permit_id: EventId
    ended_on: Annotated[Day, Field(description="The last day on which it was in force.")]
    ending: Ending = Ending.RAN_OUT

    example: ClassVar[Example] = {
        "occurred_at": "2024-10-04T22:00:00Z",
        "permit_id": "018e0a00-0000-7000-8000-000000000029",
        "ended_on": "2024-10-04",
        "ending": "ran-out",
    }


@evolves(ResidencePermitRequested)
def residence_permit_requested(case: CaseView, event: ResidencePermitRequested, by: Provenance) -> CaseView:
    application = Permit(id=by.event_id, kind=PermitKind.TEMPORARY, requested_by=by.agency)
    return case.joined(
        MIGRATION, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.STAY,)
    ).advanced(
        permits=(*case.permits, application),
    )


@evolves(ResidencePermitGranted)
def residence_permit_granted(case: CaseView, event: ResidencePermitGranted, by: Provenance) -> CaseView:
    granted = {"decision": Decision.GRANTED, "starts_on": event.valid_from, "ends_on": event.valid_until}
    return with_keeper(case, event.occurred_at, by).advanced(
        permits=replaced(case.permits, event.request_id, **granted),
        residence=with_a_permit(case, ResidenceSituation.TEMPORARY_PERMIT),
    )


@evolves(ResidencePermitRefused)
def residence_permit_refused(case: CaseView, event: ResidencePermitRefused, by: Provenance) -> CaseView:
    return case.advanced(permits=replaced(case.permits, event.request_id, decision=Decision.REFUSED))


@evolves(ResidencePermitEnded)
def residence_permit_ended(case: CaseView, event: ResidencePermitEnded, by: Provenance) -> CaseView:
    permits = replaced(case.permits, event.permit_id, ends_on=event.ended_on, ended=True)
    after = case.changed(permits=permits)
    # The last permit ends the right to stay only when that right rested on permits: a resident stays a resident, and an
    # asylum seeker an asylum seeker.
    rested_on_permits = case.residence in (ResidenceSituation.TEMPORARY_PERMIT, ResidenceSituation.WORK_PERMIT)
    if rested_on_permits and not after.has_permit(event.ended_on + timedelta(days=1), *PermitKind):
        after = after.changed(residence=ResidenceSituation.IRREGULAR)
    return after.advanced()


_DIRECTLY: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “If deemed necessary by the Police, after a close dialogue with the victim and "
    "assistance providers, it is possible to apply for a temporary residence permit directly.” Aliens Act (2005:716), "
    "chapter 5, section 15, first paragraph."
)

investigation_leader_applies_migration_decides = mandate(
    "R6",
    ResidencePermitRequested,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitEnded,
    en="An investigation leader applies for a temporary residence permit; only the Migration Agency decides.",
    sv="En förundersökningsledare ansöker om tillfälligt uppehållstillstånd; endast Migrationsverket beslutar.",
    source=_DIRECTLY,
)


@rule(
    "R6",
    ResidencePermitRequested,
    en="A temporary permit is applied for in an open investigation, after recorded dialogue with the victim and the "
    "providers; it needs no reflection period first.",
    sv="Tillfälligt uppehållstillstånd söks under en pågående förundersökning, efter dokumenterad dialog med den "
    "utsatta och stödgivarna; ingen betänketid behövs först.",
    source=f"{_DIRECTLY} “A preliminary investigation is a way for the victim to obtain a legal status.”",
)
def permit_follows_dialogue(case: CaseView, event: ResidencePermitRequested, by: Provenance) -> Missing | None:
    if not case.under_investigation:
        return missing("No preliminary investigation is open.", "Ingen förundersökning pågår.", *sorted(INVESTIGATORS))
    if event.dialogue_with_victim_on is None or event.dialogue_with_victim_on > event.occurred_on:
        return missing(
            "No dialogue with the victim is recorded.", "Ingen dialog med den utsatta är dokumenterad.", by.agency
        )
    if not event.providers_consulted:
        return missing(
            "No dialogue with the providers is recorded.", "Ingen dialog med stödgivarna är dokumenterad.", by.agency
        )
    return None


@rule(
    "R6",
    ResidencePermitRequested,
    en="One application for a permit is decided before the next; one made while a permit is in force prolongs it.",
    sv="En ansökan om uppehållstillstånd avgörs före nästa; en som görs medan ett tillstånd gäller förlänger det.",
    source=f"{NOT_IN_THE_SOURCES}: follows from one decision for each application.",
)
def one_permit_application_at_a_time(case: CaseView, event: ResidencePermitRequested, by: Provenance) -> Missing | None:
    if case.awaits_permit_decision():
        return missing("An application already awaits a decision.", "En ansökan väntar redan på beslut.", MIGRATION)
    current = next((p for p in case.permits if p.kind is PermitKind.TEMPORARY and p.in_force(event.occurred_on)), None)
    if event.extends is not None and with_id(case.permits, event.extends) is None:
        return missing(
            "There is no such permit to prolong.", "Det finns inget sådant tillstånd att förlänga.", by.agency
        )
    if current is not None and event.extends != current.id:
        return missing(
            "A permit is in force; the application does not say that it prolongs it.",
            "Ett tillstånd gäller; ansökan anger inte att den förlänger det.",
            by.agency,
        )
    return None


@rule(
    "R6",
    ResidencePermitGranted,
    ResidencePermitRefused,
    en="An application for a temporary permit is decided once.",
    sv="En ansökan om tillfälligt uppehållstillstånd avgörs en gång.",
    source=f"{NOT_IN_THE_SOURCES}: follows from one decision for each application.",
)
def permit_is_decided_once(
    case: CaseView, event: ResidencePermitGranted | ResidencePermitRefused, by: Provenance
) -> Missing | None:
    application = with_id(case.permits, event.request_id)
    if application is None:
        return missing("There is no such application.", "Det finns ingen sådan ansökan.", *sorted(INVESTIGATORS))
    if application.decision is not Decision.PENDING:
        return missing("The application is already decided.", "Ansökan är redan avgjord.", *sorted(INVESTIGATORS))
    return None


@rule(
    "R6",
    ResidencePermitGranted,
    en="A temporary permit is for six months or more.",
    sv="Ett tillfälligt uppehållstillstånd gäller i sex månader eller mer.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 5, section 15, first paragraph: a permit of at "
    "least six months.",
)
def permit_is_six_months_or_more(case: CaseView, event: ResidencePermitGranted, by: Provenance) -> Missing | None:
    if event.valid_until >= six_months_from(event.valid_from):
        return None
    return missing("The permit is shorter than six months.", "Tillståndet är kortare än sex månader.", MIGRATION)


def six_months_from(first: Day) -> date:
    """The last day of the six calendar months that begin on this day.

    It is the day before the same day of the month, six months later. When that month is too short, its last day counts
    as the same day.
    """
    years, month = divmod(first.month + 5, 12)
    year = first.year + years
    day = min(first.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


@rule(
    "R6",
    ResidencePermitEnded,
    en="A permit that was granted and is not over ends once; only the Migration Agency revokes one.",
    sv="Ett beviljat tillstånd som inte är över upphör en gång; endast Migrationsverket återkallar ett.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 7, section 7 a, on revoking, {TO_BE_CHECKED}; a "
    "clock that runs out is an event.",
)
def permit_ends_once(case: CaseView, event: ResidencePermitEnded, by: Provenance) -> Missing | None:
    return right_ends_once(with_id(case.permits, event.permit_id), event.ended_on, event.ending, by)


@falls_due(DeadlineKind.PERMIT)
def permit_is_over(deadline: Deadline) -> ResidencePermitEnded:
    return ResidencePermitEnded(
        occurred_at=deadline.due_at, permit_id=deadline.subject, ended_on=deadline.last_day, ending=Ending.RAN_OUT
    )


permit_ends_after_its_last_day = runs_out(
    "R6",
    ResidencePermitEnded,
    "permit_id",
    "A permit runs out when its last Swedish day is over, not before.",
    "Ett tillstånd löper ut när dess sista svenska dag är slut, inte tidigare.",
    decided=lambda ended: ended.ending is Ending.REVOKED,
)
