"""The generated half of the client: a document that has changed is noticed, and every operation has its function."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from stafett import client

ROOT = Path(__file__).parents[2]


@pytest.fixture
def generator() -> ModuleType:
    """The program that writes the files."""
    spec = spec_from_file_location("client_files", ROOT / "tools" / "client_files.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_that_differs_from_the_document_is_noticed(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A code that becomes a number, and an operation that is new."""
    document = json.loads(generator.DOCUMENT.read_text())
    document["components"]["schemas"]["Kept"]["properties"]["status"] = {"type": "integer"}
    document["paths"]["/v1/rules"]["get"]["operationId"] = "list_other_rules"
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    monkeypatch.setattr(generator, "DOCUMENT", tmp_path / "openapi.json")
    assert generator.main(["--check"]) == 1
    assert {line.split()[0] for line in capsys.readouterr().err.splitlines()} == {
        "stafett/client/answers.py",
        "stafett/client/operations.py",
    }


def test_every_operation_has_its_function(generator: ModuleType) -> None:
    """Generated or by hand, but for those that are for people, or whose answers are no JSON."""
    document = json.loads(generator.DOCUMENT.read_text())
    named = {one["operationId"] for path in document["paths"].values() for one in path.values() if "operationId" in one}
    left_out = generator.NOT_JSON | generator.FOR_PEOPLE | {"read_feed"}
    by_hand = {"issue_event": "issue", "issue_directory_event": "issue_in_directory"}
    functions = {by_hand.get(name, name) for name in named - left_out}
    assert len(functions) > 50 and sorted(name for name in functions if name not in client.__all__) == []
