"""The Migration Agency: decides reflection periods and reimbursement, and assists asylum seekers presumed to be
victims.
"""

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportProvided
from contracts.legal_status import (
    AsylumClaimed,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.view import CaseView
from contracts.voluntary_return import ReturnRequested
from services.referrals import takes_part_in_referrals

migration = Agency(kind=AgencyKind.MIGRATION)

takes_part_in_referrals(migration)
migration.may_issue(ReflectionPeriodGranted, ReflectionPeriodRefused, ReimbursementDecided, role="decision-maker")
migration.may_issue(AsylumClaimed, NeedsAssessed, SupportPlanDrafted, SupportProvided, ReturnRequested)


@migration.on(ReflectionPeriodRequested)
async def decide_the_reflection_period(requested: ReflectionPeriodRequested, case: CaseView, desk: Desk) -> None:
    """Until it is decided the victim has no right to stay."""
    await desk.task(case, en="Decide the application for a reflection period.", sv="Besluta om ansökan om betänketid.")


@migration.on(ReimbursementClaimed)
async def decide_the_reimbursement(claimed: ReimbursementClaimed, case: CaseView, desk: Desk) -> None:
    """The municipality waits for the state's share of its costs."""
    await desk.task(case, en="Decide the claim for reimbursement.", sv="Besluta om ansökan om ersättning.")
