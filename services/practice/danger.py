"""Acute danger is for 112, now: a case on the bus is no call for help, and nobody waits for an answer there.

After the call an agency tells the police here what the case says, on a ground in law and without consent (R26).
"""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported
from contracts.chapters.closure import CaseClosed
from contracts.chapters.detection import VictimDetected
from contracts.sweden.chapters.acute_danger import PoliceAlertAnswered, PoliceAlerted
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.alerts import AlertMeasure
from contracts.view.parts.begun import with_id

CALL_112: Final = "call 112"
ANSWER_THE_ALERT: Final = "answer the alert"
TELL_THE_PERSON: Final = "tell the person of the alert"


def calls_for_help(agency: Mandate) -> None:
    """Have an agency call 112 at once when it says that somebody is in acute danger, or is told so of a child.

    It may then tell the police, which say what they did.
    """
    agency.may_issue(*(event for event in (PoliceAlerted, PoliceAlertAnswered) if agency.kind in event.issuers))
    agency.on(VictimDetected, ChildConcernReported)(call_112)
    agency.on(ChildConcernAssessed)(child_is_seen)
    agency.on(PoliceAlerted)(police_are_told)
    agency.on(PoliceAlertAnswered)(police_have_answered)
    agency.on(CaseClosed)(case_is_closed)


async def call_112(said: VictimDetected | ChildConcernReported, case: CaseView, context: ReactionContext) -> None:
    """The agency that says so calls, or has called; so does the municipality to which a child's danger is reported."""
    told, about = {context.provenance.agency}, case.case_id
    if isinstance(said, ChildConcernReported):
        told, about = told | {said.municipality}, context.provenance.event_id
    if said.immediate_danger and context.agency in told:
        await context.open_task(
            case,
            CALL_112,
            about,
            en="Acute danger: call 112 now, if nobody has. Finish this task when the police or the ambulance know.",
            sv="Akut fara: ring 112 nu, om ingen har gjort det. Avsluta uppgiften när polisen eller ambulansen vet.",
            due=said.occurred_at.isoformat(),
            to_issue=(PoliceAlerted,),
        )


async def child_is_seen(assessed: ChildConcernAssessed, case: CaseView, context: ReactionContext) -> None:
    """Social services have seen the child."""
    await context.close_task(case, CALL_112, assessed.concern_id)


async def police_are_told(alerted: PoliceAlerted, case: CaseView, context: ReactionContext) -> None:
    """The police act at once; the agency that told them has called; the lead agency hears of it."""
    alert, teller = context.provenance.event_id, context.provenance.agency
    if context.agency == alerted.police:
        danger = LABELS.value(alerted.danger)
        await context.open_task(
            case,
            ANSWER_THE_ALERT,
            alert,
            en=f"Acute danger ({danger.en}), and 112 has been called: act now, and say here what you did.",
            sv=f"Akut fara ({danger.sv}), och 112 är uppringt: agera nu och ange här vad ni gjorde.",
            due=alerted.occurred_at.isoformat(),
            to_issue=(PoliceAlertAnswered,),
        )
    elif context.agency == teller:
        for about in _dangers(case):
            await context.close_task(case, CALL_112, about)
        if not alerted.person_told:
            await context.open_task(
                case,
                TELL_THE_PERSON,
                alert,
                en="The police were told without the person's consent: tell the person as soon as it is safe.",
                sv="Polisen underrättades utan personens samtycke: berätta det för personen så snart det är tryggt.",
            )
    elif context.agency == case.lead:
        who = context.name_of(teller)
        await context.notify(
            case,
            en=f"{who} has told the police of an acute danger: see what your case needs now.",
            sv=f"{who} har underrättat polisen om en akut fara: se vad ert ärende behöver nu.",
        )


async def police_have_answered(answered: PoliceAlertAnswered, case: CaseView, context: ReactionContext) -> None:
    """The police are done, unless they still search; the agency that told them and the lead agency hear of it."""
    alert = with_id(case.alerts, answered.alert_id)
    if alert is None:
        return
    if context.agency == alert.police:
        if answered.measure is not AlertMeasure.SEARCHING:
            await context.close_task(case, ANSWER_THE_ALERT, alert.id)
    elif context.agency in (alert.alerted_by, case.lead):
        measure = LABELS.value(answered.measure)
        await context.notify(
            case,
            en=f"The police say of the acute danger: {measure.en}.",
            sv=f"Polisen säger om den akuta faran: {measure.sv}.",
        )


async def case_is_closed(closed: CaseClosed, case: CaseView, context: ReactionContext) -> None:
    """In a closed case nobody is left to be called, found or told."""
    for about in _dangers(case):
        await context.close_task(case, CALL_112, about)
    for alert in case.alerts:
        await context.close_task(case, ANSWER_THE_ALERT, alert.id)
        await context.close_task(case, TELL_THE_PERSON, alert.id)


def _dangers(case: CaseView) -> tuple[str, ...]:
    """What an agency can have been told to call 112 about."""
    return (case.case_id, *(concern.id for concern in case.child_concerns))
