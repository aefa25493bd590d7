"""The vectors are what the services do, and they say so when they are not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bus.directory.directory import BY_ROOT
from bus.vectors import __main__, files
from bus.vectors.files import FOLDER, drifted
from bus.vectors.steps import STEPS, RefusedStepError
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.law.in_force import RULESETS
from contracts.privacy.readers import NARROWING

ROOT = Path(__file__).parents[2]


def of(step: str) -> list[dict[str, Any]]:
    """The published vectors of a step."""
    vectors: list[dict[str, Any]] = json.loads((FOLDER / f"{step}.json").read_bytes())["vectors"]
    return vectors


@pytest.mark.parametrize("step", STEPS)
def test_every_vector_is_what_the_services_do(step: str) -> None:
    """Each is taken with the same result, or refused for the same reason."""
    for vector in of(step):
        try:
            outcome: dict[str, Any] = {"result": STEPS[step](vector["given"])}
        except RefusedStepError as error:
            outcome = {"refused": error.reason}
        expected = {name: vector[name] for name in ("result", "refused") if name in vector}
        assert outcome == expected, vector["name"]


def test_the_vectors_are_as_the_code_writes_them() -> None:
    """A change of the code shows which vectors change with it; a wrapped secret stays as it was published."""
    assert drifted() == []


def test_a_changed_vector_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also a file that belongs to no step, and one that is missing."""
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    monkeypatch.setattr(files, "EVENTS_FILE", tmp_path / "events.json")
    assert __main__.main(["--write"]) == 0
    assert __main__.main(["--check"]) == 0
    (tmp_path / "outcome.json").write_text((tmp_path / "outcome.json").read_text().replace("10071", "10072"))
    (tmp_path / "no-step.json").write_text("{}")
    (tmp_path / "epochs.json").unlink()
    assert __main__.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert all(f"vectors/{name}.json" in told for name in ("outcome", "no-step", "epochs"))


def test_every_reason_to_refuse_has_a_vector() -> None:
    """An implementation that forgets a check fails at one of them."""
    refused = {vector["refused"] for step in STEPS for vector in of(step) if "refused" in vector}
    outcomes = {outcome for vector in of("log") for outcome in vector["result"]["outcomes"]}
    assert refused | outcomes == {
        *("accepted", "void", "malformed-envelope", "altered", "wrong-subject", "wrong-chain", "bad-signature"),
        *("unknown-issuer", "not-by-root", "retired-key", "suspended", "not-a-duty"),
        *("stale-version", "gap", "broken-chain", "lost-on-the-way", "hole"),
        *("malformed", "not-for-us", "cannot-open"),
        *("no-key", "wrong-place", "broken-padding", "unreadable", "not-in-sections", "not-sealed"),
    }


def test_the_page_names_every_step_and_has_the_rulesets_of_the_code() -> None:
    """An implementer finds each file of vectors where it is needed."""
    page = (ROOT / "docs" / "join-the-bus.md").read_text()
    named = {name for line in re.findall(r"\*Vectors?: ([^*]*)\*", page) for name in re.findall(r"`([a-z-]+)`", line)}
    assert named == set(STEPS)
    shown = re.findall(r"^\| `(SE-[0-9-]+)` \| (\S+) \| (\S+) \|$", page, re.MULTILINE)
    rows = [(law.id, law.in_force_from.isoformat(), f"{law.adopted_at:%Y-%m-%dT%H:%M:%SZ}") for law in RULESETS]
    assert shown == rows


@pytest.mark.parametrize(
    ("file", "constant", "names"),
    [
        ("agency.ts", "NARROWING", NARROWING),
        ("directory.ts", "DIRECTORY_EVENTS", frozenset(DIRECTORY_EVENTS)),
    ],
)
def test_the_example_knows_the_same_names(file: str, constant: str, names: frozenset[str]) -> None:
    """A new event of such a kind is one that the example has to know."""
    source = (ROOT / "examples" / "typescript-agency" / "src" / file).read_text()
    declared = source.partition(f"const {constant}: ReadonlySet<string> = new Set([")[2].partition("]);")[0]
    known = set(re.findall(r'"([A-Za-z]+)"', declared))
    by_root = {event.__name__ for event in BY_ROOT} if constant == "DIRECTORY_EVENTS" else set()
    assert known | by_root == names
