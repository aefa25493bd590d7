"""Receipts: codes that lead to a case and cannot be guessed, and what is left when one is shown."""

from __future__ import annotations

import itertools
from hashlib import sha256
from random import Random
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies

from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.privacy.receipt_codes import USES, new_code, next_link, read_code
from contracts.sweden.guidance.her_receipt import her_receipt, page_of_receipt, printed_receipt
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import given, issued
from contracts.view.parts.receipts import ReceiptWish

HANDED = OTHER_CASES["a receipt is shown"][:-1]


@for_all(strategies.uuids(), strategies.integers())
def test_a_code_leads_to_its_case(case: UUID, seed: int) -> None:
    """Whatever the case and the random bits; and its form is that of five groups of four."""
    code = new_code(str(case), Random(seed).randbytes)
    read = read_code(code)
    assert read is not None and str(case).startswith(read.begins)
    assert [len(group) for group in code.split("-")] == [4] * 5
    assert len(read.secret) * 5 == 60


def test_two_codes_differ_by_their_secret() -> None:
    """No two of many are the same."""
    chance = Random(1)
    codes = {new_code("018e0a00-0000-7000-8000-000000000000", chance.randbytes) for _ in range(1000)}
    assert len(codes) == 1000 and len({code[:9] for code in codes}) == 1


def test_a_code_that_is_read_out_is_understood() -> None:
    """Small letters, spaces, and letters that look like digits."""
    code = "0671-0M00-3KW7-AK88-XBYB"
    for spoken in (code.lower(), code.replace("-", " "), code.replace("0", "O").replace("1", "I"), f" {code}\t"):
        assert read_code(spoken) == read_code(code)


@pytest.mark.parametrize(
    "text", ["", "-", "0671-0M00", "0671-0M00-3KW7-AK88-XBYB-0", "0671-0M00-3KW7-AK88-XBYU", "é" * 20]
)
def test_another_text_is_no_code(text: str) -> None:
    """Nothing raises, whatever somebody types."""
    assert read_code(text) is None


def test_each_showing_publishes_the_link_before() -> None:
    """Ten times; another case, or another secret, has another chain."""
    code = read_code("0671-0M00-3KW7-AK88-XBYB")
    other = read_code("0671-0M00-3KW7-AK88-XBYC")
    assert code is not None and other is not None
    links = code.links("a")
    assert len(links) == USES + 1 == len({*links})
    assert all(next_link(before) == after for before, after in itertools.pairwise(links))
    assert sha256(bytes.fromhex(links[-2])).hexdigest() == links[-1]
    assert {*links}.isdisjoint(code.links("b")) and {*links}.isdisjoint(other.links("a"))


def test_an_outsider_with_the_code_withdraws_every_consent() -> None:
    """R32: and whoever took part by consent leaves; the agency that took her word does not come in."""
    accepted = (*HANDED, issued(CaseReferred, NGO), issued(ReferralAccepted, MUNICIPALITY))
    before = given(*accepted).case
    assert before.takes_part(MUNICIPALITY) and before.consents
    after = given(*accepted).when(issued(ReceiptShown, POLICE)).then_taken()
    assert (after.consents, after.takes_part(MUNICIPALITY), after.takes_part(POLICE)) == ((), False, False)
    (receipt,) = after.receipts
    assert receipt.shown == 1


@pytest.mark.parametrize("wish", [ReceiptWish.BE_CONTACTED, ReceiptWish.BE_ERASED])
def test_another_wish_changes_no_consent(wish: ReceiptWish) -> None:
    """It is for the lead to do."""
    before = given(*HANDED).case
    after = given(*HANDED).when(issued(ReceiptShown, POLICE, wish=wish)).then_taken()
    assert after.consents == before.consents != ()
    assert after.participants == before.participants


def test_a_receipt_of_one_case_opens_no_other() -> None:
    """R32: nothing of another case's receipts fits."""
    other = given(*CANONICAL_CASE[:4], issued(ReceiptHandedOver, NGO, id=event_id(191), link="1" * 64))
    other.when(issued(ReceiptShown, POLICE, receipt_id=event_id(191))).then_refused("R32")


def test_the_paper_says_what_is_recorded_and_how_to_take_it_back() -> None:
    """In both languages, as text and as a page; what stands in a name is no markup."""
    case = given(*CANONICAL_CASE[:4]).case
    receipt = her_receipt(case, "AAAA-BBBB", CANONICAL_CASE[0].event.occurred_on, "020-390 000", lambda who: f"<{who}>")
    for swedish, yes in ((True, "sa du ja"), (False, "you said yes")):
        text, page = printed_receipt(receipt, swedish=swedish), page_of_receipt(receipt, swedish=swedish)
        for part in (yes, "AAAA-BBBB", "020-390 000", "112", "2024-09-04"):
            assert part in text and part in page
        assert "<ngo-fyren>" in text and "<ngo-fyren>" not in page and "&lt;ngo-fyren&gt;" in page
