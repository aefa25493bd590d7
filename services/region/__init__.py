"""A region: responsible for health care."""

from bus.mandate import Mandate
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind
from services.practice.claims import claims_reimbursement
from services.practice.referrals import takes_part_in_referrals

region = Mandate(kind=AgencyKind.REGION)

takes_part_in_referrals(region)
claims_reimbursement(region)
region.may_issue(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided, ReturnRequested)
