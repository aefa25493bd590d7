"""The closed lists that several chapters share. A caseworker picks from them, and types nothing."""

from __future__ import annotations

from enum import StrEnum


class ExploitationForm(StrEnum):
    """The forms of exploitation that trafficking serves."""

    SEXUAL = "sexual"
    LABOUR = "labour"
    FORCED_BEGGING = "forced-begging"
    FORCED_CRIMINALITY = "forced-criminality"
    ORGAN_REMOVAL = "organ-removal"
    FORCED_MARRIAGE = "forced-marriage"
    ILLEGAL_ADOPTION = "illegal-adoption"
    SURROGACY = "surrogacy"
    OTHER = "other"


class AgeBand(StrEnum):
    """As much as the case says about age: never a date of birth."""

    ADULT = "adult"
    MINOR = "minor"
    UNKNOWN = "unknown"


class ResidenceSituation(StrEnum):
    """The person's right to be in Sweden, which decides who can assist (R8)."""

    RESIDENT = "resident"
    EU_CITIZEN = "eu-citizen"
    ASYLUM_SEEKER = "asylum-seeker"
    TEMPORARY_PERMIT = "temporary-permit"
    WORK_PERMIT = "work-permit"
    IRREGULAR = "irregular"
    UNKNOWN = "unknown"


class Service(StrEnum):
    """The support services that the sources list."""

    COUNSELLING = "counselling-and-guidance"
    SAFE_ACCOMMODATION = "safe-accommodation"
    FINANCIAL_ASSISTANCE = "reception-allowance-or-social-assistance"
    SOCIAL_SERVICES = "social-services"
    HEALTH_CARE = "health-care"
    DENTAL_CARE = "dental-care"
    INTERPRETATION = "interpretation-and-translation"
    CUSTODIAN_TRACING = "tracing-a-parent-or-custodian"
    SAFE_RETURN = "support-for-a-safe-return"
    LANGUAGE_COURSES = "language-courses"
    VOCATIONAL_TRAINING = "vocational-training"
    LEGAL_SUPPORT = "legal-support"
    REHABILITATION = "rehabilitation-programme"
    LONG_TERM_SUPPORT = "long-term-support"


class Purpose(StrEnum):
    """What an agency is asked to do with a case: consent is given for purposes, and a referral names them."""

    SUPPORT = "support"
    HEALTH_CARE = "health-care"
    INVESTIGATION = "investigation"
    LEGAL_STATUS = "legal-status"
    SAFE_RETURN = "safe-return"
    CHILD_PROTECTION = "child-protection"
    LONG_TERM_INTEGRATION = "long-term-integration"
    LABOUR_INSPECTION = "labour-inspection"


class DataClass(StrEnum):
    """The kinds of personal data that a consent can open to a recipient. The data itself is never in an event."""

    IDENTITY = "identity"
    CONTACT = "contact"
    HEALTH = "health"
    FAMILY = "family"
    LEGAL = "legal"


class Reintegration(StrEnum):
    """The form that help after the return takes."""

    CASH = "cash"
    IN_KIND = "in-kind"
    HOUSING = "housing"
    HEALTH_CARE = "health-care"
    EDUCATION = "education"
    LIVELIHOOD = "livelihood"


class Ending(StrEnum):
    """How a time-limited right ended: its time ran out, or the Migration Agency took it back."""

    RAN_OUT = "ran-out"
    REVOKED = "revoked"


class DeadlineKind(StrEnum):
    """What runs out in a case."""

    OFFER = "offer"
    CONSENT = "consent"
    REFLECTION_PERIOD = "reflection-period"
    PERMIT = "permit"
    CHILD_ASSESSMENT = "child-assessment"
    CONSULTATION = "consultation"
    AWAITED = "awaited-answer"
