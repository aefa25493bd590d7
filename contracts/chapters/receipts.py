"""Receipts: the victim gets a code, and any agency to which she shows it takes her word, inside the case or not (R32).

Both events travel in clear. An agency that cannot read the case must find the receipt in the log, and write what she
asks for; those who take part must be able to judge it. They tell that a receipt was handed out and shown, where, and
for which of three wishes; nothing about the case, and nothing from which the code could be computed
(`contracts.privacy.receipt_codes`).
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.participation import without_consent
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.receipts import HandedReceipt, ReceiptWish
from contracts.vocabulary.agencies import ANY_AGENCY, Role
from contracts.vocabulary.codes import Sha256

LONGEST: Final = timedelta(days=366)
"""How long a receipt is good at most."""

MOST_RECEIPTS: Final = 50
"""The largest number of receipts of one case."""


class ReceiptHandedOver(
    CaseEvent, chapter=Chapter.CONSENT, issuers=ANY_AGENCY, role=Role.SERVICE, sealed=False, after_closure=True
):
    """The victim got a receipt with a code; the service that made the code kept no copy of it."""

    link: Annotated[Sha256, Field(description="The last link of the hash chain of the code.")]
    valid_until: Annotated[Day, Field(description="The last day on which it can be shown.")]

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-02T10:00:00Z",
        "link": "954d5a49fd70d9b8bcdb35d252267829957f7ef7fa6c74f88419bdc5e82209f4",
        "valid_until": "2027-05-31",
    }


class ReceiptShown(
    CaseEvent, chapter=Chapter.CONSENT, issuers=ANY_AGENCY, role=Role.SERVICE, sealed=False, after_closure=True
):
    """The victim showed her receipt to an agency, which need not take part in the case, and said what she asks for."""

    receipt_id: EventId
    link: Annotated[Sha256, Field(description="The link before the one that was published last; only the code has it.")]
    wish: ReceiptWish

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-03T10:00:00Z",
        "receipt_id": "018e0a00-0000-7000-8000-000000000111",
        "link": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "wish": "withdraw-consent",
    }


@evolves(ReceiptHandedOver)
def receipt_handed_over(case: CaseView, event: ReceiptHandedOver, by: Provenance) -> CaseView:
    receipt = HandedReceipt(id=by.event_id, handed_by=by.agency, valid_until=event.valid_until, link=event.link)
    return case.advanced(receipts=(*case.receipts, receipt))


@evolves(ReceiptShown)
def receipt_shown(case: CaseView, event: ReceiptShown, by: Provenance) -> CaseView:
    receipt = with_id(case.receipts, event.receipt_id)
    shown = 0 if receipt is None else receipt.shown + 1
    after = case.changed(receipts=replaced(case.receipts, event.receipt_id, link=event.link, shown=shown))
    if event.wish is ReceiptWish.WITHDRAW_CONSENT:
        after = without_consent(after.changed(consents=()), event)
    return after.advanced()


_SOURCE: Final = (
    f"{NOT_IN_THE_SOURCES}: General Data Protection Regulation (EU) 2016/679, article 7(3): to withdraw is as easy as "
    "to give consent."
)

agencies_hand_out_receipts_and_take_them: Final = mandate(
    "R32",
    ReceiptHandedOver,
    ReceiptShown,
    en="The agency in dialogue with the victim hands her a receipt; any agency to which she shows it takes her word.",
    sv="Den aktör som har dialogen med den utsatta ger henne ett kvitto; varje aktör som hon visar det för tar emot "
    "hennes besked.",
    source=_SOURCE,
)


@rule(
    "R32",
    ReceiptHandedOver,
    en=f"A receipt is good for at most a year, and a case has at most {MOST_RECEIPTS}.",
    sv=f"Ett kvitto gäller i högst ett år, och ett ärende har högst {MOST_RECEIPTS}.",
    source=f"{NOT_IN_THE_SOURCES}: a code that somebody finds must not be good for ever.",
)
def receipts_are_bounded(case: CaseView, event: ReceiptHandedOver, by: Provenance) -> Missing | None:
    if not event.occurred_on <= event.valid_until <= event.occurred_on + LONGEST:
        return missing("The receipt is not good for a year or less.", "Kvittot gäller inte i högst ett år.", by.agency)
    if len(case.receipts) >= MOST_RECEIPTS:
        return missing("The case has as many as it may have.", "Ärendet har så många som det får ha.", by.agency)
    return None


@rule(
    "R32",
    ReceiptShown,
    en="Whoever takes the victim's word by a receipt has seen its code, on a day on which it is good.",
    sv="Den som tar emot den utsattas besked genom ett kvitto har sett dess kod, en dag då det gäller.",
    source=f"{NOT_IN_THE_SOURCES}: no agency may speak for a person whom it has not met.",
)
def the_code_was_shown(case: CaseView, event: ReceiptShown, by: Provenance) -> Missing | None:
    receipt = with_id(case.receipts, event.receipt_id)
    if receipt is None or sha256(bytes.fromhex(event.link)).hexdigest() != receipt.link:
        return missing(
            "It does not fit the code of a receipt of this case.",
            "Det stämmer inte med koden på något kvitto i ärendet.",
            "the victim, by showing her receipt",
        )
    if event.occurred_on > receipt.valid_until:
        return missing(
            f"The receipt was good until {receipt.valid_until}.",
            f"Kvittot gällde till och med {receipt.valid_until}.",
            "any participant, by handing her a new one",
        )
    return None
