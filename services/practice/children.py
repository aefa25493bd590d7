"""Tasks about children: social services assess a concern at once, and an agency looks for the child's custodian.

The agency that reported the concern learns the assessment, and learns when none is made in time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.child_protection import (
    ChildAssessmentOverdue,
    ChildConcernAssessed,
    ChildConcernReported,
    Concern,
    CustodianTraced,
)
from contracts.law.children import may_be_a_child
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded
from contracts.sweden.chapters.child_safeguards import AgeAssessed, BestInterestsAssessed, GuardianAppointed
from contracts.sweden.chapters.guardians import GuardianDischarged, GuardianRequested
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.vocabulary.wording import Wording

ASSESS: Final = "assess the need of protection"
ASSESS_LATE: Final = "assess the need of protection, late"
TRACE: Final = "trace a custodian"
CALL_SOCIAL_SERVICES: Final = "call the social services"


def protects_children(agency: Mandate) -> None:
    """Let a municipality's social services assess the concerns that are reported to them."""
    agency.may_issue(ChildConcernAssessed, ChildInquiryConcluded)
    agency.on(ChildConcernReported)(assess_the_need_of_protection)
    agency.on(ChildAssessmentOverdue)(assess_late_rather_than_never)
    agency.on(ChildConcernAssessed)(need_is_assessed)


def traces_custodians(agency: Mandate, when: type[ChildConcernReported | AsylumClaimed]) -> None:
    """Let an agency trace the custodian of a child who is alone, and see to the child's other safeguards.

    `when`: the event by which the agency learns of the child.
    """
    agency.may_issue(CustodianTraced, GuardianAppointed, BestInterestsAssessed, GuardianRequested, GuardianDischarged)
    agency.on(when)(trace_a_custodian)
    agency.on(CustodianTraced)(custodian_is_traced)


def hears_of_children(agency: Mandate) -> None:
    """Let an agency that may report a concern learn the result of its report, and record how old the person is."""
    if agency.kind in ChildConcernReported.issuers:
        agency.may_issue(AgeAssessed)
        agency.on(ChildConcernAssessed)(learn_the_assessment)
        agency.on(ChildAssessmentOverdue)(call_the_social_services)


async def assess_the_need_of_protection(
    reported: ChildConcernReported, case: CaseView, context: ReactionContext
) -> None:
    """Open a task at the municipality that got the report, due the next day."""
    if reported.municipality == context.agency:
        await context.open_task(
            case,
            ASSESS,
            context.provenance.event_id,
            en="Concern for a child: assess the need of protection today or tomorrow.",
            sv="Oro för ett barn: bedöm behovet av skydd i dag eller i morgon.",
            due=(reported.occurred_on + timedelta(days=1)).isoformat(),
            to_issue=(ChildConcernAssessed,),
        )


async def assess_late_rather_than_never(
    overdue: ChildAssessmentOverdue, case: CaseView, context: ReactionContext
) -> None:
    """Tell the municipality that it is late, by a new task: it must still make the assessment."""
    concern = with_id(case.child_concerns, overdue.concern_id)
    if concern is not None and concern.municipality == context.agency:
        await context.close_task(case, ASSESS, concern.id)
        await context.open_task(
            case,
            ASSESS_LATE,
            concern.id,
            en="The assessment of a child's need of protection is overdue: make it now.",
            sv="Bedömningen av ett barns behov av skydd är försenad: gör den nu.",
            due=(concern.reported_on + timedelta(days=1)).isoformat(),
            to_issue=(ChildConcernAssessed,),
        )


async def need_is_assessed(assessed: ChildConcernAssessed, case: CaseView, context: ReactionContext) -> None:
    """Close the municipality's task, whether the assessment is in time or late."""
    concern = with_id(case.child_concerns, assessed.concern_id)
    if concern is not None and concern.municipality == context.agency:
        await context.close_task(case, ASSESS, concern.id)
        if concern.overdue:
            await context.close_task(case, ASSESS_LATE, concern.id)


async def trace_a_custodian(
    learnt: ChildConcernReported | AsylumClaimed, case: CaseView, context: ReactionContext
) -> None:
    """Open a task when the child is alone: nobody in Sweden then answers for the child."""
    if isinstance(learnt, ChildConcernReported) and learnt.municipality != context.agency:
        return
    alone = case.unaccompanied or (isinstance(learnt, ChildConcernReported) and learnt.concern is Concern.NO_GUARDIAN)
    if alone and may_be_a_child(case) and not case.custodian_traced:
        await context.open_task(
            case,
            TRACE,
            case.case_id,
            en="A child is here alone: trace a parent or another custodian, and see that a guardian is appointed.",
            sv="Ett barn är här ensamt: sök en förälder eller annan vårdnadshavare och se till att god man utses.",
            to_issue=(CustodianTraced,),
        )


async def custodian_is_traced(traced: CustodianTraced, case: CaseView, context: ReactionContext) -> None:
    """Close the task when somebody is found with whom the child is safe. Otherwise the search goes on."""
    if case.custodian_traced:
        await context.close_task(case, TRACE, case.case_id)


async def learn_the_assessment(assessed: ChildConcernAssessed, case: CaseView, context: ReactionContext) -> None:
    """Tell the agency that reported the concern whether the child needs protection."""
    concern = with_id(case.child_concerns, assessed.concern_id)
    if concern is None or concern.reported_by != context.agency:
        return
    await context.close_task(case, CALL_SOCIAL_SERVICES, concern.id)
    outcome = _PROTECTED if assessed.protection_needed else _NOT_NEEDED
    who = context.name_of(concern.municipality)
    await context.notify(
        case,
        en=f"{who} has assessed the concern that you reported: {outcome.en}.",
        sv=f"{who} har bedömt oron som ni anmälde: {outcome.sv}.",
    )


async def call_the_social_services(overdue: ChildAssessmentOverdue, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the agency that reported the concern: it calls the social services that have not assessed it."""
    concern = with_id(case.child_concerns, overdue.concern_id)
    if concern is not None and concern.reported_by == context.agency:
        who = context.name_of(concern.municipality)
        await context.open_task(
            case,
            CALL_SOCIAL_SERVICES,
            concern.id,
            en=f"{who} has not assessed the concern that you reported: call its social services now.",
            sv=f"{who} har inte bedömt oron som ni anmälde: ring dess socialtjänst nu.",
        )


_PROTECTED: Final = Wording("the child needs protection", "barnet behöver skydd")
_NOT_NEEDED: Final = Wording("the child needs no protection", "barnet behöver inte skydd")
