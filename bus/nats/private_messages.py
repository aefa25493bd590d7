"""The messages of an agency's own broker: entries in the stream, and commands with their answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """A message for the stream. `position`: up to there the stream tells the feed, once it has this message."""

    subject: str
    position: str
    content: bytes


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message in the stream."""

    sequence: int
    subject: str
    position: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PrivateCommand:
    """A request of a system of the agency. `name`: of the event."""

    name: str
    headers: Mapping[str, str]
    body: bytes


Answer = tuple[Mapping[str, str], bytes]
Answering = Callable[[PrivateCommand], Awaitable[Answer]]
