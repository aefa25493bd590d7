"""The Migration Agency: decides reflection periods, permits, asylum and reimbursement.

It also assists asylum seekers who are presumed to be victims.
"""

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind, Role
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.child_protection import CustodianTraced
from contracts.legal_status import (
    AsylumClaimed,
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.residence import AsylumDecided, PermanentResidenceGranted, WorkPermitGranted
from contracts.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.view import CaseView
from contracts.voluntary_return import ReturnRequested
from services.referrals import takes_part_in_referrals

migration = Agency(kind=AgencyKind.MIGRATION)

takes_part_in_referrals(migration)
migration.may_issue(
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitEnded,
    AsylumDecided,
    PermanentResidenceGranted,
    WorkPermitGranted,
    ReimbursementDecided,
    role=Role.DECISION_MAKER,
)
migration.may_issue(AsylumClaimed, NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided)
migration.may_issue(CustodianTraced, ReturnRequested)


@migration.on(ReflectionPeriodRequested)
async def decide_the_reflection_period(requested: ReflectionPeriodRequested, case: CaseView, desk: Desk) -> None:
    """Until it is decided the victim has no right to stay."""
    await desk.task(case, en="Decide the application for a reflection period.", sv="Besluta om ansökan om betänketid.")


@migration.on(ReimbursementClaimed)
async def decide_the_reimbursement(claimed: ReimbursementClaimed, case: CaseView, desk: Desk) -> None:
    """The municipality waits for the state's share of its costs."""
    await desk.task(case, en="Decide the claim for reimbursement.", sv="Besluta om ansökan om ersättning.")


@migration.on(ResidencePermitRequested)
async def decide_the_permit(requested: ResidencePermitRequested, case: CaseView, desk: Desk) -> None:
    """A permit may be asked for directly, without a reflection period before it."""
    await desk.task(case, en="Decide the application for a permit.", sv="Besluta om ansökan om uppehållstillstånd.")
