"""The response models of the mandate: the events that this agency may issue, and the rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import JsonValue

from gateway.http.response_models import ResponseModel, Text


class RuleText(ResponseModel):
    """A rule: its id, what it says, where it stands, and the events that it judges."""

    id: str
    text: Text
    source: str
    judges: tuple[str, ...]


class RulesetText(ResponseModel):
    """The rules in force from a date until the next ruleset's."""

    id: str
    in_force_from: date
    rules: tuple[RuleText, ...]


class IssuableEvent(ResponseModel):
    """An event that this agency may issue, the role that it takes, and the JSON Schema of its data.

    `by_people` false: the agency's service issues it by itself, and nobody can send it.
    """

    name: str
    type: str
    title: str
    role: str
    by_people: bool
    chapter: str
    opens_case: bool
    schema_uri: str
    data_schema: dict[str, Any]
    example: dict[str, JsonValue]
