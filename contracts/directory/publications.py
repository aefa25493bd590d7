"""Every published version of every event about the directory, and how one is read."""

from __future__ import annotations

from typing import Final

from contracts.directory.events import DIRECTORY_EVENTS, DirectoryEvent
from contracts.event.upcasting import Data, Publications

DIRECTORY_PUBLICATIONS: Final[Publications[DirectoryEvent]] = Publications(DIRECTORY_EVENTS)
"""Every published version of every event about the directory."""


@DIRECTORY_PUBLICATIONS.upcasts("se.nrm.AgencyAdmitted.v1")
def no_later_kind_was_admitted(data: Data) -> Data:
    """Upcast from version 1, whose list of kinds was shorter. Its data is the same."""
    return data


def read_directory_event(type_name: str, data: bytes) -> DirectoryEvent:
    """Read a directory event of any published version as its current version; the counterpart of `read_event`.

    `data` is strict JSON. Raises UnknownEventTypeError or InvalidEventError, see `contracts.errors`.
    """
    return DIRECTORY_PUBLICATIONS.read(type_name, data)
