"""Breaking the rules of receipts (R32)."""

from contracts.chapters import receipts
from contracts.chapters.receipts import MOST_RECEIPTS, ReceiptHandedOver, ReceiptShown
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import MIGRATION
from harness.breaking import AUDITOR, UNKNOWN, Broken, new

SHOWN = OTHER_CASES["a receipt is shown"]
HANDED = SHOWN[:-1]
BEFORE = SHOWN[:-2]

RECEIPTS = [
    Broken(
        receipts.agencies_hand_out_receipts_and_take_them,
        "an auditor takes a receipt",
        HANDED,
        issued(ReceiptShown, AUDITOR),
    ),
    *(
        Broken(
            receipts.receipts_are_bounded,
            f"good until {until}",
            BEFORE,
            issued(ReceiptHandedOver, NGO, valid_until=until),
        )
        for until in ("2026-12-01", "2027-12-04")
    ),
    Broken(
        receipts.receipts_are_bounded,
        "one more than a case may have",
        (*BEFORE, *(issued(ReceiptHandedOver, NGO, id=event_id(4000 + n)) for n in range(MOST_RECEIPTS))),
        issued(ReceiptHandedOver, NGO),
    ),
    Broken(
        receipts.the_code_was_shown,
        "an agency outside the case without the code",
        HANDED,
        issued(ReceiptShown, MIGRATION, link="0" * 64),
    ),
    Broken(
        receipts.the_code_was_shown,
        "a participant without the code",
        HANDED,
        issued(ReceiptShown, NGO, link="0" * 64),
    ),
    Broken(
        receipts.the_code_was_shown,
        "what was published, once more",
        SHOWN,
        issued(ReceiptShown, POLICE, id=new(1)),
    ),
    Broken(
        receipts.the_code_was_shown,
        "no such receipt",
        HANDED,
        issued(ReceiptShown, POLICE, receipt_id=UNKNOWN),
    ),
    Broken(
        receipts.the_code_was_shown,
        "after its last day",
        HANDED,
        issued(ReceiptShown, POLICE, occurred_at="2027-06-01T09:00:00Z"),
    ),
]
