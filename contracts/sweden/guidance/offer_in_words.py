"""A preview in plain words, for people who read it on paper or on a page: one line for each fact, in both languages.

It leaves out what is of no use to them: the ids, the state, and what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from contracts.calendar.days import SWEDISH_TIME
from contracts.privacy.offer_preview import Preview
from contracts.sweden.geography.areas import Map
from contracts.sweden.labels.swedish import LABELS
from contracts.vocabulary.wording import Wording


class Line(NamedTuple):
    """A fact of a preview: its label and its value."""

    label: Wording
    value: Wording


_YES, _NO = Wording("yes", "ja"), Wording("no", "nej")

_SHOWN: Final = (
    *("respond_by", "urgency", "purposes", "services", "urgent", "immediate_danger", "exploitation_forms", "age_band"),
    *("unaccompanied", "residence", "identification", "region", "municipality", "language", "interpreter_needed"),
)
_OWN_LABELS: Final = {
    "unaccompanied": Wording("Child without a custodian here", "Barn utan vårdnadshavare här"),
    "identification": Wording("Identification", "Identifiering"),
    "services": Wording("Services that are asked for", "Insatser som efterfrågas"),
}
_ONLY_IF_TRUE: Final = ("unaccompanied", "immediate_danger")


def offer_in_words(preview: Preview, sweden: Map) -> tuple[Line, ...]:
    """The facts of a preview, the moment for the answer first."""
    return tuple(_lines(preview, sweden))


def moment_in_words(at: datetime) -> Wording:
    """A moment by the Swedish clock."""
    here = at.astimezone(SWEDISH_TIME)
    return Wording(f"{here:%Y-%m-%d %H:%M} (Swedish time)", f"{here:%Y-%m-%d kl. %H.%M}")


def _lines(preview: Preview, sweden: Map) -> Iterator[Line]:
    for name in _SHOWN:
        value = getattr(preview, name)
        if value in (None, ()) or (name in _ONLY_IF_TRUE and not value):
            continue
        yield Line(_OWN_LABELS.get(name) or LABELS.fields[name], _said(name, value, sweden))


def _said(name: str, value: Any, sweden: Map) -> Wording:
    if name == "region" or name == "municipality":
        places = sweden.counties if name == "region" else sweden.municipalities
        place = str(getattr(places.get(value), "name", value))
        return Wording(place, place)
    match value:
        case bool():
            return _YES if value else _NO
        case datetime():
            return moment_in_words(value)
        case StrEnum():
            return LABELS.value(value)
        case tuple():
            return LABELS.listed(value)
    return Wording(str(value), str(value))
