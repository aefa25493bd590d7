"""The services that a person lacks, as the statistics count them."""

from __future__ import annotations

from datetime import date

from contracts.law.promises import not_given_in_time
from contracts.view.case_view import CaseView
from contracts.vocabulary.choices import Service
from contracts.vocabulary.codes import RegionCode


def unmet_services(view: CaseView) -> tuple[tuple[date, Service], ...]:
    """The services for which no referral was possible, each with the Swedish day on which that was recorded."""
    return tuple((need.found_on, need.service) for need in view.unmet_needs)


def unmet_region(view: CaseView) -> RegionCode | None:
    """The region in which the case's unmet needs are counted: that of the first of them."""
    return view.unmet_needs[0].region if view.unmet_needs else None


def late_services(view: CaseView) -> tuple[tuple[date, Service], ...]:
    """The services that were promised and not given in time, each with the first Swedish day on which it was late."""
    return tuple((promise.late_since, promise.service) for promise in not_given_in_time(view))
