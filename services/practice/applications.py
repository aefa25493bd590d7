"""What applicants for reflection periods and permits do: they learn the decision, and act before the time is out."""

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
    """Let an agency that applies for reflection periods and permits learn what becomes of them."""
    agency.on(ReflectionPeriodGranted)(ask_what_the_person_decides)
    agency.on(ReflectionPeriodEnded)(see_to_what_follows_the_period)
    agency.on(ReflectionPeriodRefused, ResidencePermitRefused)(see_to_what_follows_the_refusal)
    agency.on(ResidencePermitGranted)(prolong_in_time)
    agency.on(ResidencePermitEnded)(see_to_what_follows_the_permit)
    agency.on(ReflectionPeriodRequested, ResidencePermitRequested, InvestigationClosed, CaseClosed)(applied_or_settled)


async def ask_what_the_person_decides(
    granted: ReflectionPeriodGranted, case: CaseView, context: ReactionContext
) -> None:
    """Thirty days for the victim to decide whether to cooperate: who leads the investigation, and who applied, see when
    they end.
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
    """When the period is over the person has no right to stay by it: a permit is applied for, or the case goes on
    otherwise.
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
    )


def _has_applied_for_a_permit(case: CaseView, ended: ReflectionPeriodEnded) -> bool:
    return case.awaits_permit_decision() or case.has_permit(ended.occurred_on, *PermitKind)


async def see_to_what_follows_the_refusal(
    refused: ReflectionPeriodRefused | ResidencePermitRefused, case: CaseView, context: ReactionContext
) -> None:
    """Whoever applied tells the person, and looks for another way."""
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
    """A permit is prolonged while it is in force, or the person loses the right to stay."""
    permit = with_id(case.permits, granted.request_id)
    if permit is not None and permit.requested_by == context.agency:
        await context.open_task(
            case,
            PROLONG,
            permit.id,
            en="The permit is granted until this day: prolong it in time, if it is still needed.",
            sv="Tillståndet är beviljat till och med denna dag: förläng det i tid, om det behövs.",
            due=granted.valid_until.isoformat(),
        )


async def see_to_what_follows_the_permit(ended: ResidencePermitEnded, case: CaseView, context: ReactionContext) -> None:
    """Whoever applied for it sees to what follows."""
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
        )


def _has_another_permit(case: CaseView, ended: ResidencePermitEnded) -> bool:
    others = (permit for permit in case.permits if permit.id != ended.permit_id)
    return case.awaits_permit_decision() or any(permit.in_force(ended.occurred_on) for permit in others)


async def applied_or_settled(
    event: ReflectionPeriodRequested | ResidencePermitRequested | InvestigationClosed | CaseClosed,
    case: CaseView,
    context: ReactionContext,
) -> None:
    """A new application takes up what an earlier one left; a closed investigation or case asks for nothing more."""
    applications: tuple[ReflectionPeriod | Permit, ...] = (*context.before.reflection_periods, *context.before.permits)
    for application in applications:
        for what in _asked_about(application):
            if what != ASK_THE_PERSON or not isinstance(event, ReflectionPeriodRequested):
                await context.close_task(case, what, application.id)


def _asked_about(application: ReflectionPeriod | Permit) -> Iterator[str]:
    """What has been asked of the applicant so far."""
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
