"""The codes on receipts: short enough to be read out, and too many to be guessed, also by who has a copy of the log.

A code has 20 characters: 8 lead to the case (40 bits of its random id), and 12 are secret (60 bits). scrypt makes the
first link of a hash chain of the secret; the last link stands in the log from the beginning. Whoever shows the code
publishes the link before the last one that was published. Nobody can make that link from the published one, and nobody
can show a link twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import scrypt, sha256
from typing import Final

USES: Final = 10
"""How often one code can be shown."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PLACE, _SECRET, _GROUP, _BITS = 8, 12, 4, 5
_CODE: Final = re.compile(rf"[{_ALPHABET}]{{{_PLACE + _SECRET}}}")
_MISREAD: Final = str.maketrans("OIL", "011", " -\t")
_LABEL: Final = b"stafett receipt v1 "


@dataclass(frozen=True, slots=True)
class ReceiptCode:
    """A code. `begins`: how the id of its case begins. `secret`: its other characters."""

    begins: str
    secret: str

    def links(self, case_id: str) -> tuple[str, ...]:
        """The hash chain of the code for a case, in hexadecimal: the last one is published first. Takes 50 ms."""
        salt = _LABEL + case_id.encode()
        found = [scrypt(self.secret.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()]
        while len(found) <= USES:
            found.append(next_link(found[-1]))
        return tuple(found)


def next_link(link: str) -> str:
    """The link after this one: the SHA-256 of its bytes, in hexadecimal."""
    return sha256(bytes.fromhex(link)).hexdigest()


def new_code(case_id: str, random: Callable[[int], bytes]) -> str:
    """A new code for a case, in groups of four. `random(n)`: n random bytes."""
    place = _spelled(int(_hexadecimal(case_id)[: _PLACE * _BITS // 4], 16), _PLACE)
    secret = _spelled(int.from_bytes(random(8), "big") >> 4, _SECRET)
    characters = place + secret
    return "-".join(characters[first : first + _GROUP] for first in range(0, len(characters), _GROUP))


def read_code(text: str) -> ReceiptCode | None:
    """The code that somebody typed, whatever its case, spaces and hyphens; None when it has not the form."""
    characters = text.upper().translate(_MISREAD)
    if _CODE.fullmatch(characters) is None:
        return None
    number = 0
    for character in characters[:_PLACE]:
        number = number << _BITS | _ALPHABET.index(character)
    digits = f"{number:0{_PLACE * _BITS // 4}x}"
    return ReceiptCode(f"{digits[:8]}-{digits[8:]}", characters[_PLACE:])


def _spelled(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> _BITS * place & 31] for place in reversed(range(length)))


def _hexadecimal(case_id: str) -> str:
    return case_id.replace("-", "")
