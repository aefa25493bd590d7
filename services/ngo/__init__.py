"""A non-governmental organisation: shelter, support and company, whether or not the victim talks to authorities."""

from bus.mandate import Mandate
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.directory.events import CapacityAnnounced
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind
from services.practice.integration import plans_integration
from services.practice.referrals import takes_part_in_referrals

ngo = Mandate(kind=AgencyKind.NGO)

takes_part_in_referrals(ngo)
ngo.may_issue(CapacityAnnounced)
plans_integration(ngo)
ngo.may_issue(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided, AsylumClaimed, ReturnRequested)
