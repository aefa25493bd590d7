"""The coordinator against trafficking: advises professionals, supports municipalities, countersigns returns.

The national one also keeps time for everybody.
"""

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind, Role
from contracts.assistance import SupportPlanDrafted, SupportPlanRevised
from contracts.child_protection import ChildAssessmentOverdue
from contracts.clocks import DeadlineReminded
from contracts.consent import ConsentExpired
from contracts.consultation import AdviceGiven, ConsultationRequested
from contracts.directory import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    ProviderCertified,
    TrainingHeld,
)
from contracts.legal_status import ReflectionPeriodEnded
from contracts.referral import ReferralExpired
from contracts.residence_permit import ResidencePermitEnded
from contracts.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.view import CaseView
from contracts.voluntary_return import ReturnCountersigned, ReturnRequested
from services.referrals import takes_part_in_referrals

coordinator = Agency(kind=AgencyKind.COORDINATOR)

takes_part_in_referrals(coordinator)
coordinator.may_issue(AdviceGiven, SupportPlanDrafted, SupportPlanRevised, ReturnRequested)
coordinator.may_issue(TransnationalReferralOffered, TransnationalReferralAccepted, TransnationalReferralDeclined)
coordinator.may_issue(ReturnCountersigned, role=Role.REGIONAL_COORDINATOR)
coordinator.may_issue(
    DeadlineReminded,
    ReferralExpired,
    ConsentExpired,
    ReflectionPeriodEnded,
    ResidencePermitEnded,
    ChildAssessmentOverdue,
    role=Role.CLOCK,
)
coordinator.may_issue(
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    ProviderCertified,
    TrainingHeld,
    role=Role.DIRECTORY_KEEPER,
)


@coordinator.on(ConsultationRequested)
async def answer_the_consultation(requested: ConsultationRequested, case: CaseView, desk: Desk) -> None:
    """Somebody who may have met a victim waits for method support."""
    await desk.task(case, en="A professional asks for advice: answer.", sv="En yrkesperson ber om råd: svara.")


@coordinator.on(ReturnRequested)
async def countersign_the_return(requested: ReturnRequested, case: CaseView, desk: Desk) -> None:
    """A return application needs the regional coordinator's signature before IOM takes it up."""
    await desk.task(
        case, en="Countersign the application for a voluntary return.", sv="Medunderteckna ansökan om återvändande."
    )
