"""Needs as assessed, the plan, and the services that were given."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Service

RISK_HOLDS_FOR: Final = 30
"""The days for which an assessment of the risk holds: as long as a reflection period. Not in the sources."""


class Risk(StrEnum):
    """How likely the victim is to come to harm or to be exploited again."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    ACUTE = "acute"


class Needs(Begun):
    """The latest structured assessment, and its Swedish day. One that was recorded before `LEAVES_MORE_SINCE` says
    neither the risk nor the day.
    """

    services: tuple[Service, ...]
    urgent: tuple[Service, ...]
    risk: Risk | None = newer(None)
    assessed_on: date | None = newer(None)

    def tells_the_risk(self, on: date) -> bool:
        """True if it says the risk, and was made on this Swedish day or at most `RISK_HOLDS_FOR` days before it."""
        return self.assessed_on is not None and (on - self.assessed_on).days <= RISK_HOLDS_FOR


class SupportPlan(Begun):
    """The plan that services follow."""

    drafted_by: AgencyId
    services: tuple[Service, ...]
    review_on: date
    revisions: int = 0
    made_without_victim: bool = newer(default=False)


class Support(Begun):
    """A service that somebody gave."""

    service: Service
    provider: AgencyId
    starts_on: date
    ends_on: date | None

    def given_within(self, first: date, last: date) -> bool:
        """True if it was given on some day from the first to the last; without a last day it goes on."""
        return self.starts_on <= last and (self.ends_on is None or first <= self.ends_on)
