"""Everything that a bus keeps, as its operator or a thief finds it: the streams' messages and the files; and a search.

said = sayings(history)
assert found(said, files(folder)) == []
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from nats.aio.client import Client
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from bus.sealing.grants import Grant
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.published_event import PublishedEvent

_IN_CLEAR: Final[tuple[type[PublishedEvent], ...]] = (
    *DIRECTORY_EVENTS.values(),
    ErasureRequested,
    ErasureConfirmed,
    ErasureObjected,
    ReceiptHandedOver,
    ReceiptShown,
)
CLEAR: Final = frozenset(name for event in _IN_CLEAR for name in event.model_fields)
"""The names of fields that travel in clear: of the directory's events and of erasures."""

_ELSEWHERE: Final = CLEAR | Grant.model_fields.keys() | {"form"}  # which key files have too

_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_WHILE_RECORDING: Final = timedelta(days=1)  # when something was recorded is no secret
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LONG: Final = 12  # characters that nothing else in a file has by chance


async def messages(client: Client, stream: str) -> list[RawStreamMsg]:
    """What a stream holds, read with the administrator's credentials."""
    jetstream = client.jetstream()
    found = []
    for sequence in range(1, (await jetstream.stream_info(stream)).state.last_seq + 1):
        try:
            found.append(await jetstream.get_msg(stream, sequence))
        except NotFoundError:
            continue  # replaced by a later one, or deleted
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sayings(said: Any) -> Iterator[bytes]:
    """What would show it if this content stood somewhere readable: its names and its texts, as they would stand there.

    Names that also travel in clear, ids and numbers are left out.
    """
    if isinstance(said, Mapping):
        for name, value in said.items():
            if name not in _ELSEWHERE:
                yield f'"{name}":'.encode()
            yield from sayings(value)
    elif isinstance(said, str):
        yield from _spelled(said)
    elif isinstance(said, Iterable):
        for value in said:
            yield from sayings(value)


def _spelled(text: str) -> Iterator[bytes]:
    if _UUID.fullmatch(text):
        return
    if MOMENT.match(text):
        if abs(datetime.fromisoformat(text) - datetime.now(UTC)) > _WHILE_RECORDING:
            yield text[:16].encode()  # to the minute: however seconds and zone are written
    elif DAY.fullmatch(text):
        if abs(datetime.fromisoformat(f"{text}T12:00Z") - datetime.now(UTC)) > 2 * _WHILE_RECORDING:
            yield text.encode()
    elif " " in text:
        yield text.encode()
        yield text.encode().hex().encode()
        for shift in range(3):  # base64 of it, wherever it stands in what is encoded
            whole = base64.b64encode(bytes(shift) + text.encode())
            yield whole[4:-4]
            yield whole[4:-4].replace(b"+", b"-").replace(b"/", b"_")
    else:
        yield f'"{text}"'.encode()
        if len(text) >= _LONG:
            yield text.encode()


def found(said: Iterable[bytes], places: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Which sayings stand in which places."""
    sought = sorted({saying for saying in said if len(saying) > 3})
    return [(place, saying) for place, content in places.items() for saying in sought if saying in content]
