"""The JSON Schemas of problem details."""

from __future__ import annotations

from typing import Any

from contracts.sweden.suspicions.suspicion import Suspected
from gateway.http.problems import ProblemKind


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by name: a problem, a problem with a rule's objection, a problem that lists misfits or suspicions."""
    text = {"type": "string"}
    wording = {"type": "object", "properties": {"en": text, "sv": text}, "required": ["en", "sv"]}
    basics = {
        "type": {"type": "string", "format": "uri", "enum": [kind.uri for kind in ProblemKind]},
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "instance": {"type": "string", "format": "uri"},
        "text": wording | {"description": "The title and the detail, for people."},
    }
    problem = {"type": "object", "properties": basics, "required": list(basics)}
    refusal = {
        "description": "With a rule's objection: the rule, its source, what is missing and who supplies it.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "type": "object",
        "properties": {
            "rule": text,
            "rule_text": wording,
            "source": text,
            "missing": wording,
            "supplied_by": {"type": "array", "items": text},
        },
    }
    error = {
        "type": "object",
        "properties": {
            "pointer": {"type": "string", "format": "json-pointer", "description": "Where in the body."},
            "parameter": {"type": "string", "description": "Which query parameter."},
            "detail": text,
            "code": text,
            "text": wording | {"description": "How the value should be, for people."},
        },
        "required": ["detail", "code", "text"],
    }
    place = {"type": "integer", "minimum": 0}
    suspicion = {
        "type": "object",
        "properties": {
            "pointer": {"type": "string", "format": "json-pointer", "description": "Which text in the body."},
            "kind": {"type": "string", "enum": [str(kind) for kind in Suspected]},
            "start": place | {"description": "The first character, from 0, counted in Unicode code points."},
            "end": place | {"description": "The character after the last."},
        },
        "required": ["pointer", "kind", "start", "end"],
    }
    invalid = {
        "description": "What does not fit its schema, or what in a free text may be a personal detail and how to "
        "answer that it is none; never the value that was sent.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "type": "object",
        "properties": {
            "errors": {"type": "array", "items": error},
            "known": {"type": "array", "items": text, "description": "The query parameters that the path takes."},
            "suspicions": {"type": "array", "items": suspicion},
            "what_to_do": wording,
        },
    }
    return {"Problem": problem, "Refusal": refusal, "Invalid": invalid}
