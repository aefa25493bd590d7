"""Receipts: hands out codes for a case of ours, and takes the word of a person who shows a code of any case.

For a case that we cannot read, the clear events of its chain suffice: they tell which receipts there are, and how often
each was shown. Those who take part in the case judge what we write (R32).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bus.envelope.envelope import Envelope
from bus.errors import BrokerAwayError
from bus.mechanism import Mechanism
from bus.replica.replica import Replica
from bus.store import OutboxStatus, Store
from bus.submission.submission import Receipt, Submission
from contracts.calendar.days import swedish_day
from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.upcasting import read_event
from contracts.privacy.receipt_codes import ReceiptCode, new_code, next_link, read_code
from contracts.view.case_view import CaseView
from contracts.view.parts.receipts import ReceiptWish
from contracts.view.parts.status import CaseStatus

_CANDIDATES: Final = 10


@dataclass(frozen=True, slots=True)
class HandedCode:
    """A receipt that was handed out. `code`: is shown once and kept nowhere."""

    receipt: Receipt
    code: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A receipt that fits a code. `next`: the link that its next showing publishes."""

    case_id: str
    receipt_id: str
    next: str


class Receipts:
    """One agency's receipts."""

    def __init__(self, *, store: Store, replica: Replica, mechanism: Mechanism, now: Callable[[], datetime]) -> None:
        self._store = store
        self._replica = replica
        self._mechanism = mechanism
        self._now = now

    async def hand_out(self, case_id: str, valid_until: date) -> HandedCode:
        """Make a code for a case, and put its receipt into the log before the code is shown.

        Raises the errors of `Mechanism.submit`, and BrokerAwayError when the receipt is not in the log; then no code is
        shown.
        """
        code = new_code(case_id, os.urandom)
        links = await _links(code, case_id)
        event = ReceiptHandedOver(occurred_at=self._now(), link=links[-1], valid_until=valid_until)
        receipt = await self._mechanism.submit(Submission(event, case_id=case_id))
        if receipt.status is not OutboxStatus.DELIVERED:
            raise BrokerAwayError("the receipt is not in the log yet, so no code is shown")
        return HandedCode(receipt, code)

    async def show(self, text: str, wish: ReceiptWish) -> Receipt | None:
        """Write down what a person asks for who shows a code. Return None when no receipt that is good has the code.

        `text`: the code as it was typed. Raises the errors of `Mechanism.submit`.
        """
        code = read_code(text)
        found = None if code is None else await self._find(code)
        if found is None:
            return None
        event = ReceiptShown(occurred_at=self._now(), receipt_id=found.receipt_id, link=found.next, wish=wish)
        return await self._mechanism.submit(Submission(event, case_id=found.case_id))

    async def _find(self, code: ReceiptCode) -> _Found | None:
        heads = await self._store.heads(code.begins, _CANDIDATES)
        for case_id in (head.case_id for head in heads if head.case_id.startswith(code.begins)):
            view = (await self._replica.case(case_id)).view
            if not isinstance(view, CaseView) or view.status is CaseStatus.ERASED:
                continue
            links = await asyncio.to_thread(code.links, case_id)
            found = _fitting(await self._store.envelopes(case_id), links, swedish_day(self._now()))
            if found is not None:
                return found
        return None


def _fitting(chain: Iterable[Envelope], links: tuple[str, ...], on: date) -> _Found | None:
    """Return the receipt of a chain that has these links, is good on a day and was not shown as often as it can be."""
    published: dict[str, str] = {}
    cases: dict[str, str] = {}
    for envelope, event in _receipts_in(chain):
        if isinstance(event, ReceiptHandedOver):
            if event.link == links[-1] and on <= event.valid_until:
                published.setdefault(envelope.event_id, event.link)
                cases[envelope.event_id] = envelope.case_id
        elif published.get(event.receipt_id) == next_link(event.link):
            published[event.receipt_id] = event.link
    for receipt_id, link in published.items():
        place = links.index(link) if link in links else 0
        if place > 0:
            return _Found(cases[receipt_id], receipt_id, links[place - 1])
    return None


def _receipts_in(chain: Iterable[Envelope]) -> Iterator[tuple[Envelope, ReceiptHandedOver | ReceiptShown]]:
    for envelope in chain:
        if envelope.sealed or envelope.event_name not in (ReceiptHandedOver.__name__, ReceiptShown.__name__):
            continue
        try:
            event = read_event(envelope.type, envelope.data)
        except (InvalidEventError, UnknownEventTypeError):
            continue
        if isinstance(event, ReceiptHandedOver | ReceiptShown):
            yield envelope, event


async def _links(code: str, case_id: str) -> tuple[str, ...]:
    read = read_code(code)
    if read is None:
        raise ValueError("not a code")
    return await asyncio.to_thread(read.links, case_id)
