"""The vectors are what the services do, and they say so when they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bus.vectors import __main__, files
from bus.vectors.files import FOLDER, drifted
from bus.vectors.steps import STEPS, RefusedStepError


def of(step: str) -> list[dict[str, Any]]:
    """The published vectors of a step."""
    vectors: list[dict[str, Any]] = json.loads((FOLDER / f"{step}.json").read_bytes())["vectors"]
    return vectors


@pytest.mark.parametrize("step", STEPS)
def test_every_vector_is_what_the_services_do(step: str) -> None:
    """Each is taken with the same result, or refused for the same reason."""
    for vector in of(step):
        try:
            outcome = {"result": STEPS[step](vector["given"])}
        except RefusedStepError as error:
            outcome = {"refused": error.reason}
        expected = {name: vector[name] for name in ("result", "refused") if name in vector}
        assert outcome == expected, vector["name"]


def test_the_vectors_are_as_the_code_writes_them() -> None:
    """Whoever changes the code sees which vectors change with it; a wrapped secret stays as it was published."""
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
