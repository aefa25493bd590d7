"""JSON that every system reads the same way (I-JSON, RFC 7493): UTF-8, unique names, finite numbers."""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder
from math import isfinite
from typing import Any, Final, NoReturn

from contracts.vocabulary.wording import Wording
from gateway.http.problems import ProblemError, ProblemKind


def read(raw: bytes) -> Any:
    """The parsed value. Raises a problem that says what is wrong and where, and repeats nothing of the text."""
    try:
        return _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise malformed(Wording("The body is not UTF-8.", "Innehållet är inte UTF-8.")) from None
    except JSONDecodeError as error:
        raise malformed(
            Wording(
                f"The body is not JSON from line {error.lineno}, column {error.colno}.",
                f"Innehållet är inte JSON från rad {error.lineno}, kolumn {error.colno}.",
            )
        ) from None
    except RecursionError:
        raise malformed(Wording("The body is nested too deeply.", "Innehållet är nästlat för djupt.")) from None
    except ValueError:  # a number has more digits than Python reads
        raise malformed(Wording("A number is too long.", "Ett tal är för långt.")) from None


def malformed(detail: Wording) -> ProblemError:
    """The problem of a body that cannot be read."""
    return ProblemError(ProblemKind.MALFORMED_BODY, detail)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise malformed(Wording("An object has the same name twice.", "Ett objekt har samma namn två gånger."))
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise malformed(Wording("A number is too large.", "Ett tal är för stort."))
    return number


def _refuse(constant: str) -> NoReturn:
    raise malformed(Wording("NaN and Infinity are not JSON.", "NaN och Infinity är inte JSON."))


_DECODER: Final = JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
