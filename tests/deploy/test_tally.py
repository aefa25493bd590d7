"""The gate of continuous integration: green only when every test ran and passed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PASSED = '<testcase classname="tests.case" name="test_a"/>'
FAILED = '<testcase classname="tests.case" name="test_b"><failure message="no"/></testcase>'
BROKEN = '<testcase classname="tests.case" name="test_c"><error message="fixture"/></testcase>'
SKIPPED = '<testcase classname="tests.case" name="test_d"><skipped type="pytest.skip" message="later"/></testcase>'
EXPECTED_TO_FAIL = '<testcase classname="tests.case" name="test_e"><skipped type="pytest.xfail" message=""/></testcase>'


def run(root: Path, report: Path) -> subprocess.CompletedProcess[str]:
    """The tally of one report."""
    return subprocess.run([sys.executable, root / ".ci/tally.py", report], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("cases", "closing_line", "status"),
    [
        ([PASSED, PASSED], "2 passed, 0 failed", 0),
        ([PASSED, FAILED], "1 passed, 1 failed", 1),
        ([PASSED, BROKEN], "1 passed, 1 failed", 1),
        ([PASSED, SKIPPED], "1 passed, 0 failed, 1 skipped", 1),
        ([PASSED, EXPECTED_TO_FAIL], "1 passed, 0 failed, 1 skipped", 1),
        ([], "0 passed, 0 failed", 1),
    ],
)
def test_only_what_ran_and_passed_counts(
    root: Path, tmp_path: Path, cases: list[str], closing_line: str, status: int
) -> None:
    """The last line is the tally, the exit status the verdict."""
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    tally = run(root, report)
    assert tally.stdout.splitlines()[-1] == closing_line
    assert tally.returncode == status


def test_a_run_that_never_began_is_no_success(root: Path, tmp_path: Path) -> None:
    """Without a report nothing is proved."""
    missing = tmp_path / "missing.xml"
    tally = subprocess.run(
        [sys.executable, root / ".ci/tally.py", missing], capture_output=True, text=True, check=False
    )
    assert tally.stdout == "no tests ran\n0 passed, 0 failed\n"
    assert tally.returncode == 1
