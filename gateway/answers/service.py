"""What is answered about the service itself: what it may do, by which rules, and how it is."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import JsonValue

from gateway.http.response_models import Answer, Text


class RuleText(Answer):
    """A rule: its id, what it says, where it stands, and the events that it judges."""

    id: str
    text: Text
    source: str
    judges: tuple[str, ...]


class RulesetText(Answer):
    """The rules in force from a date until the next ruleset's."""

    id: str
    in_force_from: date
    rules: tuple[RuleText, ...]


class IssuableEvent(Answer):
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


class ServiceHealth(Answer):
    """Each part's trouble in plain words, or null when it is well. `degraded`: what a person should look at."""

    status: Literal["alive", "ready", "degraded"]
    broker: str | None = None
    store: str | None = None
    replica: str | None = None
    degraded: tuple[str, ...] = ()
    lists: str | None = None


class ApiInfo(Answer):
    """About this API, in the form of Sweden's REST API profile."""

    apiName: str
    apiVersion: str
    apiReleased: date
    apiDocumentation: str
    apiStatus: Literal["alpha", "beta", "active", "deprecated", "retired"]
