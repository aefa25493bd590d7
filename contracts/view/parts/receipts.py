"""Receipts that were handed to the victim, each with a code by which any agency can take her word."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class ReceiptWish(StrEnum):
    """What the victim asks for when she shows her receipt."""

    WITHDRAW_CONSENT = "withdraw-consent"
    BE_CONTACTED = "be-contacted"
    BE_ERASED = "be-erased"


class HandedReceipt(Begun):
    """A receipt. `link`: the last published link of its code's hash chain. `shown`: how often it was shown."""

    handed_by: AgencyId
    valid_until: date
    link: str
    shown: int = 0
