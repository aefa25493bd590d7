"""Long-term integration: whoever answers for a person who may stay and work plans with them."""

from __future__ import annotations

from typing import Final

from bus.mandate import Agency, Desk
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.view.case_view import CaseView

PLAN_INTEGRATION: Final = "draft an integration plan"


def plans_integration(agency: Agency) -> None:
    """Let an agency plan and give long-term support."""
    agency.may_issue(IntegrationPlanDrafted, IntegrationServiceProvided)
    agency.on(PermanentResidenceGranted, WorkPermitGranted)(plan_the_integration)
    agency.on(IntegrationPlanDrafted)(integration_is_planned)


async def plan_the_integration(
    granted: PermanentResidenceGranted | WorkPermitGranted, case: CaseView, desk: Desk
) -> None:
    """Permanent residence or a work permit opens integration programmes."""
    if case.lead == desk.agency and case.integration_plan is None:
        await desk.task(
            case,
            PLAN_INTEGRATION,
            case.case_id,
            en="The person may now join an integration programme: draft an individual plan together.",
            sv="Personen kan nu delta i integrationsprogram: ta fram en individuell plan tillsammans.",
        )


async def integration_is_planned(drafted: IntegrationPlanDrafted, case: CaseView, desk: Desk) -> None:
    """One plan is enough, whoever drafts it."""
    await desk.done(case, PLAN_INTEGRATION, case.case_id)
