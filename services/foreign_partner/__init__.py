"""Another country's national contact: receives or sends a transnational referral."""

from bus.agency import Agency
from contracts.agencies import AgencyKind
from contracts.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from services.referrals import takes_part_in_referrals

foreign_partner = Agency(kind=AgencyKind.FOREIGN_PARTNER)

takes_part_in_referrals(foreign_partner)
foreign_partner.may_issue(TransnationalReferralOffered, TransnationalReferralAccepted, TransnationalReferralDeclined)
