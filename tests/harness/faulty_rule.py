"""A rule with a mistake: for some events it raises an unexpected error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.in_force import RULESETS
from contracts.law.rule import Missing, Rule
from contracts.view.case_view import CaseView
from contracts.vocabulary.wording import Wording


@contextmanager
def raising_rule(event: type[CaseEvent], when: Callable[[CaseEvent], bool]) -> Iterator[None]:
    """Let judging an event of this type raise ZeroDivisionError `when` that is so, as long as the block lasts."""

    def check(case: CaseView, said: CaseEvent, by: Provenance) -> Missing | None:
        return None if not when(said) else Missing(Wording(str(1 // 0), ""))

    faulty = Rule("R0", Wording("A mistake.", "Ett misstag."), "Not in the sources", (event,), check)
    with pytest.MonkeyPatch.context() as patch:
        for ruleset in RULESETS:
            patch.setattr(ruleset, "rules", (faulty, *ruleset.rules))
            patch.setattr(ruleset, "_judging", {})
        yield
