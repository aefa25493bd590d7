"""IOM Helsinki: processes applications for a voluntary return, arranges the travel and the reintegration."""

from bus.mandate import Mandate, ReactionContext
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRefused
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.referrals import takes_part_in_referrals

iom = Mandate(kind=AgencyKind.IOM)

takes_part_in_referrals(iom)
iom.may_issue(ReturnApproved, ReturnRefused, role=Role.DECISION_MAKER)
iom.may_issue(TravelArranged, Returned, ReintegrationProvided)

DECIDE = "decide the return"
ARRANGE_TRAVEL = "arrange the travel"
REPORT_THE_ARRIVAL = "report the arrival"
REINTEGRATE = "give the reintegration support"


@iom.on(ReturnCountersigned)
async def decide_the_application(countersigned: ReturnCountersigned, case: CaseView, context: ReactionContext) -> None:
    """Open a task: the application is complete when both the professional and the coordinator have signed it."""
    await context.open_task(
        case,
        DECIDE,
        countersigned.request_id,
        en="Decide the application for a voluntary return.",
        sv="Besluta om ansökan om återvändande.",
        to_issue=(ReturnApproved, ReturnRefused),
    )


@iom.on(ReturnApproved, ReturnRefused)
async def application_is_decided(
    decided: ReturnApproved | ReturnRefused, case: CaseView, context: ReactionContext
) -> None:
    """Close the task to decide; after an approval, open the task to arrange the travel."""
    await context.close_task(case, DECIDE, decided.request_id)
    if isinstance(decided, ReturnApproved):
        await context.open_task(
            case,
            ARRANGE_TRAVEL,
            decided.request_id,
            en="The return is approved: arrange the travel.",
            sv="Återvändandet är beviljat: ordna resan.",
            to_issue=(TravelArranged,),
        )


@iom.on(TravelArranged)
async def report_the_arrival(arranged: TravelArranged, case: CaseView, context: ReactionContext) -> None:
    """Open a task to report the arrival. A journey that is booked again gets a new task, since it has another day."""
    await context.close_task(case, ARRANGE_TRAVEL, arranged.request_id)
    await _journey_is_over(case, context, arranged.request_id)
    await context.open_task(
        case,
        REPORT_THE_ARRIVAL,
        f"{arranged.request_id} {arranged.departs_on}",
        en="The person travels on this day: report when they have arrived.",
        sv="Personen reser denna dag: rapportera när de har kommit fram.",
        due=arranged.departs_on.isoformat(),
        to_issue=(Returned,),
    )


@iom.on(Returned)
async def begin_the_reintegration(returned: Returned, case: CaseView, context: ReactionContext) -> None:
    """Open a task to give support after the journey. When none was approved, IOM's people mark the task as done."""
    await _journey_is_over(case, context, returned.request_id)
    await context.open_task(
        case,
        REINTEGRATE,
        returned.request_id,
        en="The person has arrived: give the reintegration support that was approved, if any.",
        sv="Personen har kommit fram: ge det stöd till återintegrering som eventuellt har beviljats.",
        to_issue=(ReintegrationProvided,),
    )


@iom.on(ReintegrationProvided)
async def reintegration_has_begun(provided: ReintegrationProvided, case: CaseView, context: ReactionContext) -> None:
    """Close the task: IOM gives the support that was approved."""
    await context.close_task(case, REINTEGRATE, provided.request_id)


async def _journey_is_over(case: CaseView, context: ReactionContext, request_id: str) -> None:
    """Close the task to report an arrival when the person has arrived, or the journey has got another day."""
    booked, now = with_id(context.before.returns, request_id), with_id(case.returns, request_id)
    if booked is None or booked.departs_on is None or now is None:
        return
    if now.returned_on is not None or now.departs_on != booked.departs_on:
        await context.close_task(case, REPORT_THE_ARRIVAL, f"{request_id} {booked.departs_on}")
