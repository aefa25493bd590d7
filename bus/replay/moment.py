"""Moments of a case: a version, or a point in time, as somebody asks for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from contracts.errors import StafettError
from contracts.vocabulary.wording import Wording

MOST_CHARACTERS: Final = 40
"""The largest number of characters of a moment."""

_VERSION: Final = re.compile(r"[0-9]{1,9}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)

Moment = int | datetime
"""A version of a case, or a point in time with its offset."""


class ReplayError(StafettError):
    """A replay was asked for something that the case does not have. Whoever asks corrects the parameter.

    `parameter`: its name. `code`: a stable name of the fault. `wording`: what to correct, in both languages.
    """

    def __init__(self, parameter: str, code: str, en: str, sv: str) -> None:
        super().__init__(en)
        self.parameter, self.code, self.wording = parameter, code, Wording(en, sv)


def moment(text: str, parameter: str = "at") -> Moment:
    """The version or the point in time that a text names. Raises ReplayError `not-a-moment`."""
    if _VERSION.fullmatch(text):
        return int(text)
    try:
        if _TIME.fullmatch(text):
            # Only a point in time that UTC can express can be compared.
            return datetime.fromisoformat(text.upper().replace(" ", "T").replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ReplayError(
        parameter,
        "not-a-moment",
        "Write a version, such as 7, or a moment with its offset from UTC, such as 2026-11-27T12:00:00+01:00.",
        "Skriv en version, till exempel 7, eller en tidpunkt med sin skillnad mot UTC, till exempel "
        "2026-11-27T12:00:00+01:00.",
    )


def version_at(wanted: Moment, times: Sequence[datetime], now: datetime, parameter: str = "at") -> int:
    """The version of a case at a moment: the number of the events before the first one that came later.

    An event cannot have been there before the one that it follows, so an event after a later one does not count, even
    if it says an earlier time.

    Args:
        wanted: the version, or the point in time.
        times: when each event came, in the order of the chain.
        now: the present; a later moment is refused.
        parameter: the name of the parameter that the moment came in.

    Raises ReplayError `no-such-version`, `in-the-future` or `before-the-case`.
    """
    if isinstance(wanted, int):
        if 1 <= wanted <= len(times):
            return wanted
        raise ReplayError(
            parameter,
            "no-such-version",
            f"The case has the versions 1 to {len(times)}.",
            f"Ärendet har versionerna 1 till {len(times)}.",
        )
    if wanted > now:
        raise ReplayError(parameter, "in-the-future", "This moment has not come yet.", "Den tidpunkten har inte varit.")
    version = next((place for place, each in enumerate(times) if each > wanted), len(times))
    if version == 0:
        raise ReplayError(
            parameter,
            "before-the-case",
            "The case did not exist at that moment.",
            "Ärendet fanns inte vid den tidpunkten.",
        )
    return version
