"""A ruleset: the rules in force from a date. The ruleset in force when an event occurred judges that event (R20)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from contracts.event.case_event import CaseEvent

if TYPE_CHECKING:
    pass
from contracts.law.rule import Rule


class Ruleset:
    """The rules in force from a date until a later ruleset takes over."""

    def __init__(self, id: str, in_force_from: date, rules: Iterable[Rule]) -> None:
        self.id = id
        self.in_force_from = in_force_from
        self.rules = tuple(rules)
        self._judging: dict[type[CaseEvent], tuple[Rule, ...]] = {}

    def __repr__(self) -> str:
        return f"Ruleset({self.id!r}, in force from {self.in_force_from})"

    def judging(self, event: type[CaseEvent]) -> tuple[Rule, ...]:
        """The rules that judge an event of this type, in the order of judging; the first that objects decides."""
        found = self._judging.get(event)
        if found is None:
            found = self._judging[event] = tuple(r for r in self.rules if issubclass(event, r.judges))
        return found

    def amended(
        self, id: str, in_force_from: date, *, replacing: Mapping[Rule, Rule], adding: Iterable[Rule] = ()
    ) -> Ruleset:
        """A later ruleset: this one with some rules replaced in their places, and others added at the end."""
        absent = [old.id for old in replacing if old not in self.rules]
        if absent:
            raise ValueError(f"{self.id} has no such rule to replace: {', '.join(absent)}")
        return Ruleset(id, in_force_from, (*(replacing.get(rule, rule) for rule in self.rules), *adding))
