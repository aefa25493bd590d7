"""Plays the sample cases on a bus of its own, and reports what every participant sees."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stafett.commands.printing import console, stories_told, table
from stafett.embedded.bus import Embedded
from stafett.sample_cases.playing import first_told, tell_all


def demo(*, as_json: bool, keep: bool, steps: bool = False) -> int:
    """Play the cases on free ports in a temporary folder. Returns 0 when all participants agree on every case.

    Args:
        as_json: print one JSON object instead of a table.
        keep: keep the folder, and name it in the report.
        steps: print each step of each case.
    """
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="stafett-"))

    try:
        with Embedded(folder, keeps_time=True) as bus, stories_told(steps=steps, to_stderr=as_json) as progress:
            bus.write_run_file()
            told = tell_all(bus.run_file(), first_told(folder), progress)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    report: dict[str, Any] = {
        "cases": [{name: said for name, said in asdict(case).items() if name != "parts"} for case in told],
        "events": sum(len(case.events) for case in told),
        "seconds": round(time.monotonic() - began, 3),
    }
    if keep:
        report["folder"] = str(folder)
    if as_json:
        print(json.dumps(report))
    else:
        console().print("", table(told), "", f"{report['events']} events in {report['seconds']} s", sep="\n")
        if keep:
            print(f"The folder is left at {folder}")
    return 0 if all(case.agreed for case in told) else 1
