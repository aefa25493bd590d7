"""Plays the sample cases on a bus of its own, and reports what every participant sees."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stafett.commands.printing import table
from stafett.embedded.bus import Embedded
from stafett.sample_cases.playing import first_told, tell_all


def demo(*, as_json: bool, keep: bool) -> int:
    """Play the cases on free ports in a temporary folder; 0 when all participants agree on every case."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="stafett-"))

    def progress(line: str) -> None:
        print(line, file=sys.stderr if as_json else sys.stdout, flush=True)

    try:
        with Embedded(folder, keeps_time=True) as bus:
            bus.write_run_file()
            told = tell_all(bus.run_file(), first_told(folder), progress)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    report: dict[str, Any] = {
        "cases": [asdict(case) for case in told],
        "events": sum(len(case.events) for case in told),
        "seconds": round(time.monotonic() - began, 3),
    }
    if keep:
        report["folder"] = str(folder)
    if as_json:
        print(json.dumps(report))
    else:
        print(f"\n{table(told)}\n\n{report['events']} events in {report['seconds']} s")
        if keep:
            print(f"The folder is left at {folder}")
    return 0 if all(case.agreed for case in told) else 1
