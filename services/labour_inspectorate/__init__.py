"""The Work Environment Authority: inspects workplaces together with the police and the Tax Agency."""

from bus.mandate import Mandate
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind
from services.practice.inspections import inspects_together
from services.practice.referrals import takes_part_in_referrals

labour_inspectorate = Mandate(kind=AgencyKind.LABOUR_INSPECTORATE)

takes_part_in_referrals(labour_inspectorate)
inspects_together(labour_inspectorate)
labour_inspectorate.may_issue(ReturnRequested)
