"""The names and cases of the feed's entries, by which they are asked for and kept in order. Pure."""

from __future__ import annotations

from bus.directory.directory import DIRECTORY_ID
from gateway.feed.schemas import DirectoryChange, Entry, ToldEvent


def name_of(entry: Entry) -> str:
    """The name of an entry: its event's, or its kind."""
    return entry.type.split(".")[2] if isinstance(entry, (ToldEvent, DirectoryChange)) else entry.kind


def case_of(entry: Entry) -> str:
    """The case of an entry, or the id of the directory. The messages of one case keep their order."""
    return DIRECTORY_ID if isinstance(entry, DirectoryChange) else entry.case_id
