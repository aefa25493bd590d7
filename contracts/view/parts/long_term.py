"""The plan for a life in Sweden."""

from __future__ import annotations

from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class IntegrationService(StrEnum):
    """The long-term services that the sources list."""

    INTEGRATION_PROGRAMME = "integration-programme"
    HEALTH_CARE = "health-care"
    LANGUAGE_STUDIES = "language-studies"
    CULTURAL_STUDIES = "cultural-studies"
    PROFESSIONAL_TRAINING = "professional-training"
    BASIC_EDUCATION = "basic-education"
    SKILLS_MAPPING = "mapping-of-professional-skills"
    JOB_APPLICATION_HELP = "help-with-applying-for-work"
    SOCIAL_SERVICES = "social-services"
    LONG_TERM_SUPPORT = "long-term-support"


class IntegrationPlan(Begun):
    """The individual plan for a life in Sweden (R12)."""

    drafted_by: AgencyId
    services: tuple[IntegrationService, ...]
