"""A region: responsible for health care."""

from bus.agency import Agency
from contracts.agencies import AgencyKind
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.voluntary_return import ReturnRequested
from services.practice.referrals import takes_part_in_referrals

region = Agency(kind=AgencyKind.REGION)

takes_part_in_referrals(region)
region.may_issue(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided, ReturnRequested)
