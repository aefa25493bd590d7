"""The facts about a person that the statistics ask for and that nothing else in a case needs."""

from __future__ import annotations

from enum import StrEnum

from contracts.view.parts.begun import Begun


class Sex(StrEnum):
    """The person's sex, as the statistics of the European Union ask for it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class CitizenshipGroup(StrEnum):
    """As much as the statistics say about citizenship: never a country other than the one that counts."""

    REPORTING_COUNTRY = "reporting-country"
    OTHER_EU = "other-eu"
    OUTSIDE_EU = "outside-eu"
    STATELESS = "stateless"
    UNKNOWN = "unknown"


class StatisticalFacts(Begun):
    """The latest of these facts that an agency recorded."""

    sex: Sex
    citizenship: CitizenshipGroup
