"""The steps of a story in which the victim gets a receipt and shows it. The code is printed nowhere.

When a story is told again, it finds the steps that were done before and does not repeat them.
"""

from __future__ import annotations

import time
from typing import Final

import httpx

from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.view.parts.receipts import ReceiptWish
from stafett.sample_cases.personal_details import Details
from stafett.sample_cases.teller import Teller

_TRIES: Final = 8


class ReceiptSteps(Details):
    """The receipt of one story's victim."""

    def __init__(self, case: Teller) -> None:
        super().__init__(case)
        self._code = ""

    def handed_out(self, agency: str) -> None:
        """An agency hands her a receipt."""
        if not self._is_told(agency, ReceiptHandedOver):
            self._code = str(self._sent(agency, "receipts", {}).json()["code"])
        self._case.progress(f"  {agency:>21}  hands her a receipt")

    def shown(self, agency: str, wish: ReceiptWish) -> None:
        """She shows it to an agency, which takes her word. Raises StoryError when the agency does not."""
        if not self._is_told(agency, ReceiptShown):
            body = {"code": self._code, "wish": wish}
            answer = self._case.asked(agency, "/v1/shown-receipts", body)
            for attempt in range(_TRIES):
                if answer.status_code != httpx.codes.NOT_FOUND:
                    break
                time.sleep(0.1 * 2**attempt)  # its service has not yet seen that she got the receipt
                answer = self._case.asked(agency, "/v1/shown-receipts", body)
            if answer.status_code != httpx.codes.CREATED:
                raise self._case.stuck(agency, f"{answer.status_code} {answer.text}")
            self._case.sees(answer.json()["event_id"])
        self._case.progress(f"  {agency:>21}  is shown her receipt: {wish}")
