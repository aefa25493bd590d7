"""Every published version of every event about the directory, and how one is read."""

from __future__ import annotations

from typing import Final

from contracts.directory.events import DIRECTORY_EVENTS, DirectoryEvent
from contracts.event.upcasting import Publications

DIRECTORY_PUBLICATIONS: Final[Publications[DirectoryEvent]] = Publications(DIRECTORY_EVENTS)
"""Every published version of every event about the directory."""


def read_directory_event(type_name: str, data: bytes) -> DirectoryEvent:
    """Read an event about the directory, of any published version, as `read_event` reads one about a case."""
    return DIRECTORY_PUBLICATIONS.read(type_name, data)
