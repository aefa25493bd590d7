"""The files that the tests of the deployment read, as they are committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml, with their shared parts merged in."""
    content: dict[str, dict[str, dict[str, Any]]] = YAML(typ="safe", pure=True).load(ROOT / "compose.yaml")
    return content["services"]
