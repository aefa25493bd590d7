"""A chief guardian: appoints and discharges guardians for children who are alone. No part of the social services."""

from bus.mandate import Mandate
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.referrals import takes_part_in_referrals

chief_guardian = Mandate(kind=AgencyKind.CHIEF_GUARDIAN)

takes_part_in_referrals(chief_guardian)
chief_guardian.may_issue(GuardianAppointed, role=Role.DECISION_MAKER)
chief_guardian.may_issue(ReturnRequested)
