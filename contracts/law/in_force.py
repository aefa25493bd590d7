"""Every ruleset, and which one judges an event.

For a new law, add a module to `contracts/sweden/rulesets/` whose `RULESET` amends an earlier one. No list names it.
Never edit a ruleset that is in force: it judges the events of its own days for ever (R20).
"""

from __future__ import annotations

import pkgutil
from bisect import bisect_right
from datetime import date, datetime
from importlib import import_module
from typing import Final

from contracts.law.ruleset import Ruleset

_FOUND_IN: Final = "contracts.sweden.rulesets"
"""A name instead of an import, because the rooms that every country shares must not depend on one country's law."""


def _discovered() -> tuple[Ruleset, ...]:
    found: list[Ruleset] = [
        import_module(f"{_FOUND_IN}.{module.name}").RULESET
        for module in pkgutil.iter_modules(import_module(_FOUND_IN).__path__)
    ]
    return tuple(sorted(found, key=lambda ruleset: ruleset.in_force_from))


RULESETS: Final = _discovered()
"""Every ruleset, the oldest first."""

_STARTS: Final = [ruleset.in_force_from for ruleset in RULESETS]


def ruleset_named(id: str) -> Ruleset | None:
    """The ruleset with this id, such as SE-2024-04; None when there is none."""
    return next((each for each in RULESETS if each.id == id), None)


def ruleset_in_force(on: date, recorded_at: datetime) -> Ruleset:
    """The ruleset in force on a Swedish day (`CaseEvent.occurred_on`), of those adopted when the event was recorded.

    The oldest ruleset judges what no other does.
    """
    newest = bisect_right(_STARTS, on) - 1
    while newest > 0 and RULESETS[newest].adopted_at > recorded_at:
        newest -= 1
    return RULESETS[max(0, newest)]
