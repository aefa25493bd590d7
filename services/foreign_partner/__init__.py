"""Another country's national contact: receives or sends a transnational referral."""

from bus.mandate import Mandate
from contracts.vocabulary.agencies import AgencyKind
from services.practice.referrals import refers_across_the_border, takes_part_in_referrals

foreign_partner = Mandate(kind=AgencyKind.FOREIGN_PARTNER)

takes_part_in_referrals(foreign_partner)
refers_across_the_border(foreign_partner)
