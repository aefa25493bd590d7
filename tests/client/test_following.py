"""The feed: parts, positions, streams that break anywhere, a feed that went back, and a service that lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count, repeat
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.clients import KINDS, Asyncio, Bytes, Kind, Played, Waiting, answer, asking, problem
from hypothesis import given
from hypothesis import strategies as st

from stafett import client, feed
from stafett.client.server_sent_events import Event, Events

both = pytest.mark.parametrize("kind", KINDS)
LOST = httpx.ReadError("gone")


def position(number: int) -> str:
    """A position as services write it."""
    return f"4fa3b6c0d1e2f304-{number}"


def entry(number: int) -> dict[str, Any]:
    """An entry of the feed."""
    return {**json.loads(feed.EXAMPLE), "position": position(number), "version": number}


def page(*numbers: int, more: bool = False, following: str | None = None) -> httpx.Response:
    """A part of the feed."""
    last = position(numbers[-1]) if numbers else ""
    return answer(200, {"items": [entry(one) for one in numbers], "next": following or last, "more": more})


def streamed(*chunks: bytes) -> httpx.Response:
    """A stream that ends."""
    return httpx.Response(200, stream=Bytes(chunks), headers={"content-type": "text/event-stream"})


def told(*numbers: int) -> bytes:
    """Entries as server-sent events."""
    return b"".join(
        f"event: event\ndata: {json.dumps(entry(one))}\nid: {position(one)}\n\n".encode() for one in numbers
    )


@both
def test_parts_lead_on_to_the_end(kind: Kind) -> None:
    """With `wait` 0 it ends where the feed ends; the entries are typed, also those of a later release."""
    later = answer(200, {"items": [{"kind": "weather", "position": "x"}], "next": position(9), "more": False})
    service = Played([page(1, 2, more=True), page(following=position(8), more=True), later])
    parts = asking(kind, service).each(client.follow("", types=["NeedsAssessed", "task"], wait=0))
    assert [part.position for part in parts] == [position(2), position(9)]
    assert isinstance(parts[0].entries[0], feed.EventTold) and isinstance(parts[1].entries[0], feed.OtherTold)
    asked = [dict(one.url.params) for one in service.asked]
    assert [one["after"] for one in asked] == ["", position(2), position(8)]
    assert asked[0]["types"] == "NeedsAssessed,task"


@both
def test_a_position_is_kept_when_its_part_is_done_with(kind: Kind, tmp_path: Path) -> None:
    """Whoever leaves in the middle is told that part again."""
    kept = client.PositionFile(tmp_path / "position")
    assert len(asking(kind, Played([page(1, more=True), page(2)])).each(client.follow(kept, wait=0), most=2)) == 2
    assert kept.load() == position(1)
    service = Played([page(2), page(following=position(2))])
    (again,) = asking(kind, service).each(client.follow(kept, wait=0))
    assert again.position == kept.load() == position(2)
    assert service.asked[0].url.params["after"] == position(1)


@both
def test_a_feed_that_went_back_says_where_to_begin(kind: Kind) -> None:
    """By poll and by stream; it is not tried again."""
    for telling in (client.follow(position(7)), client.stream(position(7))):
        service = Played([answer(410, problem(410, "feed-rolled-back", begin=position(3)))])
        with pytest.raises(client.FeedWentBackError) as raised:
            asking(kind, service).each(telling)
        assert raised.value.begin == position(3) and len(service.asked) == 1


@both
def test_a_part_that_is_too_large_is_asked_for_in_pieces(kind: Kind) -> None:
    """Down to one entry."""

    def of(request: httpx.Request) -> httpx.Response:
        return answer(200, b"x" * 5000) if int(request.url.params["limit"]) > 3 else page(1)

    service = Played(of)
    assert asking(kind, service, most_bytes=2000).each(client.follow(limit=100, wait=0))
    assert [one.url.params["limit"] for one in service.asked] == ["100", "50", "25", "12", "6", "3"]
    with pytest.raises(client.AnswerTooLargeError):
        asking(kind, Played(lambda request: answer(200, b"x" * 5000)), most_bytes=99).each(client.follow(limit=2))


@both
def test_a_service_that_lies_about_positions_is_found_out(kind: Kind) -> None:
    """Entries that lead nowhere, and a position that is none; one that has nothing at once is not asked in a hurry."""
    for reply in (page(1, following=position(1)), page(1, following="x" * 200), page(1, following="å")):
        with pytest.raises(client.BadAnswerError):
            asking(kind, Played([reply])).each(client.follow(position(1)))
    service = Played([*(page(following=position(1)) for _ in range(5)), page(2)])
    assert asking(kind, service).each(client.follow(position(1)), most=1)
    assert service.slept == [1.0] * 5


@both
def test_a_stream_goes_on_where_it_broke(kind: Kind, tmp_path: Path) -> None:
    """By its end, by a break in the middle of an entry, and by 503; positions are kept one by one."""
    half = told(3)[:40]
    kept = client.PositionFile(tmp_path / "position")
    busy = answer(503, problem(503, "too-many-listeners"), retry_after="10")
    service = Played([streamed(b": ping\n\n", told(1, 2), half), LOST, busy, streamed(told(3)), streamed(told(4))])
    parts = asking(kind, service).each(client.stream(kept), most=4)
    assert [part.entries[0].version for part in parts] == [1, 2, 3, 4]  # type: ignore[union-attr]
    assert [one.get("last-event-id") for one in service.headers] == [None, *[position(2)] * 3, position(3)]
    assert service.slept == [1.0, 1.0, 12.0, 1.0]
    assert kept.load() == position(3)


@both
def test_a_quiet_stream_may_break_as_often_as_it_likes(kind: Kind) -> None:
    """As long as the service says something each time; one that says nothing is given up."""
    ping = b": ping\n\n"
    service = Played(
        lambda request: httpx.Response(200, stream=Bytes(broken(ping))) if len(service.asked) < 20 else LOST
    )
    with pytest.raises(client.NoAnswerError):
        asking(kind, service).each(client.stream())
    assert service.slept == [1.0] * 19 + [2.0, 4.0]


def broken(*chunks: bytes) -> Iterator[bytes]:
    """A stream that breaks after these bytes."""
    yield from chunks
    raise LOST


@both
def test_leaving_a_stream_hangs_up(kind: Kind) -> None:
    """At once, and the connection is free."""
    endless = Bytes(told(number) for number in count(1))
    asking(kind, Played([httpx.Response(200, stream=endless)])).each(client.stream(), most=3)
    assert endless.closed and endless.taken == 3


@both
@pytest.mark.parametrize(
    "chunk",
    [b"x" * 65536, b": " + b"x" * 65536 + b"\n", b"data: " + b"x" * 65536 + b"\n", b"\n" * 65536],
    ids=["one line", "comments", "one event", "nothing"],
)
def test_an_endless_stream_without_an_entry_ends(kind: Kind, chunk: bytes) -> None:
    """Not in the memory of the reader."""
    endless = Bytes(repeat(chunk, 1000))
    with pytest.raises(client.AnswerTooLargeError):
        asking(kind, Played([httpx.Response(200, stream=endless)])).each(client.stream())
    assert endless.taken <= 1024 * 1024 // 65536 + 1 and endless.closed


@pytest.mark.parametrize(
    "event",
    [
        b"data: " + feed.EXAMPLE + b"\n\n",
        b"id: a b\ndata: " + feed.EXAMPLE + b"\n\n",
        b"id: " + b"x" * 200 + b"\ndata: " + feed.EXAMPLE + b"\n\n",
        b"id: a\ndata: Maria\n\n",
    ],
    ids=count(),
)
def test_an_entry_without_a_position_or_a_form_is_an_error(event: bytes) -> None:
    """Which shows nothing of it."""
    with pytest.raises(client.BadAnswerError) as raised:
        asking(Asyncio, Played([streamed(event)])).each(client.stream())
    assert "Maria" not in repr(raised.value)


@given(st.data())
def test_events_are_the_same_however_the_stream_is_cut(data: st.DataObject) -> None:
    """At any byte, with either end of line, and with comments between."""
    ends = data.draw(st.sampled_from([b"\n", b"\r\n"]))
    content = (b": hello\n\nid: 1\ndata: a\ndata:b\n\n: x\nevent: e\ndata: c\nid: 2\n\nid: 3\n\n").replace(b"\n", ends)
    events, found = Events(1000), list[Event]()
    while content:
        cut = data.draw(st.integers(1, len(content)))
        found += events.read(content[:cut])
        content = content[cut:]
    assert [(one.id, one.data) for one in found] == [("1", b"a\nb"), ("2", b"c")]


def test_a_position_file_is_whole_after_every_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut at any step of keeping leaves the former position or the new one."""
    kept = client.PositionFile(tmp_path / "position")
    kept.save(position(1))
    for step in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as cut:
            cut.setattr(step, _cut)
            with pytest.raises(KeyboardInterrupt):
                kept.save(position(2))
        assert kept.load() == position(1)
    kept.save(position(2))
    assert kept.load() == position(2)


def _cut(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_file_with_something_else_is_no_position(tmp_path: Path) -> None:
    """It is not sent to the service."""
    (tmp_path / "position").write_text("a b")
    with pytest.raises(ValueError, match="no position"):
        asking(Waiting, Played([])).each(client.follow(client.PositionFile(tmp_path / "position")))
    (tmp_path / "position").write_bytes(b"x" * 10_000)
    with pytest.raises(ValueError, match="no position"):
        client.PositionFile(tmp_path / "position").load()
