"""Promises: the services that a recipient accepted to give, and those that it has not given in time.

Pure, and derived from the view alone: no event says that a promise was not kept. A service counts as given on the
first day of a `SupportProvided` by the recipient, or from the first day that its report on the offer states. A report
that the service was not given also settles the promise: the referrer knows, and turns elsewhere. Who does not read the
support of a case cannot know what was given, and finds no broken promise in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from contracts.event.fact import Fact
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Service
from contracts.vocabulary.parts import Part

DAYS_TO_GIVE: Final = 14
"""The days from an acceptance to the last day on which a promised service is not late.

Two weeks leave time for an assessment of needs and a plan, and are half a reflection period: the person still has the
other half with the help that was promised. The number is not in the sources.
"""


class BrokenPromise(Fact):
    """A service that a recipient promised and that was not given in time.

    Attributes:
        offer_id: the accepted offer.
        recipient: the agency that promised it.
        service: the service.
        late_since: the first Swedish day on which it was late.
    """

    offer_id: str
    recipient: AgencyId
    service: Service
    late_since: date


Given = Mapping[tuple[AgencyId, Service], date]
"""For each agency and service that it gave, the first day on which it did."""


def given(case: CaseView) -> Given:
    """The services that agencies recorded as given. It makes one pass over them."""
    found: dict[tuple[AgencyId, Service], date] = {}
    for each in case.support:
        known = found.get((each.provider, each.service), each.starts_on)
        found[each.provider, each.service] = min(known, each.starts_on)
    return found


def still_promised(offer: Offer, given: Given) -> tuple[Service, ...]:
    """The services of an accepted offer that the recipient has neither given nor reported on."""
    return tuple(service for service in offer.promised if _settled_on(offer, service, given) is None)


def promised_and_not_given(case: CaseView, on: date) -> tuple[BrokenPromise, ...]:
    """The promises that are late on a Swedish day, and that nobody has settled yet."""
    so_far = given(case)
    return tuple(
        _broken(offer, service, late_since)
        for offer, late_since in _accepted(case)
        if late_since <= on
        for service in still_promised(offer, so_far)
    )


def not_given_in_time(case: CaseView) -> tuple[BrokenPromise, ...]:
    """The promises that were not settled before they were late, whether or not they were settled later.

    The day of each is `late_since`, which may lie in the future.
    """
    so_far = given(case)
    return tuple(
        _broken(offer, service, late_since)
        for offer, late_since in _accepted(case)
        for service in offer.promised
        if (_settled_on(offer, service, so_far) or date.max) >= late_since
    )


def _accepted(case: CaseView) -> Iterator[tuple[Offer, date]]:
    """The offers that stand accepted and say since when, each with the first day on which its promises are late."""
    for offer in () if Part.SUPPORT in case.hidden else case.offers:
        if offer.state is OfferState.ACCEPTED and offer.accepted_on is not None:
            yield offer, offer.accepted_on + timedelta(days=DAYS_TO_GIVE + 1)


def _broken(offer: Offer, service: Service, late_since: date) -> BrokenPromise:
    return BrokenPromise(offer_id=offer.id, recipient=offer.recipient, service=service, late_since=late_since)


def _settled_on(offer: Offer, service: Service, given: Given) -> date | None:
    """The first day on which the recipient gave the service or reported on it; None: it has done neither."""
    days = [given[offer.recipient, service]] if (offer.recipient, service) in given else []
    if offer.report is not None:
        days += [each.since or offer.report.reported_on for each in offer.report.services if each.service is service]
    return min(days, default=None)
