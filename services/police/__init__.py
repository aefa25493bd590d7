"""The Police Authority: leads preliminary investigations, and applies for reflection periods and permits."""

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind, Role
from contracts.identification import InvestigationClosed, InvestigationOpened
from contracts.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.legal_status import AsylumClaimed, ReflectionPeriodGranted, ReflectionPeriodRequested
from contracts.residence_permit import ResidencePermitRequested
from contracts.view import CaseView
from contracts.voluntary_return import ReturnRequested
from services.referrals import takes_part_in_referrals

police = Agency(kind=AgencyKind.POLICE)

takes_part_in_referrals(police)
police.may_issue(
    InvestigationOpened,
    InvestigationClosed,
    ReflectionPeriodRequested,
    ResidencePermitRequested,
    role=Role.INVESTIGATION_LEADER,
)
police.may_issue(AsylumClaimed, ReturnRequested, LabourInspectionRequested, LabourInspectionReported)


@police.on(ReflectionPeriodGranted)
async def remind_the_investigation_leader(granted: ReflectionPeriodGranted, case: CaseView, desk: Desk) -> None:
    """Thirty days for the victim to decide whether to cooperate; the officer sees when they end."""
    await desk.task(
        case,
        en="The reflection period ends: ask what the person has decided.",
        sv="Betänketiden går ut: fråga vad personen har bestämt.",
        due=granted.ends_on.isoformat(),
    )
