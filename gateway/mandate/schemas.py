"""The response models of the mandate: the events that this agency may issue, and the rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import JsonValue

from contracts.sweden.consent_texts import ConsentText
from gateway.http.response_models import ResponseModel, Text


class RuleText(ResponseModel):
    """A rule: its id, its wording, its source, and the events that it judges."""

    id: str
    text: Text
    source: str
    judges: tuple[str, ...]


class RulesetText(ResponseModel):
    """The rules in force from a date until the date of the next ruleset.

    `adopted_at`: the moment from which agencies judge by them; they judge nothing that was recorded earlier.
    """

    id: str
    in_force_from: date
    adopted_at: datetime
    rules: tuple[RuleText, ...]


class IssuableEvent(ResponseModel):
    """An event that this agency may issue, the role that may issue it, and the JSON Schema of its data.

    `label`: what a person does who issues it. `schema_address`: where its schema stands, for good.
    `by_people`: false when the agency's service issues the event by itself, so that nobody can send it.
    """

    name: str
    type: str
    title: str
    label: Text
    role: str
    by_people: bool
    chapter: str
    opens_case: bool
    schema_uri: str
    schema_address: str
    data_schema: dict[str, Any]
    example: dict[str, JsonValue]


class ExplainedText(ResponseModel):
    """A text that is explained to a person before she consents. It never changes; a new wording has another id."""

    id: str
    since: date
    title: Text
    paragraphs: tuple[Text, ...]

    @classmethod
    def of(cls, text: ConsentText) -> ExplainedText:
        """The text as it is listed."""
        return cls.model_validate(text)
