"""The Prosecution Authority: may also lead a preliminary investigation, and then applies for periods and permits."""

from bus.mandate import Mandate
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRequested
from contracts.sweden.chapters.residence_permit import ResidencePermitRequested
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.applications import applies_for_the_right_to_stay
from services.practice.referrals import takes_part_in_referrals

prosecutor = Mandate(kind=AgencyKind.PROSECUTOR)

takes_part_in_referrals(prosecutor)
applies_for_the_right_to_stay(prosecutor)
prosecutor.may_issue(
    InvestigationOpened,
    InvestigationClosed,
    ReflectionPeriodRequested,
    ResidencePermitRequested,
    role=Role.INVESTIGATION_LEADER,
)
prosecutor.may_issue(ReturnRequested)
