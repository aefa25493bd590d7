"""The form of a test that breaks a rule: the rule, the way, the case so far, and the event that breaks the rule."""

from typing import NamedTuple

from contracts.event.case_event import CaseEvent
from contracts.law.rule import Rule
from contracts.testing.canonical_cases import CANONICAL_CASE, canonical_until
from contracts.testing.example_ids import event_id
from contracts.testing.given_when_then import Issued


class Broken(NamedTuple):
    """A rule, a sentence that says how it is broken, the case so far and the event that breaks it."""

    rule: Rule
    how: str
    so_far: tuple[Issued, ...]
    event: Issued


def after(event: type[CaseEvent]) -> tuple[Issued, ...]:
    """The canonical case up to and with the first event of this type."""
    return CANONICAL_CASE[: len(canonical_until(event)) + 1]


def new(number: int) -> str:
    """An id that no canonical event has."""
    return event_id(100 + number)


UNKNOWN = event_id(999)
"""The id of no event at all."""

AUDITOR = "auditor"
