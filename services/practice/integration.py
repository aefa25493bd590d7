"""Long-term integration: the lead agency plans it with a person who has permanent residence or a work permit."""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.view.case_view import CaseView

PLAN_INTEGRATION: Final = "draft an integration plan"


def plans_integration(agency: Mandate) -> None:
    """Let an agency plan and give long-term support."""
    agency.may_issue(IntegrationPlanDrafted, IntegrationServiceProvided)
    agency.on(PermanentResidenceGranted, WorkPermitGranted)(plan_the_integration)
    agency.on(IntegrationPlanDrafted)(integration_is_planned)


async def plan_the_integration(
    granted: PermanentResidenceGranted | WorkPermitGranted, case: CaseView, context: ReactionContext
) -> None:
    """Open a task at the lead agency: the person can now join an integration programme."""
    if case.lead == context.agency and case.integration_plan is None:
        await context.open_task(
            case,
            PLAN_INTEGRATION,
            case.case_id,
            en="The person may now join an integration programme: draft an individual plan together.",
            sv="Personen kan nu delta i integrationsprogram: ta fram en individuell plan tillsammans.",
            to_issue=(IntegrationPlanDrafted,),
        )


async def integration_is_planned(drafted: IntegrationPlanDrafted, case: CaseView, context: ReactionContext) -> None:
    """Close the task: one plan is enough, no matter which agency drafts it."""
    await context.close_task(case, PLAN_INTEGRATION, case.case_id)
