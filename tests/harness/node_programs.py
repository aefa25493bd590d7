"""Programs of Node in a folder of the project: their libraries are those of the lock file, and they are built once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "published" / "openapi.json"


@cache
def node() -> str:
    """The interpreter. It must be there: the tests of another language are not left out."""
    found = shutil.which("node")
    assert found is not None, "install Node 18 or later with npm (Debian: apt install nodejs npm)"
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process of the tests builds; the others wait for it."""
    with (folder / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def built(folder: Path) -> Path:
    """The compiled program of a folder."""
    node()
    with _alone(folder):
        kept, wanted = folder / "node_modules" / ".of-this-lock", (folder / "package-lock.json").read_bytes()
        if not kept.exists() or kept.read_bytes() != wanted:
            _run(folder, "npm", "ci", "--no-progress")
            kept.write_bytes(wanted)
        built_from = folder / "node_modules" / ".built-from"
        if not (folder / "dist").exists() or not built_from.exists() or built_from.read_text() != _inputs(folder):
            _run(folder, "npm", "run", "--silent", "build")
            built_from.write_text(_inputs(folder))
    return folder / "dist"


def _inputs(folder: Path) -> str:
    """The digest of all that a build is made from."""
    made = ("node_modules", "dist")
    own = (file for file in folder.rglob("*") if file.is_file() and file.relative_to(folder).parts[0] not in made)
    files = sorted(file for file in own if file.name not in ("schema.ts", ".building"))
    return sha256(b"".join(file.read_bytes() for file in (*files, DOCUMENT))).hexdigest()


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
