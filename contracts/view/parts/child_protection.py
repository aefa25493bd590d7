"""Reports of concern for a child, and the child's safeguards: guardians, and assessments of the child's interests."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.codes import CountryCode


class ChildConcern(Begun):
    """A report of concern for a child, which social services assess the same or the next day (R14)."""

    reported_by: AgencyId
    municipality: AgencyId
    reported_on: date
    assessed_on: date | None = None
    protection_needed: bool | None = None
    overdue: bool = False
    inquiry_concluded_on: date | None = newer(default=None)


class AgeBasis(StrEnum):
    """How it is known whether the person is a child."""

    PRESUMED = "presumed"
    DOCUMENTS = "documents"
    ASSESSMENT = "assessment"


class GuardianKind(StrEnum):
    """Who was appointed for a child."""

    GUARDIAN = "guardian-for-an-unaccompanied-child"
    SPECIAL_CUSTODIAN = "specially-appointed-custodian"
    SPECIAL_REPRESENTATIVE = "special-representative"


class Guardian(Begun):
    """Somebody who was appointed for the child."""

    kind: GuardianKind
    appointed_on: date


class InterestsStep(StrEnum):
    """The step for which the child's best interests are assessed."""

    RETURN = "return"
    TRANSFER = "transfer"
    INTERVIEW = "interview"


class BestInterests(Begun):
    """The latest assessment, for one step and one country, of whether the step is in the child's best interests."""

    step: InterestsStep
    country: CountryCode | None
    in_best_interests: bool
    assessed_by: AgencyId
    child_heard: bool
