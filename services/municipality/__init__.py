"""A municipality: responsible for social services, regardless of formal identification. Runs as any of the 290."""

from bus.mandate import Mandate
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import ChildConcernReported
from contracts.directory.events import CapacityAnnounced
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRequested
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.applications import applies_for_the_right_to_stay
from services.practice.children import protects_children, traces_custodians
from services.practice.claims import claims_reimbursement
from services.practice.integration import plans_integration
from services.practice.referrals import takes_part_in_referrals

municipality = Mandate(kind=AgencyKind.MUNICIPALITY)

takes_part_in_referrals(municipality)
municipality.may_issue(CapacityAnnounced)
applies_for_the_right_to_stay(municipality)
protects_children(municipality)
traces_custodians(municipality, ChildConcernReported)
claims_reimbursement(municipality)
plans_integration(municipality)
municipality.may_issue(NeedsAssessed, SupportPlanDrafted, SupportPlanRevised, SupportProvided, AsylumClaimed)
municipality.may_issue(ReturnRequested)
municipality.may_issue(ReflectionPeriodRequested, role=Role.SOCIAL_WELFARE_BOARD)
