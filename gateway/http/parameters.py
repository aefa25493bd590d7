"""The parameters that several routes take, and the forms of a day, a month and a UUID."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final

from fastapi import Query
from pydantic import BeforeValidator

_MONTH: Final = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
_DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}|2200-[0-9]{2}-[0-9]{2}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
LongLimit = Annotated[int, Query(ge=1, le=500, description="How many items at most.")]
AfterVersion = Annotated[int, Query(ge=0, le=2**53, description="Only what follows this version of the case.")]
At = Annotated[
    str | None,
    Query(
        description="An earlier version of the case, such as 7, or a moment with its offset from UTC, such as "
        "2026-11-27T12:00:00+01:00; the newest version when left out.",
        json_schema_extra={"maxLength": 40},
    ),
]
AboutCase = Annotated[
    str | None, Query(max_length=36, description="Only about this case.", json_schema_extra={"format": "uuid"})
]
DryRun = Annotated[
    bool,
    Query(
        description="Only judge the event as if it were sent: answer with the same problem or 200, and store nothing."
    ),
]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="Which part of the list, from 1.")]


def iso_day(text: object) -> object:
    """The text, if it has the form `2024-03-31`; otherwise raises ValueError.

    Pydantic would also take a number of seconds, which no caller means.
    """
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("write a day as 2024-03-31, from 1900 to 2200")
    return text


OnDay = Annotated[
    date | None, BeforeValidator(iso_day), Query(description="A Swedish day, as 2024-03-31; today when left out.")
]


def _month(text: object) -> date:
    """The first day of a month that is written as `2024-03`."""
    if not isinstance(text, str) or not _MONTH.fullmatch(text):
        raise ValueError("write a month as 2024-03, from 1900 to 2199")
    return date.fromisoformat(f"{text}-01")


Month = Annotated[
    date,
    BeforeValidator(_month, json_schema_input_type=str),
    Query(json_schema_extra={"format": "month", "pattern": "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"}),
]


def is_uuid(text: str) -> bool:
    """True if the text is a UUID in its canonical form."""
    return _UUID.fullmatch(text) is not None
