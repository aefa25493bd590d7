"""The request and response models of receipts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.fact import Fact
from contracts.view.parts.receipts import ReceiptWish
from gateway.http.response_models import ResponseModel, Text, Uuid


class ReceiptRequest(Fact):
    """How long the receipt is to be good; by default half a year."""

    valid_until: Annotated[Day | None, Field(description="The last Swedish day; at most a year ahead.")] = None


class ShownRequest(Fact):
    """The code that the person showed or read out, and what she asks for."""

    code: Annotated[str, Field(min_length=1, max_length=60)]
    wish: ReceiptWish


class HandedOut(ResponseModel):
    """A receipt. The code is in this answer alone: the service keeps no copy of it."""

    receipt_id: Uuid
    code: str
    valid_until: date
    title: Text
    recorded: tuple[Text, ...]
    rights: tuple[Text, ...]


class WishTaken(ResponseModel):
    """What a person asked for by her receipt; `status` is `pending` while it waits to be sent."""

    event_id: Uuid
    wish: ReceiptWish
    status: str
    taken_at: datetime
