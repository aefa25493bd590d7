"""What an event is about, a case or the directory: each is decided and evolved by its own pure rules."""

from __future__ import annotations

from contracts.case import decide, evolve, ruleset_in_force
from contracts.directory import DIRECTORY_EVENTS, DirectoryEvent
from contracts.directory_view import DirectoryView, coordinator_keeps_the_directory, evolve_directory, objection
from contracts.event import CaseEvent, Provenance, PublishedEvent
from contracts.rules import Refusal
from contracts.upcasting import read_directory_event, read_event
from contracts.view import CaseView

SubjectMatter = CaseView | DirectoryView


def read(type_name: str, data: bytes) -> PublishedEvent:
    """The event that these bytes state; raises what `read_event` does."""
    of_directory = type_name.split(".")[2] in DIRECTORY_EVENTS
    return read_directory_event(type_name, data) if of_directory else read_event(type_name, data)


def judge(matter: SubjectMatter, event: PublishedEvent, by: Provenance) -> Refusal | None:
    """Why the event may not be issued now, or None."""
    if isinstance(matter, CaseView) and isinstance(event, CaseEvent):
        return decide(matter, event, by, ruleset_in_force(event.occurred_on))
    if isinstance(matter, DirectoryView) and isinstance(event, DirectoryEvent):
        missing = objection(matter, event, by)
        return None if missing is None else Refusal(coordinator_keeps_the_directory, missing)
    raise TypeError(f"{type(event).__name__} is not about a {type(matter).__name__}")


def after(matter: SubjectMatter, event: PublishedEvent, by: Provenance) -> SubjectMatter:
    """The case or directory after an event that `judge` lets through."""
    if isinstance(matter, CaseView) and isinstance(event, CaseEvent):
        return evolve(matter, event, by)
    if isinstance(matter, DirectoryView) and isinstance(event, DirectoryEvent):
        return evolve_directory(matter, event, by)
    raise TypeError(f"{type(event).__name__} is not about a {type(matter).__name__}")
