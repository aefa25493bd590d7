"""The benchmarks run, and relate each figure to its floor. `make bench` measures the figures themselves."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.long
def test_a_quick_run_gives_every_ratio() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json"], capture_output=True, text=True, timeout=900
    )

    assert run.returncode == 0, run.stderr
    rows = json.loads(run.stdout)["rows"]
    assert all(row["value"] > 0 for row in rows if row["unit"] != "ms")
    assert all(row["value"] >= 0 for row in rows)
    ratios = [row["ratio"] for row in rows if row["ratio"] and row["aim"]]
    assert len(ratios) == 8
    assert all(ratio > 0 for ratio in ratios)
