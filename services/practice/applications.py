"""The tasks of applicants for reflection periods and permits: they learn the decision, and act in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.closure import CaseClosed
from contracts.sweden.chapters.identification import InvestigationClosed
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.legal_status import Decision, Permit, PermitKind, ReflectionPeriod

ASK_THE_PERSON: Final = "ask what the person has decided"
AFTER_THE_PERIOD: Final = "see to what follows the reflection period"
AFTER_THE_REFUSAL: Final = "see to what follows the refusal"
PROLONG: Final = "prolong the permit"
AFTER_THE_PERMIT: Final = "see to what follows the permit"


def applies_for_the_right_to_stay(agency: Mandate) -> None:
    """Give an agency that applies for reflection periods and permits the tasks of an applicant."""
    agency.on(ReflectionPeriodGranted)(ask_what_the_person_decides)
    agency.on(ReflectionPeriodEnded)(see_to_what_follows_the_period)
    agency.on(ReflectionPeriodRefused, ResidencePermitRefused)(see_to_what_follows_the_refusal)
    agency.on(ResidencePermitGranted)(prolong_in_time)
    agency.on(ResidencePermitEnded)(see_to_what_follows_the_permit)
    agency.on(ReflectionPeriodRequested, ResidencePermitRequested, InvestigationClosed, CaseClosed)(applied_or_settled)


async def ask_what_the_person_decides(
    granted: ReflectionPeriodGranted, case: CaseView, context: ReactionContext
) -> None:
    """Open a task, due when the period ends, at the applicant and at the agency that leads the investigation.

    The victim has thirty days to decide whether to cooperate.
    """
    period = with_id(case.reflection_periods, granted.request_id)
    leads = case.under_investigation and case.investigation is not None and case.investigation.led_by == context.agency
    if leads or (period is not None and period.requested_by == context.agency):
        await context.open_task(
            case,
            ASK_THE_PERSON,
            granted.request_id,
            en="The reflection period ends: ask what the person has decided.",
            sv="Betänketiden går ut: fråga vad personen har bestämt.",
            due=granted.ends_on.isoformat(),
        )


async def see_to_what_follows_the_period(
    ended: ReflectionPeriodEnded, case: CaseView, context: ReactionContext
) -> None:
    """Open a task at the applicant, because the period gives no right to stay any more.

    There is no task when a permit is in force, or an application for one is undecided.
    """
    await context.close_task(case, ASK_THE_PERSON, ended.request_id)
    period = with_id(case.reflection_periods, ended.request_id)
    if period is None or period.requested_by != context.agency or _has_applied_for_a_permit(case, ended):
        return
    await context.open_task(
        case,
        AFTER_THE_PERIOD,
        ended.request_id,
        en="The reflection period is over: see to a permit, or tell the person what follows.",
        sv="Betänketiden är slut: ordna ett tillstånd, eller berätta för personen vad som följer.",
        to_issue=(ResidencePermitRequested,),
    )


def _has_applied_for_a_permit(case: CaseView, ended: ReflectionPeriodEnded) -> bool:
    return case.awaits_permit_decision() or case.has_permit(ended.occurred_on, *PermitKind)


async def see_to_what_follows_the_refusal(
    refused: ReflectionPeriodRefused | ResidencePermitRefused, case: CaseView, context: ReactionContext
) -> None:
    """Open a task at the applicant, who tells the person and looks for another way."""
    application = with_id(case.reflection_periods, refused.request_id) or with_id(case.permits, refused.request_id)
    if application is None or application.requested_by != context.agency:
        return
    await context.open_task(
        case,
        AFTER_THE_REFUSAL,
        application.id,
        en="The Migration Agency has refused your application: tell the person why, and see to what follows.",
        sv="Migrationsverket har avslagit er ansökan: berätta för personen varför och ordna det som följer.",
    )


async def prolong_in_time(granted: ResidencePermitGranted, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the applicant, due on the permit's last day: after it the person loses the right to stay."""
    permit = with_id(case.permits, granted.request_id)
    if permit is not None and permit.requested_by == context.agency:
        await context.open_task(
            case,
            PROLONG,
            permit.id,
            en="The permit is granted until this day: prolong it in time, if it is still needed.",
            sv="Tillståndet är beviljat till och med denna dag: förläng det i tid, om det behövs.",
            due=granted.valid_until.isoformat(),
            to_issue=(ResidencePermitRequested,),
        )


async def see_to_what_follows_the_permit(ended: ResidencePermitEnded, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the applicant, unless another permit is in force or an application for one is undecided."""
    permit = with_id(case.permits, ended.permit_id)
    if permit is None or permit.requested_by != context.agency:
        return
    await context.close_task(case, PROLONG, permit.id)
    if not _has_another_permit(case, ended):
        await context.open_task(
            case,
            AFTER_THE_PERMIT,
            permit.id,
            en="The permit is over: see to a new one, or tell the person what follows.",
            sv="Tillståndet är slut: ordna ett nytt, eller berätta för personen vad som följer.",
            to_issue=(ResidencePermitRequested,),
        )


def _has_another_permit(case: CaseView, ended: ResidencePermitEnded) -> bool:
    others = (permit for permit in case.permits if permit.id != ended.permit_id)
    return case.awaits_permit_decision() or any(permit.in_force(ended.occurred_on) for permit in others)


async def applied_or_settled(
    event: ReflectionPeriodRequested | ResidencePermitRequested | InvestigationClosed | CaseClosed,
    case: CaseView,
    context: ReactionContext,
) -> None:
    """Close the tasks of earlier applications: a new application takes their place, or the investigation or case ends.

    A new application for a reflection period leaves the task to ask what the person has decided.
    """
    applications: tuple[ReflectionPeriod | Permit, ...] = (*context.before.reflection_periods, *context.before.permits)
    for application in applications:
        for what in _asked_about(application):
            if what != ASK_THE_PERSON or not isinstance(event, ReflectionPeriodRequested):
                await context.close_task(case, what, application.id)


def _asked_about(application: ReflectionPeriod | Permit) -> Iterator[str]:
    """The tasks that the applicant has got for this application so far."""
    if application.decision is Decision.REFUSED:
        yield AFTER_THE_REFUSAL
    elif isinstance(application, ReflectionPeriod):
        if application.decision is Decision.GRANTED:
            yield ASK_THE_PERSON
        if application.ended:
            yield AFTER_THE_PERIOD
    elif application.requested_by is not None:
        if application.decision is Decision.GRANTED:
            yield PROLONG
        if application.ended:
            yield AFTER_THE_PERMIT
