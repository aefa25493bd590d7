"""What the documents say can be looked up: every test that they name is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_is_named_exists() -> None:
    """By its file, and by its function where one is named."""
    named = {match.groups() for page in ROOT.glob("docs/**/*.md") for match in _NAMED.finditer(page.read_text())}
    assert len(named) > 60
    missing = [f"{file}::{test or ''}" for file, test in named if not _is_there(ROOT / file, test)]
    assert sorted(missing) == []


def _is_there(file: Path, test: str | None) -> bool:
    return file.exists() and (test is None or re.search(rf"^(async )?def {test}\(", file.read_text(), re.M) is not None)
