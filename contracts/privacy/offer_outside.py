"""The part of a case that may be shown outside the bus: the preview of an offer, while the offer is open (R34)."""

from __future__ import annotations

from datetime import datetime

from contracts.calendar.days import swedish_day
from contracts.event.fact import EventId
from contracts.law.children import is_concern_for_a_child
from contracts.law.offers import lacking_consent
from contracts.privacy.offer_preview import Preview, preview
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.status import CaseStatus


def shown_outside(case: CaseView, offer_id: EventId, at: datetime) -> Preview | None:
    """The preview that a form or a link shows at a moment (UTC).

    None when the case has no such offer, when the offer was made on the bus, when it has an answer, when its time or
    its consent has run out, or when the case is closed.
    """
    offer = with_id(case.offers, offer_id)
    if offer is None or not offer.external or not offer.awaits_answer(at) or case.status is not CaseStatus.OPEN:
        return None
    duty = is_concern_for_a_child(case, offer.recipient, offer.purposes)
    if not duty and lacking_consent(case, offer.recipient, offer.purposes, swedish_day(at)) is not None:
        return None
    return preview(case, offer_id)
