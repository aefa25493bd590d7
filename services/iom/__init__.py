"""IOM Helsinki: processes applications for a voluntary return, arranges the travel and the reintegration."""

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind, Role
from contracts.view import CaseView
from contracts.voluntary_return import (
    ReintegrationProvided,
    ReturnApproved,
    ReturnCountersigned,
    Returned,
    ReturnRefused,
    TravelArranged,
)
from services.referrals import takes_part_in_referrals

iom = Agency(kind=AgencyKind.IOM)

takes_part_in_referrals(iom)
iom.may_issue(ReturnApproved, ReturnRefused, role=Role.DECISION_MAKER)
iom.may_issue(TravelArranged, Returned, ReintegrationProvided)


@iom.on(ReturnCountersigned)
async def process_the_application(countersigned: ReturnCountersigned, case: CaseView, desk: Desk) -> None:
    """The application is complete: both have signed it."""
    await desk.task(case, en="Decide the application for a voluntary return.", sv="Besluta om ansökan om återvändande.")
