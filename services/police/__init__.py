"""The Police Authority: leads preliminary investigations, and applies for reflection periods and permits."""

from bus.mandate import Mandate
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRequested
from contracts.sweden.chapters.residence_permit import ResidencePermitRequested
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.vocabulary.agencies import AgencyKind, Role
from services.practice.applications import applies_for_the_right_to_stay
from services.practice.inspections import inspects_together
from services.practice.referrals import takes_part_in_referrals

police = Mandate(kind=AgencyKind.POLICE)

takes_part_in_referrals(police)
applies_for_the_right_to_stay(police)
inspects_together(police)
police.may_issue(
    InvestigationOpened,
    InvestigationClosed,
    ReflectionPeriodRequested,
    ResidencePermitRequested,
    role=Role.INVESTIGATION_LEADER,
)
police.may_issue(AsylumClaimed, ReturnRequested)
