"""An entry of the feed, as it is read: opened, and with all that it tells."""

from __future__ import annotations

from dataclasses import dataclass

from bus.envelope.envelope import Envelope
from bus.read_models.feed import FeedKind
from bus.read_models.lists import Refused
from bus.read_models.tasks import Task
from bus.store import QuarantineEntry
from bus.void_event import VoidEvent
from contracts.vocabulary.parts import Part


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry of the feed.

    Attributes:
        position: Its place, as text.
        case_id: The case; of an event of the directory, DIRECTORY_ID.
        version: See `FeedRow`.
        kind: EVENT or AGAIN for an event of a case; one of `FORGETS`: the reason to forget; otherwise see `FeedKind`.
        part: The part that is lost, or None.
        about: The id of the task, or of the event that needs a person; see `FeedRow`.
        envelope: The event; None in an entry that says to forget, and in one about work.
        content: The event as this agency reads it; None when it is void and was not opened.
        void: The reason why the event is void, or None.
        withheld: The part in which the event has details that this agency does not read (yet), or None.
        work: The task, the refused event or the quarantined message; None in all other entries.
    """

    position: str
    case_id: str
    version: int
    kind: FeedKind
    part: Part | None = None
    about: str = ""
    envelope: Envelope | None = None
    content: bytes | None = None
    void: VoidEvent | None = None
    withheld: Part | None = None
    work: Task | Refused | QuarantineEntry | None = None
