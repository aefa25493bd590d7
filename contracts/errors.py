"""The errors of reading an event's data. Each says who has to act, and how.

StafettError
└── EventError
    ├── UnknownEventTypeError   the reader upgrades, or the writer names a published type
    └── InvalidEventError       the writer mends the data
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError


class StafettError(Exception):
    """Base of everything that the project raises."""


class EventError(StafettError):
    """An event that cannot be read. Nothing was changed; retrying the same bytes never helps."""


class UnknownEventTypeError(EventError):
    """No such type, or a version newer than this reader knows. The operator upgrades, or the writer mends the name."""

    def __init__(self, type_name: str) -> None:
        super().__init__(f"{type_name!r} is not an event type published here")
        self.type_name = type_name


class InvalidEventError(EventError):
    """Data that does not fit its schema. The writer mends the fields that `errors` lists.

    `errors` has pydantic's form (`type`, `loc`, `msg`) without the offending values, so that it may be logged.
    """

    def __init__(self, type_name: str, errors: list[dict[str, Any]]) -> None:
        places = ", ".join(".".join(map(str, error["loc"])) or "the whole" for error in errors)
        super().__init__(f"{type_name}: {places}")
        self.type_name = type_name
        self.errors = errors

    @classmethod
    def of(cls, type_name: str, error: ValidationError) -> InvalidEventError:
        """The same errors as pydantic's, stripped of every input value."""
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return cls(type_name, [dict(one) for one in found])
