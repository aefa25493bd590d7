"""Voluntary returns: the applicant learns IOM's decision, and the lead agency learns of the arrival.

For a child, the coordinator who countersigns also gets the word of the receiving country.
"""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.closure import CaseClosed
from contracts.law.children import may_be_a_child
from contracts.sweden.chapters.return_choice import ReceptionConfirmed, ReturnChosen
from contracts.sweden.chapters.return_journey import Returned
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnRefused, ReturnRequested
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.voluntary_return import ReturnStage

FOLLOW_UP: Final = "follow up the return and close the case"
CONFIRM_RECEPTION: Final = "get the word of the receiving country"
PLAN_ANEW: Final = "plan anew after the refusal"


def hears_of_returns(agency: Mandate) -> None:
    """Let an agency that may apply for a return learn the result, and give it the tasks that follow."""
    if agency.kind in ReceptionConfirmed.issuers:
        agency.may_issue(ReceptionConfirmed)
        agency.on(ReturnRequested)(get_the_word_of_the_receiving_country)
        agency.on(ReceptionConfirmed, ReturnRefused)(reception_is_settled)
    if agency.kind in ReturnRequested.issuers:
        agency.may_issue(ReturnChosen)
        agency.on(ReturnRequested)(planned_anew)
        agency.on(ReturnApproved, ReturnRefused)(learn_the_decision)
        agency.on(Returned)(follow_up_the_return)
        agency.on(CaseClosed)(followed_up)


async def learn_the_decision(decided: ReturnApproved | ReturnRefused, case: CaseView, context: ReactionContext) -> None:
    """Tell the applicant of an approval; after a refusal open a task, since the person still needs a plan."""
    application = with_id(case.returns, decided.request_id)
    if application is None or application.requested_by != context.agency:
        return
    if isinstance(decided, ReturnApproved):
        await context.notify(
            case,
            en="IOM has approved the return: tell the person, and prepare the journey with IOM.",
            sv="IOM har beviljat återvändandet: berätta för personen och förbered resan med IOM.",
        )
    else:
        await context.open_task(
            case,
            PLAN_ANEW,
            application.id,
            en="IOM has refused the return: tell the person why, and plan anew.",
            sv="IOM har avslagit återvändandet: berätta för personen varför och planera på nytt.",
            to_issue=(ReturnRequested,),
        )


async def get_the_word_of_the_receiving_country(
    requested: ReturnRequested, case: CaseView, context: ReactionContext
) -> None:
    """Open a task at the coordinator who countersigns: a child travels only to somebody who is known to receive it."""
    if requested.coordinator == context.agency and may_be_a_child(case):
        await context.open_task(
            case,
            CONFIRM_RECEPTION,
            context.provenance.event_id,
            en="A child is to return: have an authority of that country confirm that the child is received there.",
            sv="Ett barn ska återvända: låt en myndighet i landet bekräfta att barnet tas emot där.",
        )


async def reception_is_settled(
    settled: ReceptionConfirmed | ReturnRefused, case: CaseView, context: ReactionContext
) -> None:
    """Close the task when the country has confirmed, or when IOM has refused the application."""
    await context.close_task(case, CONFIRM_RECEPTION, settled.request_id)


async def planned_anew(requested: ReturnRequested, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks of the agency's refused applications: there is a new application."""
    for earlier in context.before.returns:
        if earlier.requested_by == context.agency and earlier.stage is ReturnStage.REFUSED:
            await context.close_task(case, PLAN_ANEW, earlier.id)


async def follow_up_the_return(returned: Returned, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the lead agency, which follows the return up and then closes the case."""
    if case.lead == context.agency:
        await context.open_task(
            case,
            FOLLOW_UP,
            returned.request_id,
            en="The person has arrived home: follow up with IOM, then close the case.",
            sv="Personen har kommit hem: följ upp med IOM och avsluta sedan ärendet.",
            to_issue=(CaseClosed,),
        )


async def followed_up(closed: CaseClosed, case: CaseView, context: ReactionContext) -> None:
    """Close both tasks: a closed case needs neither a follow-up nor a new plan."""
    for application in case.returns:
        if application.stage is ReturnStage.RETURNED and case.lead == context.agency:
            await context.close_task(case, FOLLOW_UP, application.id)
        if application.stage is ReturnStage.REFUSED and application.requested_by == context.agency:
            await context.close_task(case, PLAN_ANEW, application.id)
