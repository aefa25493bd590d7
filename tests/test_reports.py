"""The report of a failed test can be read, whatever garbage that test or the one before has left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_FAILS = '''
import gc
from collections.abc import Generator


class Waits:
    def __await__(self) -> Generator[None, None, None]:
        yield


async def refuses_to_end(others: int) -> None:
    try:
        await Waits()
    finally:
        if others:
            bury(others - 1)
        raise RuntimeError


def bury(others: int) -> None:
    """Leave garbage that raises, and leaves the like, whenever the collector comes by."""
    buried = refuses_to_end(others)
    buried.send(None)
    around: list[object] = [buried]
    around.append(around)


def test_fails() -> None:
    bury(300)
    gc.set_threshold(100)
    assert 1 == 2, "this can be read"
'''


def test_the_collector_does_not_end_the_report(tmp_path: Path) -> None:
    """CPython 3.11 gave up parsing the source for the report when the collector raised meanwhile; pytest died of it."""
    (tmp_path / "test_fails.py").write_text(_FAILS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-p", "no:cacheprovider", "-W", "ignore"]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(_HERE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "FAILED test_fails.py::test_fails - AssertionError: this can be read" in done.stdout, done.stdout
    assert "INTERNALERROR" not in done.stdout
    assert done.returncode == 1
