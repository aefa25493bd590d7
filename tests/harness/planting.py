"""Invented personal data and case facts that exist nowhere else: wherever a test finds them, they came from here."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Final

from personnummer.personnummer import Personnummer

from contracts.privacy.record_forms import Contact, Family, Health, Identity, Legal, Relation, Relative


def identity_number() -> str:
    """An invented one whose check digit is right; it stands nowhere before the test runs."""
    for last in range(10):
        number = f"19990102-239{last}"
        with suppress(Exception):
            Personnummer(number)
            return number
    raise AssertionError


WORDS: Final = {
    "given": "Zvezdoljuba Qviståsa",
    "family": "Kanariefågelsdotter",
    "number": identity_number(),
    "phone": "+46709876501",
    "mail": "zvezdoljuba.qvist@canary.invalid",
    "address": "Påhittade gränden 77 B, Ingenstad",
    "health": "hemoglobinuria canariensis",
    "relative": "Oskuldsvind Kanariefågelsson",
    "report": "5000-K777777-99",
    "note": "Hidden behind the blue laundrette of nowhere",
    "aim": "A quiet attic that smells of cardamom",
    "question": "May she keep the canary that sings Fiskmåsen?",
}
"""What is planted: the first nine in personal records, the others among the facts of the case."""

RECORDS: Final = (
    Identity(given_names=WORDS["given"], family_name=WORDS["family"], identity_number=WORDS["number"]),
    Contact(
        phone=WORDS["phone"],
        e_mail=WORDS["mail"],
        address=WORDS["address"],
        safe_to_call=False,
        safe_to_write=False,
    ),
    Health(conditions=(WORDS["health"],)),
    Family(relatives=(Relative(relation=Relation.CHILD, name=WORDS["relative"], date_of_birth=date(2019, 5, 4)),)),
    Legal(police_report=WORDS["report"]),
)
