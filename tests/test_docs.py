"""What the documents say can be looked up: the tests that they name are there, and so are the code, files and links."""

from __future__ import annotations

import ast
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


_ORDINARY = frozenset(
    {"an offer", "answer", "appended", "authority", "begun", "changed", "check", "client", "committed", "connection"}
    | {
        "contact",
        "credentials",
        "decision",
        "due",
        "edge",
        "entry",
        "example",
        "erasing",
        "family",
        "folded",
        "former",
        "found",
        "head",
    }
    | {"header", "holders", "identity", "kind", "legal", "lists", "missing", "opened", "owed", "part", "refused"}
    | {
        "relation",
        "reminded",
        "row",
        "running",
        "scope",
        "sending",
        "sex",
        "source",
        "support",
        "suspended",
        "tls",
        "unopened",
    }
)
"""Class names that are words of everyday English, or forms of a term; a doc uses them as such."""

_TAUGHT = ("bus", "contracts/view", "contracts/law", "contracts/privacy", "contracts/directory")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _glossary() -> list[str]:
    page = (ROOT / "docs" / "glossary.md").read_text()
    return [term for term in re.findall(r"^\| ([^|]+?) \|", page, re.MULTILINE) if term not in ("term", "---")]


def _prose() -> str:
    """README and pages as people read them: without code, and without the lists that are made from code."""
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    kept = [page for page in pages if page.name not in ("glossary.md", "mechanism.md", "renames.md")]
    return " ".join(" ".join(_CODE.sub(" ", page.read_text()).lower().split()) for page in kept)


def _says(prose: str, term: str) -> bool:
    return re.search(rf"\b{re.escape(term)}(s|es)?\b", prose) is not None


def _terms_of_the_code() -> set[str]:
    """What the classes of the bus and of the law are called, in words: `VoidEvent` is "void event"."""
    modules = [ast.parse(file.read_text()) for room in _TAUGHT for file in (ROOT / room).rglob("*.py")]
    named = {part.name for module in modules for part in module.body if isinstance(part, ast.ClassDef)}
    return {_WORDS.sub(" ", name).lower() for name in named if not name.startswith("_") and not name.endswith("Error")}


def test_every_term_that_a_page_uses_is_in_the_glossary() -> None:
    """A term is a name that the code has for something; whoever meets it in a page can look it up."""
    prose, known = _prose(), {form for term in _glossary() for form in (term, f"{term}s", term.removesuffix("s"))}
    used = {term for term in _terms_of_the_code() if _says(prose, term)} - _ORDINARY
    assert {"outbox", "envelope", "grant"} <= used
    assert sorted(used - known) == []


def test_the_glossary_has_each_term_once_and_none_that_nobody_uses() -> None:
    """In a page, or in the code."""
    terms = _glossary()
    assert len(terms) > 100 and sorted(terms) == sorted(set(terms))
    said = _prose() + " ".join(file.read_text().lower() for file in ROOT.glob("[bcgs]*/**/*.py"))
    unused = [term for term in terms if not _says(said, term.lower())]
    assert sorted(set(unused) - _terms_of_the_code()) == []


_PRODUCT = ("bus", "contracts", "gateway", "services", "stafett", "benchmarks", "tools")


def test_a_long_file_says_why_it_is_one() -> None:
    """In its first lines, where it has over 250."""
    files = [file for room in _PRODUCT for file in (ROOT / room).rglob("*.py")]
    long = [file for file in files if len(file.read_text().splitlines()) > 250]
    silent = [str(file.relative_to(ROOT)) for file in long if "has over 250 lines" not in _opening(file)]
    assert len(files) > 250 and long and silent == []


def _opening(file: Path) -> str:
    return " ".join(" ".join(file.read_text().splitlines()[:16]).split())


_ONE_OF_EACH_DATABASE = {"Recorder", "Factory"}


_WHAT_SERVICES_ANSWER = {ROOT / "stafett" / "client" / name for name in ("answers.py", "received.py")}


def test_no_two_classes_share_a_name() -> None:
    """A name means one thing, wherever a reader meets it: also an answer, at the service and at its client.

    A recorder and a factory there are for each database.
    """
    places: dict[str, list[str]] = {}
    for file in {file for room in _PRODUCT[:5] for file in (ROOT / room).rglob("*.py")} - _WHAT_SERVICES_ANSWER:
        for part in ast.parse(file.read_text()).body:
            if isinstance(part, ast.ClassDef) and not part.name.startswith("_"):
                places.setdefault(part.name, []).append(str(file.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1 and name not in _ONE_OF_EACH_DATABASE} == {}
