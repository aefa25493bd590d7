"""What the documents say can be looked up: the tests that they name are there, and so are the code, files and links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "docs" / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
ABOUT_THE_TREE = ["README.md", "CONTRIBUTING.md", "docs/diagrams.md", "docs/releasing.md"]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


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


@pytest.mark.parametrize("page", ABOUT_THE_TREE)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    """Folders and files of the project, but for those that running it makes."""
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*|compose\.yaml|Makefile)`", (ROOT / page).read_text()))
    assert named
    assert [path for path in sorted(named) if not _is_there_or_made(path)] == []


def test_every_target_that_is_named_can_be_made() -> None:
    """`make help` lists it."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in PAGES for target in re.findall(r"`make ([a-z-]+)`", page.read_text())}
    assert {"up", "test", "check"} <= named
    assert sorted(named - targets) == []


def test_every_page_is_in_the_index() -> None:
    """Each page and decision has its line."""
    listed = {(INDEX.parent / link.partition("#")[0]).resolve() for link in _links(INDEX)}
    files = {path for path in (ROOT / "docs").rglob("*") if path.is_file()} - {INDEX}
    assert sorted(str(path.relative_to(ROOT)) for path in files - listed) == []


def test_every_link_leads_somewhere() -> None:
    """To a file of the project, and to a heading or a mark in it where it names one; others' pages are not asked."""
    links = [(page, link) for page in PAGES for link in _links(page) if "://" not in link]
    assert len(links) > 100
    assert [f"{page.relative_to(ROOT)}: {link}" for page, link in links if not _leads_somewhere(page, link)] == []


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-issue-forms", ["ISSUE_TEMPLATE/bug.yml", "ISSUE_TEMPLATE/wish.yml"]),
        ("github-issue-config", ["ISSUE_TEMPLATE/config.yml"]),
        ("dependabot", ["dependabot.yml"]),
    ],
)
def test_the_forge_can_read_its_files(schema: str, files: list[str]) -> None:
    """Its published schemas accept them; it says nothing of one that it ignores."""
    paths = [ROOT / ".github" / file for file in files]
    subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *paths], check=True
    )


def _links(page: Path) -> list[str]:
    return _LINK.findall(_CODE.sub("", page.read_text()))


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, mark = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not mark or mark in _marks(target))


def _marks(page: Path) -> set[str]:
    """What a link may name in a page: its headings, as the forge makes marks of them, and marks of its own."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(
        re.findall(r'id="([^"]+)"', text)
    )


def _is_there_or_made(path: str) -> bool:
    """Whether the project has the path, or running it makes the path."""
    return path.startswith((".stafett/", ".venv/", "dist/")) or (ROOT / path).exists()


def _is_there(file: Path, test: str | None) -> bool:
    return file.exists() and (
        test is None or re.search(rf"^(async )?def {test}\(", file.read_text(), re.MULTILINE) is not None
    )
