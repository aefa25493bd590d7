"""The coordinator against trafficking: advises professionals, supports municipalities, countersigns returns."""

from datetime import timedelta

from bus.mandate import Mandate, ReactionContext
from contracts.calendar.days import swedish_day
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    DelegateNamed,
    ProviderCertified,
    TrainingHeld,
)
from contracts.law.running_out import DAYS_TO_ADVISE
from contracts.sweden.chapters.voluntary_return import ReturnCountersigned, ReturnRefused, ReturnRequested
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.referrals import refers_across_the_border, takes_part_in_referrals

coordinator = Mandate(kind=AgencyKind.COORDINATOR)

takes_part_in_referrals(coordinator)
refers_across_the_border(coordinator)
coordinator.may_issue(AdviceGiven, NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, ReturnRequested)
coordinator.may_issue(ReturnCountersigned, role=Role.REGIONAL_COORDINATOR)
coordinator.may_issue(
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    DelegateNamed,
    ProviderCertified,
    TrainingHeld,
    role=Role.DIRECTORY_KEEPER,
)

ADVISE = "answer the consultation"
COUNTERSIGN = "countersign the return"


@coordinator.on(ConsultationRequested)
async def answer_the_consultation(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the coordinator that was asked: a professional who may have met a victim waits for advice."""
    if requested.coordinator == context.agency:
        await context.open_task(
            case,
            ADVISE,
            context.provenance.event_id,
            en="A professional asks for advice: answer.",
            sv="En yrkesperson ber om råd: svara.",
            due=(swedish_day(context.provenance.recorded_at) + timedelta(days=DAYS_TO_ADVISE)).isoformat(),
            to_issue=(AdviceGiven,),
        )


@coordinator.on(AdviceGiven)
async def consultation_is_answered(given: AdviceGiven, case: CaseView, context: ReactionContext) -> None:
    """Close the task, no matter which coordinator answered."""
    await context.close_task(case, ADVISE, given.consultation_id)


@coordinator.on(ReturnRequested)
async def countersign_the_return(requested: ReturnRequested, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the coordinator that the application names: IOM waits for the signature of that one alone."""
    if requested.coordinator == context.agency:
        await context.open_task(
            case,
            COUNTERSIGN,
            context.provenance.event_id,
            en="Countersign the application for a voluntary return.",
            sv="Medunderteckna ansökan om återvändande.",
            to_issue=(ReturnCountersigned,),
        )


@coordinator.on(ReturnCountersigned, ReturnRefused)
async def return_is_countersigned(
    signed: ReturnCountersigned | ReturnRefused, case: CaseView, context: ReactionContext
) -> None:
    """Close the task when the coordinator has signed, or when IOM has refused the application."""
    await context.close_task(case, COUNTERSIGN, signed.request_id)
