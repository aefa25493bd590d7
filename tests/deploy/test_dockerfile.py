"""The Dockerfile is clean, and its image runs what compose.yaml relies on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def dockerfile(root: Path) -> str:
    """The file's text."""
    return (root / "Dockerfile").read_text()


def test_the_linter_has_nothing_to_say(root: Path) -> None:
    """hadolint, which also reads the shell in it."""
    hadolint = Path(sys.executable).with_name("hadolint")
    subprocess.run([hadolint, "--no-color", "--failure-threshold", "style", root / "Dockerfile"], check=True)


def test_every_base_image_is_pinned(dockerfile: str) -> None:
    """To a patch release and a distribution."""
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+", base) for base in bases)


def test_it_installs_what_is_locked_and_no_more(dockerfile: str) -> None:
    """By hash, from the lock file, without the tools of development."""
    assert "pip install --no-cache-dir --require-hashes" in dockerfile
    syncs = re.findall(r"uv sync (.*)", dockerfile)
    assert syncs
    assert all("--frozen --no-dev --extra server" in options for options in syncs)


def test_it_does_not_run_as_root(dockerfile: str) -> None:
    """The user is set in the last stage and stays."""
    last_stage = dockerfile.rsplit("FROM ", 1)[1]
    assert re.findall(r"^USER (.*)", last_stage, re.MULTILINE) == ["10001:10001"]


def test_nothing_but_the_source_is_sent_to_it(root: Path) -> None:
    """The ignore file names what is let in, so that neither keys nor environments get into a layer."""
    lines = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert all((root / line[1:]).exists() for line in lines[1:] if line.startswith("!"))
    assert not any(line.startswith(("!.stafett", "!.venv", "!.git", "!**")) for line in lines)
