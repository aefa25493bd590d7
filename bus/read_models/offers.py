"""The list of the offers that this agency made or received, the newest first.

The calendar has their day, direction and state. A day has few offers, and the agency sorts these itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from bus.read_models.case_state import CaseState, Change
from bus.read_models.cases import microseconds
from bus.read_models.due_dates import cleared, replaced
from bus.read_models.index_key import IndexKey
from bus.sealing.keyring import Keys
from bus.sealing.rows import open_row, seal_row
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import AgencyId

LIST: Final = "offers"
SENT: Final = "sent"
RECEIVED: Final = "received"

_UNCOUNT: Final = """UPDATE due_dates SET n = n - (SELECT COUNT(*) FROM offer_list
    WHERE offer_list.case_id = :case_id AND offer_list.due = due_dates.due)
    WHERE list = 'offers' AND due IN (SELECT due FROM offer_list WHERE case_id = :case_id)"""
_DROP: Final = "DELETE FROM offer_list WHERE case_id = :case_id"
_PUT: Final = """INSERT INTO offer_list (case_id, number, due, sealed)
    VALUES (:case_id, :number, :due, :sealed)"""


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer and its case. `offered_at`: microseconds since 1970. `said`: the offer as JSON."""

    case_id: str
    offered_at: int
    id: str
    said: Mapping[str, Any]

    @property
    def offer(self) -> Offer:
        """The offer itself."""
        return Offer.model_validate(self.said, strict=False)


def direction_of(agency: AgencyId, offer: Offer) -> str:
    """Return SENT or RECEIVED, as the agency sees the offer."""
    return SENT if offer.referrer == agency else RECEIVED


def label(agency: AgencyId, offer: Offer) -> str:
    """Return the day of an offer, its direction and its state, as text."""
    return f"{offer.offered_at.astimezone(UTC).date().isoformat()} {direction_of(agency, offer)} {offer.state}"


def day_of(label: str) -> str:
    """Return the day in a label."""
    return label.partition(" ")[0]


def is_asked_for(label: str, direction: str | None, state: OfferState | None) -> bool:
    """Return whether offers with this label have this direction and this state; None matches all."""
    _, of_direction, of_state = label.split(" ")
    return direction in (None, of_direction) and state in (None, of_state)


def changes(agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState) -> list[Change]:
    """Return the changes of the list when a case goes from `before` to `after`."""
    before_own, after_own = _own(agency, before.view), _own(agency, after.view)
    if before_own == after_own:
        return []
    return put(agency, index, after, known=bool(before_own))


def put(agency: AgencyId, index: IndexKey, case: CaseState, *, known: bool = True) -> list[Change]:
    """Return the changes that put a case's offers into the list. `known`: True if it may hold some of them already."""
    case_id, key = case.view.case_id, case.keys.current
    gone = dropped(case_id) if known else []
    rows, dates = [], Counter[str]()
    for number, offer in enumerate(_own(agency, case.view) if key is not None else ()):
        name = label(agency, offer)
        dates[name] += 1
        said = [microseconds(offer.offered_at), offer.id, offer.model_dump(mode="json")]
        sealed = seal_row(key, said, _place(case_id, number)) if key else b""
        rows.append({"case_id": case_id, "number": number, "due": index.token("due", LIST, name), "sealed": sealed})
    return replaced(LIST, gone, (_PUT, rows), index, dates) if rows else gone


def dropped(case_id: str) -> list[Change]:
    """Return the changes that remove a case's offers from the list."""
    row = {"case_id": case_id}
    return [(_UNCOUNT, [row]), (_DROP, [row]), cleared(LIST)]


def _own(agency: AgencyId, view: CaseView) -> list[Offer]:
    """Return the offers that the agency made or received; none if it took part and has left.

    Of a case that it does not read, these are the one offer of the preview, however that ended.
    """
    is_preview = view.opened_by is None
    if not view.offers or not (view.takes_part(agency) or is_preview):
        return []
    return [offer for offer in view.offers if agency in (offer.referrer, offer.recipient)]


def _place(case_id: str, number: int) -> str:
    return f"offers/{case_id}/{number}"


def opened(row: Mapping[str, Any], keys: Keys) -> ListedOffer | None:
    """Return the offer in a row; None when none of these keys opens it."""
    case_id = row["case_id"]
    said = open_row(keys, bytes(row["sealed"]), _place(case_id, int(row["number"])))
    return None if said is None else ListedOffer(case_id, *said)
