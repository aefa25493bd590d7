"""The tests, code and files that the documents name exist."""

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


def test_the_readmes_agency_is_one() -> None:
    """What it calls all of a file is all of it."""
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"This is all of `(\S+)`:\n\n```python\n(.*?)```", readme, re.DOTALL)
    assert shown is not None
    assert (ROOT / shown[1]).read_text() == shown[2]


def test_every_path_that_the_readme_names_exists() -> None:
    """Folders and files of the project; what is made by running it begins with a dot."""
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*|compose\.yaml|Makefile)`", (ROOT / "README.md").read_text()))
    assert {"bus/", "docs/security.md"} <= named
    assert [path for path in sorted(named) if not path.startswith(".") and not (ROOT / path).exists()] == []


def _is_there(file: Path, test: str | None) -> bool:
    return file.exists() and (
        test is None or re.search(rf"^(async )?def {test}\(", file.read_text(), re.MULTILINE) is not None
    )
