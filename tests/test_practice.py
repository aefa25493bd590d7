"""docs/practice.md: what it names exists, and no sentence is without its answer or without what is left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from contracts.chapters.referral import DeclineReason
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.law.in_force import RULESETS
from contracts.sweden.guidance.entitlement import Prospect
from contracts.vocabulary.agencies import AgencyKind
from gateway.app import routes
from stafett.sample_cases.stories import STORIES

PAGE = Path(__file__).parents[1] / "docs" / "practice.md"
TEXT = PAGE.read_text()
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| sentence", "| objection"))
]
CODE = re.findall(r"`([^`]+)`", TEXT)


def test_every_event_that_is_named_exists() -> None:
    """Of a case or of the directory."""
    named = {code for code in CODE if re.fullmatch(r"[A-Z][A-Za-z]+", code)}
    assert len(named) > 50
    assert named - {*EVENTS, *DIRECTORY_EVENTS} == set()


def test_every_rule_and_ruleset_that_is_named_exists() -> None:
    """R1 and so on, and the law of a day."""
    rules = {rule.id for ruleset in RULESETS for rule in ruleset.rules}
    named = set(re.findall(r"\bR[0-9]+\b", TEXT))
    assert len(named) > 15 and named - rules == set()
    laws = set(re.findall(r"`(SE-[0-9-]+)`", TEXT))
    assert laws and laws - {ruleset.id for ruleset in RULESETS} == set()


def test_every_path_that_is_named_is_served() -> None:
    """By its method."""
    served = {
        f"{method} {route.path}"
        for route in iter_route_contexts(routes(with_statistics=True))
        for method in route.methods or ()
    }
    named = {code.partition("?")[0] for code in CODE if code.startswith(("GET ", "POST "))}
    assert len(named) > 5 and named - served == set()


def test_every_story_that_is_named_is_told() -> None:
    """Among the sample cases."""
    named = {
        name
        for line in re.findall(r"stor(?:y|ies) ((?:`[a-z-]+`(?:, )?)+)", TEXT)
        for name in re.findall(r"`([^`]+)`", line)
    }
    assert len(named) > 8 and named - {story.name for story in STORIES} == set()


def test_every_other_word_in_code_is_one() -> None:
    """A kind of agency, a prospect, a reason, or a file."""
    known = {*AgencyKind, *Prospect, *DeclineReason, *(story.name for story in STORIES)}
    known |= {"contacts.csv", "member_of", "tests/test_practice.py"}
    others = [
        code
        for code in CODE
        if not re.fullmatch(r"[A-Z][A-Za-z]+|SE-[0-9-]+|(GET|POST) .*", code) and code not in known
    ]
    assert others == []


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_every_sentence_has_its_answer(row: tuple[str, ...]) -> None:
    """Yes says what answers it; partly also what is left; no says what is left."""
    _, state, answer, left = row
    assert state in ("Yes", "Partly", "No")
    if state != "No":
        assert re.search(r"`|\bR[0-9]+\b|\]\(", answer)
    if state != "Yes":
        assert left


def test_it_says_what_is_open() -> None:
    """The page is no advertisement: some sentences have no answer."""
    assert len(ROWS) > 60 and [row for row in ROWS if row[1] == "No"]
