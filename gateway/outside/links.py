"""Links and codes of offers outside the bus.

A link's token is sealed by a key that only the agency has: nobody can make one or change one, and it tells nothing to
whoever sees it. Nothing is stored: a token has its own end, the log has the one answer, and a code follows from the key
and the offer, so that a form can be printed again.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_ALGORITHMS: Final = ["dir", "A256GCM"]
_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}
_LONGEST: Final = 200
_LENGTH: Final = 40
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits and letters of a code (Crockford's base 32): none looks like another one."""
_LOOKS_LIKE: Final = str.maketrans("OIL", "011", " -")
_DIGITS: Final = 8

_MOST_WRONG: Final = 10
_REMEMBERED: Final = 4096


class Link(NamedTuple):
    """The content of a link's token: the case and the offer that it is about, and its last moment (UTC)."""

    case_id: str
    offer_id: str
    until: datetime


class Links:
    """Makes and opens the links and codes of one agency. `key`: 32 bytes that only the agency has."""

    def __init__(self, key: bytes) -> None:
        self._sealing = OctKey.import_key(hmac.digest(key, b"outside: links", "sha256"))
        self._of_codes = hmac.digest(key, b"outside: codes", "sha256")

    def token(self, link: Link) -> str:
        """A token that is good until the link's last moment. No two are alike."""
        until = int(link.until.timestamp()).to_bytes(8, "big")
        content = UUID(link.case_id).bytes + UUID(link.offer_id).bytes + until
        return jwe.encrypt_compact(_HEADER, content, self._sealing, algorithms=_ALGORITHMS)

    def opened(self, token: str, now: datetime) -> Link | None:
        """The content of a token of ours; None when it is none of ours, was changed, or its time has run out."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            sealed = jwe.decrypt_compact(token, self._sealing, algorithms=_ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        content = sealed.plaintext
        if content is None or len(content) != _LENGTH or sealed.protected != _HEADER:
            return None
        until = datetime.fromtimestamp(int.from_bytes(content[32:], "big"), UTC)
        found = Link(str(UUID(bytes=content[:16])), str(UUID(bytes=content[16:32])), until)
        return found if now <= until else None

    def code(self, offer_id: str) -> str:
        """The code of an offer, as the form prints it: two groups of four digits and letters."""
        number = int.from_bytes(hmac.digest(self._of_codes, offer_id.encode(), "sha256")[:5], "big")
        written = "".join(_LETTERS[number >> 5 * place & 31] for place in range(_DIGITS))
        return f"{written[:4]}-{written[4:]}"

    def is_code(self, offer_id: str, said: str) -> bool:
        """True if somebody gave the code of the offer; case, spaces and letters that look alike do not matter."""
        plain = said[:_LONGEST].upper().translate(_LOOKS_LIKE).encode(errors="replace")
        return hmac.compare_digest(plain, self.code(offer_id).replace("-", "").encode())


class WrongCodes:
    """Counts the wrong codes of each offer. After ten, the link takes no more answers; the phone does.

    A restart forgets them. That gives away nothing: of 2^40 codes a few more are tried.
    """

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, int] = OrderedDict()

    def note(self, offer_id: str) -> None:
        """One more wrong code of this offer."""
        self._wrong[offer_id] = self._wrong.pop(offer_id, 0) + 1
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)

    def too_many(self, offer_id: str) -> bool:
        """True if no more codes are taken for this offer."""
        return self._wrong.get(offer_id, 0) >= _MOST_WRONG
