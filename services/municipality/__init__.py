"""A municipality: responsible for social services, regardless of formal identification. Runs as any of the 290."""

from datetime import timedelta

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind, Role
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.child_protection import ChildConcernAssessed, ChildConcernReported, CustodianTraced
from contracts.directory import CapacityAnnounced
from contracts.legal_status import AsylumClaimed, ReflectionPeriodGranted, ReflectionPeriodRequested
from contracts.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.reimbursement import ReimbursementClaimed
from contracts.view import CaseView
from contracts.voluntary_return import ReturnRequested
from services.referrals import takes_part_in_referrals

municipality = Agency(kind=AgencyKind.MUNICIPALITY)

takes_part_in_referrals(municipality)
municipality.may_issue(CapacityAnnounced)
municipality.may_issue(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided, AsylumClaimed)
municipality.may_issue(ReturnRequested, ReimbursementClaimed, ChildConcernAssessed, CustodianTraced)
municipality.may_issue(IntegrationPlanDrafted, IntegrationServiceProvided)
municipality.may_issue(ReflectionPeriodRequested, role=Role.SOCIAL_WELFARE_BOARD)


@municipality.on(ReflectionPeriodGranted)
async def claim_within_the_period(granted: ReflectionPeriodGranted, case: CaseView, desk: Desk) -> None:
    """The state reimburses what is given while the reflection period lasts."""
    await desk.task(
        case,
        en="Services given until this day can be reimbursed: claim them.",
        sv="Insatser till och med denna dag kan ersättas: ansök om ersättning.",
        due=granted.ends_on.isoformat(),
    )


@municipality.on(ChildConcernReported)
async def assess_the_childs_need_of_protection(reported: ChildConcernReported, case: CaseView, desk: Desk) -> None:
    """The assessment is made the same or the next day."""
    if reported.municipality == desk.agency:
        await desk.task(
            case,
            en="Concern for a child: assess the need of protection today or tomorrow.",
            sv="Oro för ett barn: bedöm behovet av skydd i dag eller i morgon.",
            due=(reported.occurred_on + timedelta(days=1)).isoformat(),
        )
