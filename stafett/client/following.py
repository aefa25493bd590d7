"""Follows the feed of an agency: by long polls, or by a stream of server-sent events, from a position.

A part is handed on before its position is kept, so a reader that is killed at any point is told that part again, and
misses nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from stafett.client.asking import answered, error_of, pause_after, read_as, sent
from stafett.client.conversation import HttpAnswer, HttpRequest, Listen, More, Patience, Pause, Step, Steps, Tell, Work
from stafett.client.errors import AnswerTooLargeError, BadAnswerError, ClientError
from stafett.client.positions import Positions
from stafett.client.received import FeedPage
from stafett.client.server_sent_events import Events
from stafett.feed import Entry

_ENTRY: Final[TypeAdapter[Entry]] = TypeAdapter(Entry)
_MOST: Final = 1024 * 1024  # an event is a quarter of that at most
_BETWEEN_STREAMS: Final = 1.0


@dataclass(frozen=True)
class ToldPart:
    """Some entries of the feed, and the position after them.

    Keep what the entries say together with the position, and go on from there. An entry may come again.
    """

    entries: tuple[Entry, ...]
    position: str


Told = Generator[Step | Tell[ToldPart], Any, None]


@dataclass(frozen=True)
class FeedReader:
    """A reader of the feed; see `follow` and `stream`."""

    after: str | Positions
    types: str
    limit: int
    wait: int
    streamed: bool

    def told(self, patience: Patience) -> Told:
        """Its steps: it hands on a part, then keeps its position, then reads the next."""
        position = self.after if isinstance(self.after, str) else (yield Work(self.after.load))
        yield from (self._stream(position, patience) if self.streamed else self._poll(position, patience))

    def _poll(self, position: str, patience: Patience) -> Told:
        limit = self.limit
        while True:
            try:
                answer = yield from answered(self._request(position, limit), patience)
            except AnswerTooLargeError:
                if limit == 1:
                    raise
                limit = limit // 2
                continue
            page = read_as(FeedPage, answer)
            moved = page.next != position
            if page.items:
                if not moved:
                    raise BadAnswerError("a part of the feed that leads nowhere", answer.status)
                yield Tell(ToldPart(page.items, page.next))
            if moved:
                position = yield from self._keep(page.next)
            if not page.more and not self.wait:
                return
            if not page.items and not (moved and page.more):
                yield Pause(patience.least)

    def _stream(self, position: str, patience: Patience) -> Told:
        failures = 0
        while True:
            wait = _BETWEEN_STREAMS
            try:
                answer: HttpAnswer = yield Listen(self._request(position))
                if not answer.good:
                    raise error_of(answer)
                events = Events(_MOST)
                while chunk := (yield More()):
                    failures = 0
                    for event in events.read(chunk):
                        yield Tell(ToldPart((_entry(event.data),), event.id))
                        position = yield from self._keep(event.id)
            except ClientError as error:
                failures += 1
                pause = pause_after(error, failures, patience, repeatable=True)
                if pause is None:
                    raise
                wait = pause
            yield Pause(wait)

    def _keep(self, position: str) -> Steps[str]:
        if not isinstance(self.after, str):
            keep = self.after.save
            yield Work(lambda: keep(position))
        return position

    def _request(self, position: str, limit: int | None = None) -> HttpRequest:
        types = self.types or None
        if self.streamed:
            headers = {"Accept": "text/event-stream", "Last-Event-ID": position or None}
            return sent("GET", "/v1/feed/stream", query={"types": types}, headers=headers, repeatable=True)
        query = {"after": position, "types": types, "limit": limit, "wait": self.wait}
        return sent("GET", "/v1/feed", query=query, repeatable=True)


def follow(after: str | Positions = "", *, types: Sequence[str] = (), limit: int = 100, wait: int = 30) -> FeedReader:
    """The feed, part by part, as `GET /v1/feed` answers it.

    Args:
        after: the position to go on from, empty for the beginning; or what keeps it: then each position is kept when
            the caller asks for the next part, and so has done with the one before.
        types: names of events, or kinds of entries; none: all.
        limit: how many entries a part has at most, to 500. A part that is too large to be read is asked for in pieces.
        wait: for how many seconds, to 30, the service waits for an entry. 0: end where the feed ends now.
    """
    return FeedReader(after, ",".join(types), limit, wait, streamed=False)


def stream(after: str | Positions = "", *, types: Sequence[str] = ()) -> FeedReader:
    """The feed as server-sent events: each entry is a part of its own. A stream that ends is taken up where it was.

    `after` and `types`: as for `follow`.
    """
    return FeedReader(after, ",".join(types), 1, 1, streamed=True)


def _entry(data: bytes) -> Entry:
    try:
        return _ENTRY.validate_json(data, strict=True)
    except ValidationError:
        raise BadAnswerError("no entry of a feed") from None
