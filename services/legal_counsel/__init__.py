"""Legal counsel: a lawyer for the victim, who claims damages and compensation and appeals decisions.

It takes part by a referral with the victim's consent, like any other helper; its appointment alone opens nothing.
"""

from bus.mandate import Mandate
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind
from services.practice.referrals import takes_part_in_referrals

legal_counsel = Mandate(kind=AgencyKind.LEGAL_COUNSEL)

takes_part_in_referrals(legal_counsel)
legal_counsel.may_issue(ReturnRequested)
