"""Every published version of every event about the directory, and how one is read."""

from __future__ import annotations

from typing import Final

from contracts.directory.events import DIRECTORY_EVENTS, DirectoryEvent
from contracts.event.upcasting import Publications

DIRECTORY_PUBLICATIONS: Final[Publications[DirectoryEvent]] = Publications(DIRECTORY_EVENTS)
"""Every published version of every event about the directory."""


def read_directory_event(type_name: str, data: bytes) -> DirectoryEvent:
    """Read a directory event of any published version as its current version; the counterpart of `read_event`.

    `data` is strict JSON. Raises UnknownEventTypeError or InvalidEventError, see `contracts.errors`.
    """
    return DIRECTORY_PUBLICATIONS.read(type_name, data)
