"""Plays the sample cases on a bus of its own, and reports what every participant sees."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stafett.embedded import Embedded
from stafett.stories import STORIES
from stafett.telling import Door, Teller, Told


def doors(run_file: Mapping[str, Any]) -> dict[str, Door]:
    """The services as a run file names them."""
    return {agency: Door(entry["url"], entry["tokens"]) for agency, entry in run_file["agencies"].items()}


def first_told(folder: Path) -> datetime:
    """When the stories were first told on the bus in a folder: now, if they were not. It is kept there, so that telling
    them again tells the same.
    """
    path = folder / "first-told"
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(datetime.now(UTC).replace(microsecond=0).isoformat())
        partial.replace(path)
    return datetime.fromisoformat(path.read_text())


def tell_all(run_file: Mapping[str, Any], present: datetime, progress: Callable[[str], None]) -> list[Told]:
    """Tell every story as of this moment; what each case came to. StoryError: one cannot be told, and why."""
    told = []
    for story in STORIES:
        progress(f"{story.name}: {story.title}")
        with Teller(story.name, doors(run_file), story.told_at(present), present, progress) as teller:
            story.tell(teller)
            told.append(teller.told())
    return told


def table(told: list[Told]) -> str:
    """What every participant sees: a line for each case and participant."""
    width = max(len(case.name) for case in told)
    lines = [f"{'case':<{width}} version  {'participant':<21} digest of what it sees"]
    for case in told:
        for number, (agency, digest) in enumerate(case.views.items()):
            name, version = (case.name, str(case.version)) if number == 0 else ("", "")
            lines.append(f"{name:<{width}} {version:>7}  {agency:<21} {digest[:16]}")
        lines.append(f"{'':<{width}} {'':>7}  {'all agree' if case.agreed else 'THEY DIFFER'}")
    return "\n".join(lines)


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
