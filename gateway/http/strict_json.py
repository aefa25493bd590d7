"""JSON that every system reads the same way (I-JSON, RFC 7493): UTF-8, unique names, finite numbers."""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder
from math import isfinite
from typing import Any, Final, NoReturn

from gateway.http.problems import ProblemError, ProblemKind


def read(raw: bytes) -> Any:
    """The parsed value. Raises a problem that says what is wrong and where, and repeats nothing of the text."""
    try:
        return _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise malformed("The body is not UTF-8.") from None
    except JSONDecodeError as error:
        raise malformed(f"The body is not JSON from line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise malformed("The body is nested too deeply.") from None
    except ValueError:  # a number has more digits than Python reads
        raise malformed("A number is too long.") from None


def malformed(detail: str) -> ProblemError:
    """The problem of a body that cannot be read."""
    return ProblemError(ProblemKind.MALFORMED_BODY, detail)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise malformed("An object has the same name twice.")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise malformed("A number is too large.")
    return number


def _refuse(constant: str) -> NoReturn:
    raise malformed("NaN and Infinity are not JSON.")


_DECODER: Final = JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
