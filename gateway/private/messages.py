"""The messages of the private subjects: each is an entry of the feed, as HTTP tells it. Pure."""

from __future__ import annotations

from typing import Final

import orjson

from bus.directory.directory import DIRECTORY_ID
from bus.nats.private_messages import KeptMessage, StreamEntry
from bus.nats.private_subjects import subject
from contracts.event.case_event import EVENTS
from contracts.vocabulary.agencies import AgencyId
from gateway.feed.schemas import AttentionChange, DirectoryChange, Entry, Forget, SetAside, TaskChange, ToldEvent

BEGINNING: Final = "beginning"
"""The position in a message that says to forget everything: after it the feed is told from the beginning."""


def message_of(agency: AgencyId, entry: Entry) -> StreamEntry:
    """The message of an entry."""
    kind, name, case_id = _named(entry)
    return StreamEntry(subject(agency, kind, name, case_id), entry.position, entry.model_dump_json().encode())


def _named(entry: Entry) -> tuple[str, str, str]:
    match entry:
        case ToldEvent():
            return "event", entry.type.split(".")[2], entry.case_id
        case DirectoryChange():
            return "directory", entry.type.split(".")[2], DIRECTORY_ID
        case Forget():
            return "forget", entry.why, entry.case_id
        case TaskChange():
            return "task", "done" if entry.done else "raised", entry.case_id
        case AttentionChange():
            return "attention", "over" if entry.over else "raised", entry.case_id
        case SetAside():
            return "quarantined", entry.message.reason, entry.case_id


def forget_everything(agency: AgencyId) -> StreamEntry:
    """The message that says to forget everything, because the service's store was replaced."""
    content = {"kind": "forget", "case_id": DIRECTORY_ID, "why": "everything", "part": None, "version": 0}
    return StreamEntry(subject(agency, "forget", "everything", DIRECTORY_ID), BEGINNING, orjson.dumps(content))


def is_about_events(kept: KeptMessage) -> bool:
    """True if a message tells an event of a case, or something that was set aside about it."""
    return kept.subject.split(".")[2] in ("event", "quarantined")


def is_after(kept: KeptMessage, version: int) -> bool:
    """True if a message tells an event after a version of its case."""
    return kept.subject.split(".")[2] == "event" and orjson.loads(kept.content)["version"] > version


def without_details(kept: KeptMessage, part: str, position: str) -> StreamEntry | None:
    """The message that tells an event again without its details in a part; None when it has none.

    `position`: up to there the stream tells the feed so far.
    """
    _, _, kind, name, _ = kept.subject.split(".")
    event = EVENTS.get(name) if kind == "event" else None
    if event is None or event.part != part:
        return None
    told = orjson.loads(kept.content)
    data = told["data"]
    if data is None or data.keys().isdisjoint(event.details):
        return None
    bare = {name: value for name, value in data.items() if name not in event.details}
    return StreamEntry(kept.subject, position, orjson.dumps(told | {"data": bare, "withheld": part, "again": True}))
