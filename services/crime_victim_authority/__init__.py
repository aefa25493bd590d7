"""The Crime Victim Authority: decides applications for the state's compensation to victims of crime."""

from bus.mandate import Mandate
from contracts.vocabulary.agencies import AgencyKind
from services.practice.referrals import takes_part_in_referrals

crime_victim_authority = Mandate(kind=AgencyKind.CRIME_VICTIM_AUTHORITY)

takes_part_in_referrals(crime_victim_authority)
