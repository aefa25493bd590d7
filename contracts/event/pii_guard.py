"""A guard for de-identified free text: it finds personal identity numbers, phone numbers and e-mail addresses.

It finds a detail that somebody wrote without thinking, not one that somebody hides. A text with characters that its
readers cannot see is refused at once. The answer depends on the text alone, never on today's date or on the edition of
Unicode that Python brings, so all services judge alike for ever. It takes time in proportion to the text's length.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import Final

from personnummer import personnummer
from pydantic_core import PydanticCustomError


class PersonalDetail(StrEnum):
    """The kinds of personal detail that the guard finds."""

    IDENTITY_NUMBER = "personal identity number"
    COORDINATION_NUMBER = "coordination number"
    E_MAIL = "e-mail address"
    PHONE = "phone number"


_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)"  # control characters, but tabs and ends of lines
    "|[\u202a-\u202e\u2066-\u206f]"  # embeddings, overrides and isolates of direction; digits' shapes
    "|[\ufff9-\ufffb\U000e0000-\U000e007f]"  # annotations between lines; tags
)
"""Characters that change how the rest of a text is shown, or that are not shown. A text with one is refused."""

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f]"
    "|[\u200b-\u200f\u2060-\u2065\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8]"
    "|[\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff]"
)
"""Characters that are not shown, or only modify their neighbours. They do no harm, and the guard looks past them."""

_UNICODE: Final = unicodedata.ucd_3_2_0
"""The one edition of Unicode that every Python has. Later editions add digits, so that two services could disagree."""

_YOUNGER_DIGITS: Final = {first + digit: str(digit) for first in (0x1CCF0, 0x1FBF0) for digit in range(10)}

_E_MAIL: Final = re.compile(r"(?<=[^\s@<>()])@[^\s@<>()]+\.[A-Za-z]{2,}")  # from the @ on, so linear in time

_IDENTITY: Final = re.compile(
    r"(?<![0-9A-Za-z])((?:18|19|20)?[0-9]{2}[- ]?[0-9]{2}[- ]?[0-9]{2})\s?[-+]?\s?([0-9]{4})(?![0-9A-Za-z])"
)

_NOT_A_PHONE: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # the id of an event
    r"|(?<![0-9])[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?![0-9])"  # 2024-03-04
    r"|(?<![0-9])[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}(?![0-9])"  # 04/03/2024
)

_ABROAD: Final = re.compile(r"(?<![0-9A-Za-z])(?:\+|00)[ ]?(?:[0-9][ \-()/.]{0,2}){6,14}[0-9](?![0-9])")

_AT_HOME: Final = re.compile(
    r"(?<![0-9A-Za-z.,:/-])"
    r"(?:(?:\(0[1-9][0-9]{0,2}\)|0[1-9][0-9]{0,2})(?:[ ]?[-/][ ]?|[ ])"  # an area code, or how a mobile number begins
    r"(?=(?:[ -]?[0-9]){5})[1-9][0-9]{1,2}(?:[ -]?[0-9]{2,3}){1,3}"
    r"|0[1-9][0-9]{6,8})"
    r"(?![0-9]|[.,:/-][0-9])"
)

_DIGIT: Final = re.compile(r"[0-9]")

_PUBLIC: Final = ("020", "0771")
"""Numbers that only organisations have, such as the hotline's."""


def personal_detail_in(text: str) -> PersonalDetail | None:
    """The first kind of personal detail that the text seems to hold, or None."""
    plain = _plain(text)
    if _E_MAIL.search(plain):
        return PersonalDetail.E_MAIL
    if _DIGIT.search(plain) is None:
        return None  # every other kind has digits, and most texts have none
    for found in _IDENTITY.finditer(plain):
        kind = _identity(re.sub(r"[^0-9]", "", found[1]) + found[2])
        if kind is not None:
            return kind
    rest = _NOT_A_PHONE.sub("·", plain)
    if any(_is_phone(found[0]) for pattern in (_ABROAD, _AT_HOME) for found in pattern.finditer(rest)):
        return PersonalDetail.PHONE
    return None


def without_personal_details(text: str) -> str:
    """The text itself. Raises a pydantic error that names the kind of detail found, never its value."""
    unseen = _UNSEEN.search(text)
    if unseen is not None:
        raise PydanticCustomError(
            "unseen_character",
            "The text holds {character}, which readers do not see; write it without",
            {"character": f"the character U+{ord(unseen[0]):04X}"},
        )
    found = personal_detail_in(text)
    if found is None:
        return text
    raise PydanticCustomError(
        "personal_details", "The text seems to hold a {detail}; no personal details belong here", {"detail": str(found)}
    )


def _plain(text: str) -> str:
    """The text with ASCII digits, spaces and dashes instead of all their variants, and without invisible characters."""
    if text.isascii():
        return text
    return _UNICODE.normalize("NFKC", text).translate(_plainly())


@cache
def _plainly() -> dict[int, str]:
    """The plain form of each character that has one, by its code point; to be used after NFKC normalization."""
    # Outside these ranges are only ideographs, private use and the characters listed above.
    written = {code: _written(chr(code)) for code in chain(range(0x80, 0x20000), range(0xE0000, 0xE1000))}
    return {code: plain for code, plain in written.items() if plain is not None} | _YOUNGER_DIGITS


def _written(char: str) -> str | None:
    if _INVISIBLE.match(char):
        return ""
    match _UNICODE.category(char):
        case "Cf" | "Mn" | "Me":
            return ""
        case "Nd":
            return str(_UNICODE.decimal(char))
        case "Pd":
            return "-"
    return "-" if char == "−" else None


def _identity(digits: str) -> PersonalDetail | None:
    """The kind of number that the digits are, if their date exists and their check digit is right."""
    # The century of a two-digit year would depend on today's date, so take 20xx: any date that exists in 19xx also
    # exists in 20xx.
    if not personnummer.valid(digits if len(digits) == 12 else f"20{digits}"):
        return None
    coordination = int(digits[-6:-4]) > 60  # it has the day of birth plus sixty
    return PersonalDetail.COORDINATION_NUMBER if coordination else PersonalDetail.IDENTITY_NUMBER


def _is_phone(found: str) -> bool:
    digits = re.sub(r"[^0-9]", "", found)
    abroad = found.lstrip().startswith("+") or digits.startswith("00")
    if abroad:
        national = digits.removeprefix("00")
        return 8 <= len(national) <= 15 and not (
            national.startswith("46") and national[2:].lstrip("0").startswith(tuple(p[1:] for p in _PUBLIC))
        )
    return 8 <= len(digits) <= 10 and not digits.startswith(_PUBLIC)
