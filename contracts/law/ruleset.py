"""A ruleset: the rules in force from a date. The ruleset in force when an event occurred judges that event (R20).

A law may be in force before all services know its rules. So a ruleset also has the moment at which it was adopted:
it judges no event that was recorded earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

from contracts.calendar.days import SWEDISH_TIME
from contracts.event.case_event import CaseEvent
from contracts.law.rule import Rule, nobody_issues_without_a_mandate
from contracts.vocabulary.parts import Part


class Ruleset:
    """The rules in force from a date until a later ruleset takes over.

    Attributes:
        id: such as SE-2022-08.
        in_force_from: the first Swedish day whose events the rules judge.
        adopted_at: the moment from which the services judge by it. An event that was recorded earlier is judged by the
            rulesets that had been adopted then.
        rules: in the order of judging.
    """

    def __init__(
        self, id: str, in_force_from: date, rules: Iterable[Rule], *, adopted_at: datetime | None = None
    ) -> None:
        """`adopted_at`: by default the beginning of the Swedish day on which the rules come into force."""
        self.id = id
        self.in_force_from = in_force_from
        self.adopted_at = adopted_at or datetime.combine(in_force_from, time.min, SWEDISH_TIME).astimezone(UTC)
        self.rules = tuple(rules)
        self._judging: dict[tuple[type[CaseEvent], Part | None], tuple[Rule, ...]] = {}

    def __repr__(self) -> str:
        return f"Ruleset({self.id!r}, in force from {self.in_force_from})"

    def judging(self, event: type[CaseEvent], part: Part | None = None) -> tuple[Rule, ...]:
        """The rules that judge an event of this type, in the order of judging; the first that objects decides.

        `part`: only the rules that read this part beside the core; the rules of the core come before all others.
        An event that no mandate judges, such as one that a later law brings, is refused by the first of them.
        """
        found = self._judging.get((event, part))
        if found is None:
            judging = (r for r in self.rules if issubclass(event, r.judges))
            # The mandate of a later law stands at the end of the list; it is asked first all the same.
            found = tuple(sorted(judging, key=lambda r: (r.part is not Part.CORE, not r.mandates)))
            if not any(r.mandates for r in found):
                found = (nobody_issues_without_a_mandate, *found)
            found = tuple(r for r in found if part in (None, r.part))
            self._judging[event, part] = found
        return found

    def amended(
        self,
        id: str,
        in_force_from: date,
        *,
        replacing: Mapping[Rule, Rule],
        adding: Iterable[Rule] = (),
        adopted_at: datetime | None = None,
    ) -> Ruleset:
        """A later ruleset: this one with some rules replaced in their places, and others added at the end."""
        absent = [old.id for old in replacing if old not in self.rules]
        if absent:
            raise ValueError(f"{self.id} has no such rule to replace: {', '.join(absent)}")
        rules = (*(replacing.get(rule, rule) for rule in self.rules), *adding)
        return Ruleset(id, in_force_from, rules, adopted_at=adopted_at)
