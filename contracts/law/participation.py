"""Participation: an agency that takes part in a case by the victim's consent leaves when that consent is over.

Pure: the events that end an offer, a consent or a task call these functions. An agency that has left reads no later
event and issues none (R3), until another referral brings it back. Nobody can undo what it has read before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from contracts.event.case_event import CaseEvent
from contracts.event.fact import EventId
from contracts.law.children import stands_by_duty
from contracts.view.case_view import CaseView
from contracts.view.parts.alerts import AlertMeasure
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.participants import Former, Participant, Participation
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose


def offer_came_to_nothing(case: CaseView, offer_id: EventId, at: datetime, **changes: object) -> CaseView:
    """The case after an offer was declined, was withdrawn or expired. Its recipient leaves unless it has another task.

    Args:
        case: the case before the event.
        offer_id: the offer that ended.
        at: when it ended (UTC).
        changes: the new values of the offer's fields.
    """
    offer = with_id(case.offers, offer_id)
    case = case.changed(offers=replaced(case.offers, offer_id, **changes))
    candidates = [] if offer is None or offer.external else _who_may_leave(case, (offer.recipient,))
    kept = _tasks(case, candidates)
    return _left(case, (agency for agency in candidates if not kept[agency]), at)


def without_consent(case: CaseView, event: CaseEvent, *among: AgencyId) -> CaseView:
    """The case without the participants that no consent in force covers for any of their purposes.

    `among`: only these agencies may leave; when none is named, any participant may.

    Social services that received a concern for a child stay: they have a duty, which needs no consent. An offer outside
    the bus, whose recipient no consent covers any more, is over.
    """
    case = _over_outside(case, event.occurred_on, among)
    candidates = _who_may_leave(case, among or None)
    if not candidates:
        return case
    told_by_duty = {offer.recipient for offer in case.offers if offer.stands and stands_by_duty(case, offer)}
    tasks, consented = _tasks(case, candidates), case.consented(candidates, event.occurred_on)
    leaving = (
        agency for agency in candidates if agency not in told_by_duty and consented[agency].isdisjoint(tasks[agency])
    )
    return _left(case, leaving, event.occurred_at)


def _over_outside(case: CaseView, on: date, among: Collection[AgencyId]) -> CaseView:
    """The case in which the offers outside the bus that rest on no consent any more are over."""
    outside = [
        offer for offer in case.offers if offer.external and offer.stands and (not among or offer.recipient in among)
    ]
    if not outside:
        return case
    consented = case.consented({offer.recipient for offer in outside}, on)
    ended = {
        offer.id
        for offer in outside
        if not stands_by_duty(case, offer) and consented[offer.recipient].isdisjoint(offer.purposes)
    }
    return case.changed(offers=tuple(_ended(offer) if offer.id in ended else offer for offer in case.offers))


def _ended(offer: Offer) -> Offer:
    """The offer once its recipient has no part in the case any more."""
    return offer.model_copy(update={"state": _OVER[offer.state]}) if offer.state in _OVER else offer


_OVER: Final = {OfferState.OPEN: OfferState.WITHDRAWN, OfferState.ACCEPTED: OfferState.ENDED}


def alert_came_to_nothing(case: CaseView, police: AgencyId, at: datetime) -> CaseView:
    """The case after the police said what they did about an acute danger. They leave when each alert came to nothing.

    They stay when they lead the case or an investigation, and while an offer to them stands: then by consent, as
    before. `at`: when they said it (UTC).
    """
    alerted = any(p.agency == police and p.participation is Participation.ALERTED for p in case.participants)
    open_alerts = any(a.police == police and a.measure is not AlertMeasure.NO_DANGER for a in case.alerts)
    keeps = _leads_investigation(case, police) or police in (case.lead, case.opened_by)
    if not alerted or open_alerts or keeps:
        return case
    if not _tasks(case, [police])[police]:
        return _left(case, (police,), at)
    by_consent = {"participation": Participation.REFERRED}
    return case.changed(
        participants=tuple(p.model_copy(update=by_consent) if p.agency == police else p for p in case.participants)
    )


def _who_may_leave(case: CaseView, among: Collection[AgencyId] | None) -> list[AgencyId]:
    """The participants that take part by consent alone. `among`: only these agencies; None: any."""
    return [
        participant.agency
        for participant in case.participants
        if (among is None or participant.agency in among) and _may_leave(case, participant)
    ]


def _may_leave(case: CaseView, participant: Participant) -> bool:
    """True if it takes part by consent alone: it neither opened nor leads the case, nor leads an open investigation."""
    return (
        participant.rests_on_consent
        and participant.agency not in (case.lead, case.opened_by)
        and not _leads_investigation(case, participant.agency)
    )


def _leads_investigation(case: CaseView, agency: AgencyId) -> bool:
    """True if the agency leads an investigation that is open now."""
    return case.under_investigation and case.investigation is not None and case.investigation.led_by == agency


def _tasks(case: CaseView, agencies: Iterable[AgencyId]) -> Mapping[AgencyId, set[Purpose]]:
    """The purposes for which each agency takes part: those of its offers that stand, and of its inspections.

    It makes one pass over the offers and one over the inspections.
    """
    found: dict[AgencyId, set[Purpose]] = {agency: set() for agency in agencies}
    for offer in case.offers:
        if offer.stands and not offer.external and offer.recipient in found:
            found[offer.recipient].update(offer.purposes)
    for inspection in case.inspections:
        for partner in inspection.partners:
            if partner in found:
                found[partner].add(Purpose.LABOUR_INSPECTION)
    return found


def _left(case: CaseView, leaving: Iterable[AgencyId], at: datetime) -> CaseView:
    gone = set(leaving)
    if not gone:
        return case
    offers = (_ended(offer) if offer.recipient in gone and not offer.external else offer for offer in case.offers)
    former = (
        Former(agency=each.agency, since=each.since, until=at) for each in case.participants if each.agency in gone
    )
    return case.changed(
        participants=tuple(each for each in case.participants if each.agency not in gone),
        former=(*case.former, *former),
        offers=tuple(offers),
    )
