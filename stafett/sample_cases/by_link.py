"""An agency outside the bus reads an offer by its link and answers, as a step of a story."""

from __future__ import annotations

import time
from typing import Final

from contracts.chapters.external_referral import ExternalReferralAnswered
from stafett.sample_cases.teller import Teller

_RECORDED_WITHIN: Final = 45.0


def answers_by_link(case: Teller, referrer: str, offer_id: str, *, shows: str, **fields: str) -> None:
    """The recipient of an offer opens the link that its referrer sent, reads the preview, and sends these fields.

    `shows`: a text that stands on the page. The page has neither the id of the case nor that of the offer. In a second
    telling the answer is there already. Raises StoryError when the page is not so, or takes no answer.
    """
    if _is_recorded(case, referrer, offer_id):
        return
    case.wait_until_seen(referrer)
    form = case.asks(referrer, f"/offers/{offer_id}/form").json()
    page = case.http.get(form["link"])
    if shows not in page.text or case.case_id in page.text or offer_id in page.text:
        raise case.stuck(referrer, f"the link shows another page: {page.status_code}")
    answer = case.http.post(form["link"], data={**fields, "code": form["code"]})
    if answer.status_code != 200:
        raise case.stuck(referrer, f"the link takes no answer: {answer.status_code} {answer.text}")
    deadline = time.monotonic() + _RECORDED_WITHIN
    while not _is_recorded(case, referrer, offer_id):
        if time.monotonic() > deadline:
            raise case.stuck(referrer, "the answer by the link is not recorded in time")
        time.sleep(0.05)
    case.progress(f"  {referrer:>21}  {ExternalReferralAnswered.__name__}, by the link")


def _is_recorded(case: Teller, referrer: str, offer_id: str) -> bool:
    """True if the answer is in the case; the story has come as far as it then."""
    for one in case.history(referrer):
        if one["type"] == ExternalReferralAnswered.type_name() and one["data"]["offer_id"] == offer_id:
            case.version = max(case.version, one["version"])
            return True
    return False
