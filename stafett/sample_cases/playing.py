"""Plays every sample case on a running bus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stafett.sample_cases.directory import tell_directory
from stafett.sample_cases.stories import STORIES
from stafett.sample_cases.teller import Door, Teller, Told


def doors(run_file: Mapping[str, Any]) -> dict[str, Door]:
    """The services that a run file names, by agency."""
    return {agency: Door(entry["url"], entry["tokens"]) for agency, entry in run_file["agencies"].items()}


def first_told(folder: Path) -> datetime:
    """When (UTC) the stories were first told on the bus in a folder; now, if they never were.

    The folder keeps the moment, so that a second telling states the same events.
    """
    path = folder / "first-told"
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(datetime.now(UTC).replace(microsecond=0).isoformat())
        partial.replace(path)
    return datetime.fromisoformat(path.read_text())


def tell_all(run_file: Mapping[str, Any], present: datetime, progress: Callable[[str], None]) -> list[Told]:
    """Tell the directory and every story as of a moment, and return the result of each case.

    Args:
        run_file: the content of the bus's run file.
        present: the moment of the telling (UTC).
        progress: gets a line for each story and each step.

    Raises StoryError, which says which story cannot be told, and why.
    """
    progress(f"directory: {tell_directory(doors(run_file), present)} facts on providers, free places and trainings")
    told = []
    for story in STORIES:
        progress(f"{story.name}: {story.title}")
        with Teller(story.name, doors(run_file), story.told_at(present), present, progress) as teller:
            story.tell(teller)
            told.append(teller.told())
    return told
