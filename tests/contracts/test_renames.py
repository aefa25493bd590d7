"""The list of renames leads to names that exist."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "renames.md"
_MODULES = re.compile(r"^\| (?:`contracts\.[\w.]+`)? *\| `(contracts\.[\w.]+)` \| (.*) ?\|$", re.MULTILINE)
_NAMES = re.compile(r"^\| `(contracts\.[\w.]+)` \| `\w+` \| `(\w+)` \|$", re.MULTILINE)


def entries() -> list[tuple[str, str]]:
    """Each module of the list, with each name that it is said to hold now; an empty name for the module alone."""
    text = PAGE.read_text(encoding="utf-8")
    moved = [
        (module, name)
        for module, names in _MODULES.findall(text)
        for name in ("", *(each.split(" → ")[-1].strip("` ") for each in names.split(",") if each.strip()))
    ]
    return sorted({*moved, *_NAMES.findall(text)})


def test_the_list_is_read() -> None:
    """As many entries as it has, so that a change of its form cannot empty the test below."""
    assert len(entries()) > 150


def test_what_it_names_is_there() -> None:
    """Every module can be imported and has every name that the list says it has."""
    missing = [f"{module} {name}" for module, name in entries() if not _is_there(module, name)]
    assert missing == []


def _is_there(module: str, name: str) -> bool:
    found = import_module(module)
    return name == "" or hasattr(found, name)
