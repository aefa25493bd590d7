"""The list of the offers that this agency made or got, the newest first.

They are told apart by day, direction and state; among those of one day, which are few, the agency sorts them itself.
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
    """An offer and the case that it is of; `offered_at` in microseconds, and `id`, sort it."""

    case_id: str
    offered_at: int
    id: str
    said: Mapping[str, Any]

    @property
    def offer(self) -> Offer:
        """The offer itself."""
        return Offer.model_validate(self.said, strict=False)


def direction_of(agency: AgencyId, offer: Offer) -> str:
    """Which way the offer went, as the agency sees it."""
    return SENT if offer.referrer == agency else RECEIVED


def label(agency: AgencyId, offer: Offer) -> str:
    """The day of an offer, its direction and its state."""
    return f"{offer.offered_at.astimezone(UTC).date().isoformat()} {direction_of(agency, offer)} {offer.state}"


def day_of(label: str) -> str:
    """The day that a label says."""
    return label.partition(" ")[0]


def is_asked_for(label: str, direction: str | None, state: OfferState | None) -> bool:
    """Whether a question asks for what has this label."""
    _, of_direction, of_state = label.split(" ")
    return direction in (None, of_direction) and state in (None, of_state)


def changes(agency: AgencyId, index: IndexKey, before: CaseState, after: CaseState) -> list[Change]:
    """What events of a case change in the list."""
    before_own, after_own = _own(agency, before.view), _own(agency, after.view)
    if before_own == after_own:
        return []
    return put(agency, index, after, known=bool(before_own))


def put(agency: AgencyId, index: IndexKey, case: CaseState, *, known: bool = True) -> list[Change]:
    """The case's offers as they stand. `known`: whether the list may hold some of them already."""
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
    """The list without a case's offers."""
    row = {"case_id": case_id}
    return [(_UNCOUNT, [row]), (_DROP, [row]), cleared(LIST)]


def _own(agency: AgencyId, view: CaseView) -> list[Offer]:
    """What the agency made or got, as long as it takes part."""
    if not view.offers or not view.takes_part(agency):
        return []
    return [offer for offer in view.offers if agency in (offer.referrer, offer.recipient)]


def _place(case_id: str, number: int) -> str:
    return f"offers/{case_id}/{number}"


def opened(row: Mapping[str, Any], keys: Keys) -> ListedOffer | None:
    """The offer of a row; None when none of these keys opens it."""
    case_id = row["case_id"]
    said = open_row(keys, bytes(row["sealed"]), _place(case_id, int(row["number"])))
    return None if said is None else ListedOffer(case_id, *said)
