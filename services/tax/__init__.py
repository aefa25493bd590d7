"""The Tax Agency: inspects together with the police and the Work Environment Authority."""

from bus.mandate import Mandate
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind
from services.practice.inspections import inspects_together
from services.practice.referrals import takes_part_in_referrals

tax = Mandate(kind=AgencyKind.TAX)

takes_part_in_referrals(tax)
inspects_together(tax)
tax.may_issue(ReturnRequested)
