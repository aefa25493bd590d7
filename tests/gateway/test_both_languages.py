"""Every problem says in English and in Swedish what is wrong, and how a value that does not fit should be."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import contracts
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from gateway.http.misfits import _OF_RULES, UNKNOWN, in_plain_words
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.request_body import as_fact

from .conftest import DETECTION, Edge
from .test_submitting_events import post

_EXTREMES: tuple[Any, ...] = (None, True, 1.5, -1, 10**30, "", "x" * 5000, "2026-12-10", "\x00", [], ["x"] * 1000, {})
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_SWEDISH = re.compile(r"[åäö]|\b(ska|inte|det|är|en|och|här)\b", re.IGNORECASE)


@pytest.mark.parametrize("kind", ProblemKind)
def test_every_kind_of_problem_has_a_title_in_both_languages(kind: ProblemKind) -> None:
    assert kind.title.en != kind.title.sv and _SWEDISH.search(kind.title.sv)


@pytest.mark.parametrize("event", [*EVENTS.values(), *DIRECTORY_EVENTS.values()], ids=lambda event: event.__name__)
def test_every_misfit_of_an_event_is_told_in_both_languages(event: Any) -> None:
    """Whatever a field may get: none falls back on saying only that it does not fit."""
    for name in (*event.model_fields, "unknown"):
        for value in _EXTREMES:
            try:
                as_fact(event, {**event.example, name: value})
            except ProblemError as problem:
                for error in problem.members.get("errors", ()):
                    assert error["text"]["sv"] != UNKNOWN.sv, error
                    assert error["text"]["en"] != error["text"]["sv"]
                    assert not _PLACEHOLDER.search(str(error["text"])), error


def test_every_message_of_the_contracts_has_its_swedish() -> None:
    """A ValueError in a validator reaches the writer."""
    folder, told = Path(contracts.__file__).parent, set()
    for path in [*folder.glob("chapters/*.py"), *folder.glob("sweden/chapters/*.py"), folder / "directory/events.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                name, message = node.exc.func, node.exc.args[0]
                if isinstance(name, ast.Name) and name.id == "ValueError" and isinstance(message, ast.Constant):
                    told.add(message.value)
    assert told and told <= _OF_RULES.keys()


def test_a_value_that_no_word_is_known_for_is_still_told() -> None:
    assert in_plain_words("something_new", "", {}) == UNKNOWN == in_plain_words("too_long", "", {})


async def test_a_refusal_speaks_both_languages_over_http(edge: Edge) -> None:
    """Not found, not allowed, and not fitting; the value itself is never repeated."""
    missing = (await edge.http.get("/v1/cases/x", headers=edge.headers())).json()
    assert missing["text"]["sv"].startswith("Här finns inget") and missing["detail"] in missing["text"]["en"]
    misfit = (await post(edge, {**DETECTION, "age_band": "Elsa", "note": "ring 070-174 06 05"}, "/v1/cases")).json()
    said = {error["pointer"]: error["text"] for error in misfit["errors"]}
    assert said["/age_band"]["sv"].startswith("Det här ska vara ett av: 'adult', 'minor' eller ")
    assert "telefonnummer" in said["/note"]["sv"]
    assert "Elsa" not in str(misfit) and "070" not in str(misfit)
