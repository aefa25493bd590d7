"""A court: appoints counsel, sets trials and judges; a migration court decides appeals.

It takes part when a charge or an appeal names it.
"""

from bus.mandate import Mandate
from contracts.vocabulary.agencies import AgencyKind
from services.practice.referrals import takes_part_in_referrals

court = Mandate(kind=AgencyKind.COURT)

takes_part_in_referrals(court)
