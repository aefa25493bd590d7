"""The employment service: courses and work for a person who may stay, under the plan of a municipality or an NGO."""

from bus.mandate import Mandate
from contracts.sweden.chapters.long_term import IntegrationServiceProvided
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind
from services.practice.referrals import takes_part_in_referrals

employment_service = Mandate(kind=AgencyKind.EMPLOYMENT_SERVICE)

takes_part_in_referrals(employment_service)
employment_service.may_issue(IntegrationServiceProvided, ReturnRequested)
