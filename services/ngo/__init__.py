"""A non-governmental organisation: shelter, support and company, whether or not the victim talks to authorities."""

from bus.agency import Agency
from contracts.agencies import AgencyKind
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.directory import CapacityAnnounced
from contracts.legal_status import AsylumClaimed
from contracts.voluntary_return import ReturnRequested
from services.practice.integration import plans_integration
from services.practice.referrals import takes_part_in_referrals

ngo = Agency(kind=AgencyKind.NGO)

takes_part_in_referrals(ngo)
ngo.may_issue(CapacityAnnounced)
plans_integration(ngo)
ngo.may_issue(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided, AsylumClaimed, ReturnRequested)
