"""A municipality: responsible for social services, regardless of formal identification. Runs as any of the 290."""

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportProvided
from contracts.legal_status import AsylumClaimed, ReflectionPeriodGranted, ReflectionPeriodRequested
from contracts.reimbursement import ReimbursementClaimed
from contracts.view import CaseView
from contracts.voluntary_return import ReturnRequested
from services.referrals import takes_part_in_referrals

municipality = Agency(kind=AgencyKind.MUNICIPALITY)

takes_part_in_referrals(municipality)
municipality.may_issue(NeedsAssessed, SupportPlanDrafted, SupportProvided, AsylumClaimed, ReturnRequested)
municipality.may_issue(ReimbursementClaimed)
municipality.may_issue(ReflectionPeriodRequested, role="social-welfare-board")


@municipality.on(ReflectionPeriodGranted)
async def claim_within_the_period(granted: ReflectionPeriodGranted, case: CaseView, desk: Desk) -> None:
    """The state reimburses what is given while the reflection period lasts."""
    await desk.task(
        case,
        en="Services given until this day can be reimbursed: claim them.",
        sv="Insatser till och med denna dag kan ersättas: ansök om ersättning.",
        due=granted.ends_on.isoformat(),
    )
