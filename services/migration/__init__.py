"""The Migration Agency: decides reflection periods, permits, asylum and reimbursement.

It also assists asylum seekers who are presumed to be victims.
"""

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided
from contracts.sweden.chapters.long_term import IntegrationServiceProvided
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.children import traces_custodians
from services.practice.referrals import takes_part_in_referrals

migration = Mandate(kind=AgencyKind.MIGRATION)

takes_part_in_referrals(migration)
traces_custodians(migration, AsylumClaimed)
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
migration.may_issue(ReturnRequested, IntegrationServiceProvided)

DECIDE = "decide"


@migration.on(ReflectionPeriodRequested)
async def decide_the_reflection_period(
    requested: ReflectionPeriodRequested, case: CaseView, context: ReactionContext
) -> None:
    """Open a task: until the decision the application gives the victim no right to stay."""
    await context.open_task(
        case,
        DECIDE,
        context.provenance.event_id,
        en="Decide the application for a reflection period.",
        sv="Besluta om ansökan om betänketid.",
        to_issue=(ReflectionPeriodGranted, ReflectionPeriodRefused),
    )


@migration.on(ResidencePermitRequested)
async def decide_the_permit(requested: ResidencePermitRequested, case: CaseView, context: ReactionContext) -> None:
    """Open a task. An agency may apply for a permit directly, without a reflection period before it."""
    await context.open_task(
        case,
        DECIDE,
        context.provenance.event_id,
        en="Decide the application for a permit.",
        sv="Besluta om ansökan om uppehållstillstånd.",
        to_issue=(ResidencePermitGranted, ResidencePermitRefused),
    )


@migration.on(ReflectionPeriodGranted, ReflectionPeriodRefused, ResidencePermitGranted, ResidencePermitRefused)
async def application_is_decided(
    decided: ReflectionPeriodGranted | ReflectionPeriodRefused | ResidencePermitGranted | ResidencePermitRefused,
    case: CaseView,
    context: ReactionContext,
) -> None:
    """Close the task: the application is decided once."""
    await context.close_task(case, DECIDE, decided.request_id)


@migration.on(ReimbursementClaimed)
async def decide_the_reimbursement(claimed: ReimbursementClaimed, case: CaseView, context: ReactionContext) -> None:
    """Open a task: the municipality or region waits for the state's share of its costs."""
    await context.open_task(
        case,
        DECIDE,
        context.provenance.event_id,
        en="Decide the claim for reimbursement.",
        sv="Besluta om ansökan om ersättning.",
        to_issue=(ReimbursementDecided,),
    )


@migration.on(ReimbursementDecided)
async def reimbursement_is_decided(decided: ReimbursementDecided, case: CaseView, context: ReactionContext) -> None:
    """Close the task: the claim is decided once."""
    await context.close_task(case, DECIDE, decided.claim_id)


@migration.on(AsylumClaimed)
async def receive_the_asylum_seeker(claimed: AsylumClaimed, case: CaseView, context: ReactionContext) -> None:
    """Open a task: the agency that decides the claim also assists a presumed victim who seeks asylum."""
    await context.open_task(
        case,
        DECIDE,
        f"asylum claimed on {claimed.claimed_on}",
        en="A presumed victim seeks asylum: assess what support is needed now, and decide the claim.",
        sv="Ett förmodat offer söker asyl: bedöm vilket stöd som behövs nu, och besluta om ansökan.",
        to_issue=(AsylumDecided,),
    )


@migration.on(AsylumDecided)
async def asylum_is_decided(decided: AsylumDecided, case: CaseView, context: ReactionContext) -> None:
    """Close the task of the claim that was open."""
    await context.close_task(case, DECIDE, f"asylum claimed on {context.before.asylum_claimed_on}")
