"""A chief guardian: appoints and discharges guardians for children who are alone. No part of the social services."""

from bus.mandate import Mandate, ReactionContext
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.guardians import GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.referrals import takes_part_in_referrals

chief_guardian = Mandate(kind=AgencyKind.CHIEF_GUARDIAN)

takes_part_in_referrals(chief_guardian)
chief_guardian.may_issue(GuardianAppointed, GuardianDischarged, role=Role.DECISION_MAKER)
chief_guardian.may_issue(ReturnRequested)

APPOINT = "appoint a guardian"


@chief_guardian.on(GuardianRequested)
async def appoint_a_guardian(requested: GuardianRequested, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the chief guardian who is asked: until then nobody answers for the child."""
    if requested.chief_guardian == context.agency:
        await context.open_task(
            case,
            APPOINT,
            case.case_id,
            en="A child is here without a custodian: appoint a guardian as soon as possible.",
            sv="Ett barn är här utan vårdnadshavare: förordna en god man så snart det är möjligt.",
            to_issue=(GuardianAppointed,),
        )


@chief_guardian.on(GuardianAppointed)
async def guardian_is_appointed(appointed: GuardianAppointed, case: CaseView, context: ReactionContext) -> None:
    """Close the task, no matter who recorded the appointment."""
    await context.close_task(case, APPOINT, case.case_id)
