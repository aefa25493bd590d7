"""Reads server-sent events from the bytes of a stream, however they are cut. Pure; it keeps few of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from stafett.client.errors import AnswerTooLargeError, BadAnswerError


@dataclass(frozen=True)
class Event:
    """One event. Its data is not shown."""

    id: str
    data: bytes = field(repr=False)


class Events:
    """Finds the events in a stream. `most`: the bytes after which an event must have come."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since = 0
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._id = b""

    def read(self, chunk: bytes) -> Iterator[Event]:
        """The events that are whole with these bytes. Raises a BadAnswerError when none comes for too long."""
        self._since += len(chunk)
        self._rest += chunk
        if b"\n" in chunk:
            *lines, rest = self._rest.split(b"\n")
            self._rest = bytearray(rest)
            for line in lines:
                if line or self._data:
                    yield from self._line(bytes(line).removesuffix(b"\r"))
        if self._since > self._most:
            raise AnswerTooLargeError("a stream without an event")

    def _line(self, line: bytes) -> Iterator[Event]:
        if not line:
            yield from self._end()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"id":
            self._id = value

    def _end(self) -> Iterator[Event]:
        """The event that an empty line ends; none when it has no data."""
        data, self._data = b"\n".join(self._data), []
        if data:
            self._since = 0
            yield Event(position_in(self._id), data)


def position_in(text: bytes) -> str:
    """A position as a service writes it. Raises BadAnswerError when it cannot be one: it must fit into a header."""
    position = text.decode("ascii", "replace")
    if not 0 < len(position) <= 100 or not all(" " < one <= "~" for one in position):
        raise BadAnswerError("an entry without a position")
    return position
