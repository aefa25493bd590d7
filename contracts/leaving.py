"""Leaving: who takes part in a case because the victim agreed to it leaves when that is over.

Pure; the events that end an offer, a consent or a task apply it. An agency that has left reads nothing of what comes
and issues nothing more (R3), until another referral brings it back; what it has read it has read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from contracts.agencies import AgencyId
from contracts.child_protection import is_concern_for_a_child
from contracts.event import CaseEvent, EventId
from contracts.states import Former, Offer, OfferState, Participant, replaced, with_id
from contracts.view import CaseView
from contracts.vocabulary import Purpose


def offer_came_to_nothing(case: CaseView, offer_id: EventId, at: datetime, **changes: object) -> CaseView:
    """The case after an offer was declined, withdrawn or ran out: its recipient leaves if nothing else keeps it."""
    offer = with_id(case.offers, offer_id)
    case = case.changed(offers=replaced(case.offers, offer_id, **changes))
    leaving = [
        participant.agency
        for participant in case.participants
        if offer is not None
        and participant.agency == offer.recipient
        and _may_leave(case, participant)
        and not _purposes(case, participant.agency)
    ]
    return _left(case, leaving, at)


def without_consent(case: CaseView, event: CaseEvent, *among: AgencyId) -> CaseView:
    """The case without those whom no consent in force covers for any purpose; at most these when some are named.

    Social services that were told of a concern for a child stay: theirs is a duty, which takes no consent.
    """
    leaving = [
        participant.agency
        for participant in case.participants
        if (not among or participant.agency in among)
        and _may_leave(case, participant)
        and not _is_told_by_duty(case, participant.agency)
        and not _is_covered(case, participant.agency, event.occurred_on)
    ]
    return _left(case, leaving, event.occurred_at)


def _may_leave(case: CaseView, participant: Participant) -> bool:
    """Whether it takes part by consent alone: it leads neither the case nor an open investigation, nor opened it."""
    leads_investigation = (
        case.under_investigation and case.investigation is not None and case.investigation.led_by == participant.agency
    )
    return (
        participant.rests_on_consent
        and participant.agency not in (case.lead, case.opened_by)
        and not leads_investigation
    )


def _standing(case: CaseView, agency: AgencyId) -> list[Offer]:
    return [offer for offer in case.offers if offer.recipient == agency and offer.stands]


def _purposes(case: CaseView, agency: AgencyId) -> set[Purpose]:
    """What the agency takes part for."""
    purposes = {purpose for offer in _standing(case, agency) for purpose in offer.purposes}
    if any(agency in inspection.partners for inspection in case.inspections):
        purposes.add(Purpose.LABOUR_INSPECTION)
    return purposes


def _is_covered(case: CaseView, agency: AgencyId, on: date) -> bool:
    return any(case.consents_to(agency, purpose, on) for purpose in _purposes(case, agency))


def _is_told_by_duty(case: CaseView, agency: AgencyId) -> bool:
    return any(is_concern_for_a_child(case, agency, offer.purposes) for offer in _standing(case, agency))


def _left(case: CaseView, leaving: Iterable[AgencyId], at: datetime) -> CaseView:
    gone = set(leaving)
    if not gone:
        return case
    over = {OfferState.OPEN: OfferState.WITHDRAWN, OfferState.ACCEPTED: OfferState.ENDED}
    offers = (
        offer.model_copy(update={"state": over.get(offer.state, offer.state)}) if offer.recipient in gone else offer
        for offer in case.offers
    )
    former = (
        Former(agency=each.agency, since=each.since, until=at) for each in case.participants if each.agency in gone
    )
    return case.changed(
        participants=tuple(each for each in case.participants if each.agency not in gone),
        former=(*case.former, *former),
        offers=tuple(offers),
    )
