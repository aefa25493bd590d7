"""Needs as assessed, the plan, and the services that were given."""

from __future__ import annotations

from datetime import date

from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Service


class Needs(Begun):
    """The latest structured assessment."""

    services: tuple[Service, ...]
    urgent: tuple[Service, ...]


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
