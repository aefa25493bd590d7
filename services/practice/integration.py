"""Long-term integration: whoever answers for a person who may stay and work plans with them."""

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
    """Permanent residence or a work permit opens integration programmes."""
    if case.lead == context.agency and case.integration_plan is None:
        await context.open_task(
            case,
            PLAN_INTEGRATION,
            case.case_id,
            en="The person may now join an integration programme: draft an individual plan together.",
            sv="Personen kan nu delta i integrationsprogram: ta fram en individuell plan tillsammans.",
        )


async def integration_is_planned(drafted: IntegrationPlanDrafted, case: CaseView, context: ReactionContext) -> None:
    """One plan is enough, whoever drafts it."""
    await context.close_task(case, PLAN_INTEGRATION, case.case_id)
