"""The JSON Schemas of problem details."""

from __future__ import annotations

from typing import Any

from gateway.http.problems import ProblemKind


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by name: a problem, a problem with a rule's objection, a problem that lists misfits."""
    text = {"type": "string"}
    wording = {"type": "object", "properties": {"en": text, "sv": text}, "required": ["en", "sv"]}
    basics = {
        "type": {"type": "string", "format": "uri", "enum": [kind.uri for kind in ProblemKind]},
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "instance": {"type": "string", "format": "uri"},
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
        },
        "required": ["detail", "code"],
    }
    invalid = {
        "description": "What does not fit its schema; never the value that was sent.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "type": "object",
        "properties": {"errors": {"type": "array", "items": error}},
    }
    return {"Problem": problem, "Refusal": refusal, "Invalid": invalid}
