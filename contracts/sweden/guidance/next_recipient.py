"""Suggests the next recipients when an offer was declined, has expired or was withdrawn: the most suitable first.

It only reads the case and the directory. People choose a recipient; the rules then judge the referral.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date, datetime

from contracts.calendar.days import swedish_day
from contracts.directory.entry import AgencyEntry
from contracts.directory.view import DirectoryView
from contracts.event.fact import EventId, Fact
from contracts.law.children import is_concern_for_a_child
from contracts.sweden.guidance.entitlement import Prospect, who_can_assist
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import AgeBand, Purpose
from contracts.vocabulary.wording import Wording


class Suggestion(Fact):
    """An agency that could accept the case.

    Attributes:
        agency: its id.
        kind: its kind.
        why: why it fits.
        suggested_by_decliner: True if the agency that declined the offer suggested it.
        needs_consent: True if a referral to it still lacks the victim's consent.
        places: the free places that it has announced for the services asked for; None: it has announced none.
    """

    agency: AgencyId
    kind: AgencyKind
    why: Wording
    suggested_by_decliner: bool
    needs_consent: bool
    places: int | None


_FOR_PURPOSE: dict[Purpose, frozenset[AgencyKind]] = {
    Purpose.HEALTH_CARE: frozenset({AgencyKind.REGION}),
    Purpose.INVESTIGATION: frozenset({AgencyKind.POLICE, AgencyKind.PROSECUTOR}),
    Purpose.LEGAL_STATUS: frozenset({AgencyKind.POLICE, AgencyKind.PROSECUTOR, AgencyKind.MUNICIPALITY}),
    Purpose.SAFE_RETURN: frozenset({AgencyKind.COORDINATOR, AgencyKind.MUNICIPALITY, AgencyKind.NGO}),
    Purpose.CHILD_PROTECTION: frozenset({AgencyKind.MUNICIPALITY}),
    Purpose.LONG_TERM_INTEGRATION: frozenset({AgencyKind.MUNICIPALITY, AgencyKind.NGO}),
    Purpose.LABOUR_INSPECTION: frozenset({AgencyKind.POLICE, AgencyKind.LABOUR_INSPECTORATE, AgencyKind.TAX}),
}
"""For each purpose, the kinds of agency that have it as their task. Support is a task of every kind that can assist."""


def next_recipients(
    case: CaseView, offer_id: EventId, directory: DirectoryView, at: datetime
) -> tuple[Suggestion, ...]:
    """The agencies to which the referrer could offer the case instead, the most suitable first.

    First comes the agency that the decliner suggested; then those that a consent covers, that have free places, and
    that are near, in this order of weight. The referrer is left out, and every agency that has got an offer which was
    not withdrawn.

    Args:
        case: the case.
        offer_id: the offer that came to nothing. The result is empty when the case has no such offer.
        directory: the directory, for certificates and free places.
        at: the moment (UTC) of the new referral.
    """
    offer = with_id(case.offers, offer_id)
    if offer is None:
        return ()
    why = _suitable(case, offer, at)
    passed = {one.recipient for one in case.offers if one.state is not OfferState.WITHDRAWN} | {offer.referrer}
    entries = [
        entry
        for entry in directory.agencies
        if entry.kind in why and entry.agency not in passed and entry.active(at) and _certified(entry, offer, at)
    ]
    lacking = _lacking_consent(case, offer, entries, swedish_day(at))
    ranked = sorted(entries, key=lambda entry: _rank(case, offer, entry, lacking))
    return tuple(_suggestion(case, offer, entry, why[entry.kind], lacking) for entry in ranked)


def _suitable(case: CaseView, offer: Offer, at: datetime) -> dict[AgencyKind, Wording]:
    """The kinds of agency that fit every purpose of the offer, and why."""
    on = swedish_day(at)
    assisting = {each.kind: each for each in who_can_assist(case, on) if each.prospect is not Prospect.NO}
    fitting: set[AgencyKind] = set(AgencyKind)
    for purpose in offer.purposes:
        fitting &= _FOR_PURPOSE.get(purpose, frozenset(assisting))
    task = Wording("What is asked is this agency's task.", "Det som begärs är aktörens uppgift.")
    return {kind: assisting[kind].why if kind in assisting else task for kind in sorted(fitting)}


def _certified(entry: AgencyEntry, offer: Offer, at: datetime) -> bool:
    return not offer.programme or entry.certification(swedish_day(at)) is not None


def _rank(
    case: CaseView, offer: Offer, entry: AgencyEntry, lacking: Set[AgencyId]
) -> tuple[bool, bool, bool, bool, bool, str]:
    places = _places(case, offer, entry)
    return (
        entry.agency != offer.suggested,
        entry.agency in lacking,
        places == 0,
        entry.municipality is None or entry.municipality != case.municipality,
        entry.region is None or entry.region != case.region,
        entry.agency,
    )


def _lacking_consent(case: CaseView, offer: Offer, entries: Iterable[AgencyEntry], on: date) -> Set[AgencyId]:
    """Those of the agencies to which a referral like this offer would lack consent.

    As in the rule for referrals, a report of concern for a child needs none.
    """
    asked = [e.agency for e in entries if not is_concern_for_a_child(case, e.agency, offer.purposes)]
    return {agency for agency, covered in case.consented(asked, on).items() if not covered.issuperset(offer.purposes)}


def _places(case: CaseView, offer: Offer, entry: AgencyEntry) -> int | None:
    """The free places that the agency has announced for the services asked for; None when it has announced none."""
    child = case.age_band is AgeBand.MINOR
    said = [each for each in entry.capacities if each.service in offer.services]
    return sum(each.places for each in said if each.takes_children or not child) if said else None


def _suggestion(case: CaseView, offer: Offer, entry: AgencyEntry, why: Wording, lacking: Set[AgencyId]) -> Suggestion:
    return Suggestion(
        agency=entry.agency,
        kind=entry.kind,
        why=why,
        suggested_by_decliner=entry.agency == offer.suggested,
        needs_consent=entry.agency in lacking,
        places=_places(case, offer, entry),
    )
